"""What can go wrong while somebody signs in, and nothing else does."""

from enum import StrEnum


class ProviderDown(Exception):
    """The provider is out of reach, or says what no provider should."""


class Reason(StrEnum):
    """Why an answer was refused."""

    CODE = "code"
    """The provider does not know the code: used, too old, or of another client."""

    TOKEN = "token"  # noqa: S105  a reason and no secret
    """Not a token that the provider signed for us."""

    CLOCK = "clock"
    """Too old, or from the future: one of the clocks is wrong."""

    NONCE = "nonce"
    """An answer to another sign-in."""

    ROLE = "role"
    """Somebody whom no role was given."""


class AnswerRefused(Exception):
    """`detail` is for the log and names nobody."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
