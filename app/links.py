"""Mints and reads links: for whom, for what, and what a link may do at its age.

A token of one scope is worthless for another. Its payload is JSON with short names:
`u` user, `t` tenant, `l` a label to show, `g` the language to begin with, `a` 1 where
all tenants of the user are open, `d` 1 where it
may only turn things off, `o` the topic or `s` the section that an unsubscribe
link is about; all but the first only where given. What a link to confirm asks, see
`preferences.asking`. docs/links.md tells how to mint without us.
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.preferences import asking as askings
from app.preferences.asking import Asking
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.signing import ENCRYPTED, LONGEST, LinkInvalid, Signing, Stamp

DAY = 24 * 60 * 60.0
SKEW = 60.0
"""Seconds that the clock of whoever minted may be ahead of ours."""

ENDS = r"[.,:!)>\]'\"\u2019\u201d]"
MANGLED = re.compile(
    rf"([&;?#]|=3D\Z).*|[\s=\u200b\u00ad]+|(?<!{ENDS}){ENDS}+\Z", re.DOTALL
)
"""What mail programs leave in an address, and what follows it in a sentence.

A run of such ends is looked at from where it begins: else its square is the price.
"""


class Scope(StrEnum):
    """What a link is for."""

    PREFERENCES = "preferences"
    UNSUBSCRIBE = "unsubscribe"
    EMBED = "embed"
    CONFIRM = "confirm"

    @property
    def path(self) -> str:
        """What an address of this scope has before the token."""
        return PATHS[self]


PATHS = {
    Scope.PREFERENCES: "/p/",
    Scope.UNSUBSCRIBE: "/u/",
    Scope.EMBED: "/embed/",
    Scope.CONFIRM: "/c/",
}
ENDING = frozenset({Scope.EMBED, Scope.CONFIRM})
"""Those of which nothing is left once they are too old."""


class Power(StrEnum):
    """What a link may do: it loses power with age, not life."""

    FULL = "full"
    REDUCE = "reduce"
    NONE = "none"


class LinkExpired(Exception):
    """A link of `ENDING` that is too old; whoever sent it can send a fresh one."""

    def __init__(self, link: "Link") -> None:
        super().__init__()
        self.link = link


@dataclass(frozen=True, slots=True)
class Ages:
    """Seconds for which a link has its full power, by scope."""

    preferences: float = 30 * DAY
    embed: float = DAY / 2
    confirm: float = 7 * DAY

    def of(self, scope: Scope) -> float:
        own = {Scope.EMBED: self.embed, Scope.CONFIRM: self.confirm}
        return own.get(scope, self.preferences)


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says, when it was minted, and what it may do now.

    `subject` is that of an unsubscribe link, `asking` that of one to confirm.
    `full_until` is when its power goes, None where it never does. `has_all_tenants`:
    it opens each tenant of the user.
    """

    recipient: Recipient
    label: str | None
    minted_at: datetime
    scope: Scope = Scope.PREFERENCES
    subject: Subject | None = None
    power: Power = Power.FULL
    full_until: datetime | None = None
    has_all_tenants: bool = False
    asking: Asking | None = None

    @property
    def is_old(self) -> bool:
        """Whether it had its full power once."""
        return not self.is_full and self.full_until != self.minted_at

    @property
    def is_full(self) -> bool:
        return self.power is Power.FULL

    @property
    def may_undo_all(self) -> bool:
        """Whether it may take back more than what it did itself."""
        return self.is_full and self.scope is not Scope.CONFIRM


class Links:
    """`keys`: oldest first; the last one signs. `now` gives seconds since 1970."""

    def __init__(
        self,
        keys: Sequence[str],
        now: Callable[[], float] = time.time,
        ages: Ages | None = None,
        *,
        is_private: bool = False,
    ) -> None:
        self._keys = keys
        self._now = now
        self._signing = Signing(keys, now)
        self._ages = ages or Ages()
        self._is_private = is_private

    def mint(  # noqa: PLR0913  a link says all that
        self,
        scope: Scope,
        recipient: Recipient,
        label: str | None = None,
        subject: Subject | None = None,
        *,
        has_all_tenants: bool = False,
        is_less: bool = False,
        asking: Asking | None = None,
    ) -> str:
        """A token; `ValueError` where Courier could never be asked for the ids.

        `is_less`: it may turn things off from the beginning, and nothing on.
        `asking` is needed for a link to confirm, and worth nothing in any other.
        """
        if (scope is Scope.CONFIRM) != (asking is not None):
            raise ValueError("a link to confirm says what it asks, and no other one")
        subject = subject or Subject()
        claims: dict[str, Any] = {
            "u": recipient.user_id,
            "t": recipient.tenant_id,
            "l": label,
            "g": recipient.language,
            "a": int(has_all_tenants),
            "d": int(is_less and scope is Scope.PREFERENCES),
            "o": subject.topic_id,
            "s": subject.section_id,
            **(asking.claims if asking else {}),
        }
        for name in "utos":
            if claims[name] in ("", ".", ".."):
                raise ValueError(f"{claims[name]!r} cannot be an id")
        given = {k: v for k, v in claims.items() if v}
        write = self._signing.encrypt if self._is_private else self._signing.sign
        token = write(scope.value, given)
        if len(token) > LONGEST:
            raise ValueError("the ids are too long for a link")
        return token

    def ahead(self, seconds: float) -> "Links":
        """The same, by a clock that is ahead."""
        now = self._now
        later = lambda: now() + seconds  # noqa: E731
        return Links(self._keys, later, self._ages, is_private=self._is_private)

    def read(self, scope: Scope, token: str) -> Link:
        """`LinkInvalid` for what is not ours, `LinkExpired` for what has ended."""
        link = self.explain(scope, token)
        if link.power is Power.NONE:
            raise LinkExpired(link)
        return link

    def explain(self, scope: Scope, token: str) -> Link:
        """The same, of a link without any power as well."""
        is_private = ENCRYPTED.fullmatch(token)
        read = self._signing.decrypt if is_private else self._signing.read
        claims, minted_at = read(scope.value, token)
        if minted_at > self._now() + SKEW:
            raise LinkInvalid
        return self._link(scope, claims, minted_at)

    def is_young(self, link: Link) -> bool:
        """Whether a link to the preferences of its age would have its full power."""
        return self._now() < link.minted_at.timestamp() + self._ages.preferences

    def seal(self, purpose: str, value: Any) -> str:  # noqa: ANN401  any JSON
        """Signs JSON that a page hands back to us, for one purpose only."""
        return self._signing.sign(f"seal {purpose}", value)

    def stamp(self, purpose: str) -> Stamp:
        """Seals many of a kind at once, each JSON written as `payload` has it."""
        return self._signing.stamp(f"seal {purpose}")

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> Any:  # noqa: ANN401
        """The sealed JSON; `max_age` in seconds; `LinkInvalid` for all else."""
        return self._signing.read(f"seal {purpose}", text, max_age)[0]

    def _link(self, scope: Scope, claims: object, minted_at: float) -> Link:
        match claims:
            case {"u": str(user_id), **rest} if user_id:
                language = _text(rest.get("g")) or ""
                subject = _subject(rest.get("o"), rest.get("s"))
                return Link(
                    Recipient(user_id, _text(rest.get("t")), language),
                    _text(rest.get("l")),
                    _moment(minted_at),
                    scope,
                    subject if scope is Scope.UNSUBSCRIBE else None,
                    *self._power(scope, minted_at, is_less=rest.get("d") == 1),
                    has_all_tenants=rest.get("a") == 1,
                    asking=_asking(rest) if scope is Scope.CONFIRM else None,
                )
        raise LinkInvalid

    def _power(
        self, scope: Scope, minted_at: float, *, is_less: bool
    ) -> tuple[Power, datetime | None]:
        if scope is Scope.UNSUBSCRIBE:
            return Power.REDUCE, None
        if scope is Scope.PREFERENCES and is_less:
            return Power.REDUCE, _moment(minted_at)
        until = minted_at + self._ages.of(scope)
        if self._now() < until:
            return Power.FULL, _moment(until)
        return Power.NONE if scope in ENDING else Power.REDUCE, _moment(until)


def mark(token: str) -> str:
    """What stands for a link where it must not be told: in the ledger, the trail."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def mended(token: str) -> str:
    """Without what mail programs put into a long address, or left behind it."""
    return MANGLED.sub("", token)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _subject(topic_id: object, section_id: object) -> Subject:
    if "" in (topic_id, section_id) or None not in (topic_id, section_id):
        raise LinkInvalid
    return Subject(_text(topic_id), _text(section_id))


def _asking(claims: dict[Any, Any]) -> Asking:
    found = askings.read(claims)
    if found is None:
        raise LinkInvalid
    return found


def _text(claim: object) -> str | None:
    if claim is None or isinstance(claim, str):
        return claim
    raise LinkInvalid
