"""The settings of the support desk, which is there where staff can sign in."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
)

from app.settings.kinds import Url, api_key, words

ROLES = ("viewer", "agent", "admin")
BASES = (
    "The customer asked for it in writing",
    "The customer asked for it on the phone",
    "A contract with the customer needs it",
)
LONGEST_BASIS = 120


def _secret(value: SecretStr) -> SecretStr:
    return api_key(value) if value.get_secret_value() else value


def _issuer(value: str) -> str:
    if value and urlsplit(value).scheme != "https" and not is_loopback(value):
        raise ValueError("must begin with https://, but for one on this machine")
    return value


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine, where nobody listens in."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _roles(value: object) -> object:
    """`agent=Support admin=Leads` as pairs."""
    if not isinstance(value, str):
        return value
    pairs = [pair.partition("=")[::2] for pair in value.split()]
    if not all(role in ROLES and claim for role, claim in pairs):
        raise ValueError("must be role=value, each role viewer, agent or admin")
    return pairs


def _bases(value: object) -> object:
    """Sentences, parted by semicolons."""
    if not isinstance(value, str):
        return value
    found = [part.strip() for part in value.split(";") if part.strip()]
    if not found or any(len(basis) > LONGEST_BASIS for basis in found):
        raise ValueError(
            f"must be at least one, each of {LONGEST_BASIS} characters at most"
        )
    return found


Roles = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_roles)]
Bases = Annotated[tuple[str, ...], BeforeValidator(_bases)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
CLAIM = re.compile(r"[!-~]{1,200}")


class Staff(BaseModel):
    """Without an issuer there is no desk."""

    oidc_issuer: Annotated[
        Url | None,
        AfterValidator(_issuer),
        Field(
            description="The OpenID provider by which staff sign in, `https://…`; "
            "without one there is no support desk. See docs/desk.md."
        ),
    ] = None
    oidc_client_id: Annotated[
        str, Field(max_length=200, description="What the provider calls this app.")
    ] = ""
    oidc_client_secret: Annotated[
        Secret, Field(description="What it proves itself with there.")
    ] = SecretStr("")
    oidc_scopes: Annotated[
        tuple[str, ...],
        BeforeValidator(words),
        Field(
            description="What is asked of it, parted by spaces; some providers tell "
            "roles only to who asks for `groups`."
        ),
    ] = ("openid", "profile", "email")
    oidc_trust_email: Annotated[
        bool,
        Field(
            description="Whether the email address of a token counts where the "
            "provider does not say that it has verified it, as Entra ID does not."
        ),
    ] = False
    oidc_role_claim: Annotated[
        str,
        Field(
            pattern=CLAIM.pattern,
            description="The claim of the ID token that says what somebody may do; "
            "`a.b` is `b` within `a`.",
        ),
    ] = "roles"
    oidc_roles: Annotated[
        Roles,
        Field(
            description="Which value of that claim makes whom: `agent=Support "
            "admin=Leads`, parted by spaces; a role may be there several times."
        ),
    ] = (("viewer", "viewer"), ("agent", "agent"), ("admin", "admin"))
    staff_idle_minutes: Annotated[
        int,
        Field(ge=1, le=1440, description="Minutes after which an idle session ends."),
    ] = 30
    staff_session_hours: Annotated[
        int, Field(ge=1, le=168, description="Hours after which every session ends.")
    ] = 10
    staff_reason_required: Annotated[
        bool,
        Field(description="Whether staff must give a reason or a ticket for an act."),
    ] = False
    staff_legal_bases: Annotated[
        Bases,
        Field(
            description="What may entitle staff to turn something on for somebody, "
            "parted by semicolons."
        ),
    ] = BASES
    staff_confirm: Annotated[
        bool,
        Field(
            description="Whether what staff turn on is first mailed to the recipient "
            "to confirm."
        ),
    ] = True
    staff_lookups_per_hour: Annotated[
        int,
        Field(
            ge=1,
            le=100_000,
            description="Recipients that one member of staff may open, and pages of "
            "the trail that they may read, in an hour; more are refused and an alert.",
        ),
    ] = 100
    directory_url: Annotated[
        Url | None,
        Field(
            description="Your own service that finds users by e-mail address or "
            "phone number; see docs/desk.md."
        ),
    ] = None
    directory_key: Annotated[Secret, Field(description="The bearer key for it.")] = (
        SecretStr("")
    )

    @property
    def has_desk(self) -> bool:
        return self.oidc_issuer is not None


def together(values: Mapping[str, str]) -> list[str]:
    """What is wrong with settings of the desk beside each other."""
    found = []
    has_client = [f"oidc_{name}" in values for name in ("client_id", "client_secret")]
    if "oidc_issuer" in values or any(has_client):
        if not ("oidc_issuer" in values and all(has_client)):
            found.append(
                "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together"
            )
        url = values.get("public_url", "https:")
        if not url.startswith("https:") and not is_loopback(url):
            found.append("PUBLIC_URL must begin with https:// where staff sign in")
    return found
