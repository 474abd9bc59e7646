"""Tells support what a link is: of any link, be it old, damaged or foreign.

Pure: whether a link was taken away is asked by the caller. What nobody signed is
marked as a claim; no key and no whole token is ever told.
"""

import base64
import binascii
import json
import re
import string
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from app.links import SKEW, Link, Links, Power, Scope, mended
from app.signing import ENCRYPTED, LONGEST, LinkInvalid, Signing

Lines = list[tuple[str, str]]
"""What is told: a name and a value each."""

SIGNATURE = 43
"""Characters of a signature; the last one has two bits less than the others."""

LAST = frozenset("AEIMQUYcgkosw048")
STRANGE = re.compile(r"[^\w.-]", re.ASCII)
ADDRESS = re.compile(r"/(p|u|c|embed)/([^/?#&]*)")
LATEST = 2**33
"""Seconds since 1970 that are still a believable date."""

TELLING = 300
"""Characters of an unreadable claim that are told."""

UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
NAMES = {
    "u": "User",
    "t": "Tenant",
    "l": "Label",
    "g": "Language",
    "a": "All tenants",
    "d": "Less only",
    "o": "Topic",
    "s": "Section",
    "n": "Topic's name",
    "b": "Legal basis",
}


@dataclass(frozen=True, slots=True)
class Given:
    """A token as it was handed in, and the scope by its address, if it had one."""

    token: str
    scope: Scope | None = None
    is_mended: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A link of ours. `key` counts from the newest, which is 0."""

    link: Link
    key: int
    is_private: bool

    @property
    def key_name(self) -> str:
        return f"fallback {self.key}" if self.key else "the newest"


@dataclass(frozen=True, slots=True)
class Broken:
    """What is no link of ours, or none now: what is wrong, and what it claims."""

    faults: tuple[str, ...]
    claims: tuple[tuple[str, str], ...] = ()
    is_private: bool = False


def given(text: str) -> Given:
    """The token in an address or in what a mail program made of one."""
    whole = unquote(re.sub(r"\s", "", text)).strip("<>\"'()")
    found = ADDRESS.search(whole)
    token = mended(found[2] if found else whole)
    scope = next((s for s in Scope if found and s.path == f"/{found[1]}/"), None)
    return Given(token, scope, token not in text)


class Reports:
    """`keys`: the newest last, as `links` has them."""

    def __init__(
        self, keys: Sequence[str], links: Links, now: Callable[[], float]
    ) -> None:
        self._keys = keys
        self._links = links
        self._now = now

    def read(self, token: str) -> Read | Broken:
        is_private = bool(ENCRYPTED.fullmatch(token))
        signed = self._signed(token, is_private=is_private)
        if signed is None:
            faults = *_faults(token), self._tried()
            return Broken(faults, tuple(claimed(token)), is_private)
        scope, key, at = signed
        try:
            return Read(self._links.explain(scope, token), key, is_private)
        except LinkInvalid:
            fault = "It is signed by us, but says nothing that a link can say."
        if at > self._now() + SKEW:
            fault = f"It is from the future, minted {moment(at)}: a clock is wrong."
        return Broken((fault,), tuple(claimed(token)), is_private)

    def _signed(
        self, token: str, *, is_private: bool
    ) -> tuple[Scope, int, float] | None:
        """For what, by which key and when; None where by none of ours."""
        for place, key in enumerate(reversed(self._keys)):
            signing = Signing([key], self._now)
            read = signing.decrypt if is_private else signing.read
            for scope in Scope:
                try:
                    return scope, place, read(scope.value, token)[1]
                except LinkInvalid:
                    continue
        return None

    def _tried(self) -> str:
        keys = f"the newest key and {len(self._keys) - 1} fallbacks"
        return f"Tried: {keys}, for the scopes {', '.join(Scope)}."

    def lines(self, read: Read, *, is_revoked: bool | None) -> Lines:
        """None where nobody can say now whether it was taken away."""
        link = read.link
        lines = [
            ("Kind", "encrypted" if read.is_private else "signed"),
            ("Scope", f"{link.scope}, under {link.scope.path}"),
            ("User", plain(link.recipient.user_id)),
            ("Tenant", plain(link.recipient.tenant_id or "none")),
            *([("Tenants", "all of the user")] if link.has_all_tenants else []),
            ("Label", plain(link.label or "none")),
            *_language(link),
            *_about(link),
            ("Minted", f"{_at(link.minted_at)}, {self._age(link)}"),
            ("Key", read.key_name),
            ("May now", _may(link, is_revoked=bool(is_revoked))),
        ]
        revoked = {None: "not known: the ledger is out of reach", True: "yes"}
        return [*lines, ("Revoked", revoked.get(is_revoked, "no"))]

    def _age(self, link: Link) -> str:
        return f"{span(self._now() - link.minted_at.timestamp())} ago"


def works(read: Read, *, is_revoked: bool | None) -> bool:
    """Whether it opens anything now; who may only unsubscribe always may."""
    if read.link.scope is Scope.UNSUBSCRIBE:
        return True
    return not is_revoked and read.link.power is not Power.NONE


def claimed(token: str) -> Lines:
    """What a signed link says of itself, as far as it can be read; unverified."""
    if ENCRYPTED.fullmatch(token):
        return []
    payload, *rest = token.removeprefix(".").split(".")
    text = _text(payload[:LONGEST], is_compressed=token.startswith("."))
    if not text.startswith("{"):
        return []
    minted = _claimed_at(rest[0]) if len(rest) > 1 else []
    try:
        claims = json.loads(text)
    except (ValueError, RecursionError):
        return [("Text", plain(text)[:TELLING]), *minted]
    told = {NAMES.get(name, name): claim for name, claim in claims.items()}
    said = [(plain(k), plain(str(v))[:TELLING]) for k, v in told.items()]
    return [*said, *minted]


def plain(text: str) -> str:
    """Nothing in it can move a terminal's cursor or turn the line around."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def moment(seconds: float) -> str:
    return _at(datetime.fromtimestamp(seconds, UTC))


def span(seconds: float) -> str:
    """In the largest unit of which there is at least one."""
    seconds = max(seconds, 0)
    name, length = next(((n, s) for n, s in UNITS if seconds >= s), UNITS[-1])
    count = int(seconds // length)
    return f"{count} {name}{'' if count == 1 else 's'}"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _language(link: Link) -> Lines:
    language = link.recipient.language
    return [("Language", plain(language))] if language else []


def _about(link: Link) -> Lines:
    if link.asking:
        asked = [("Asks", f"to turn on {plain(link.asking.topic_name)}")]
        return [*asked, ("Topic", plain(link.asking.topic_id))]
    if link.subject is None:
        return []
    if link.subject.topic_id:
        return [("Topic", plain(link.subject.topic_id))]
    if link.subject.section_id:
        return [("Section", plain(link.subject.section_id))]
    return [("About", "everything optional")]


def _may(link: Link, *, is_revoked: bool) -> str:
    until = _at(link.full_until) if link.full_until else ""
    if link.scope is Scope.UNSUBSCRIBE:
        return "unsubscribe, for ever, even where it is revoked"
    if is_revoked:
        return "nothing but ask for a fresh link, sent to its owner"
    if link.scope is Scope.CONFIRM:
        may = "" if link.is_full else "nothing any more; before it could "
        return f"{may}answer what support asks, until {until}"
    if link.power is Power.NONE:
        return f"nothing since {until}: the page around it can have a fresh one"
    if link.power is Power.REDUCE:
        return f"only turn things off since {until}, and ask for a fresh link"
    after = "nothing" if link.scope is Scope.EMBED else "only turn things off"
    return f"change everything until {until}, and {after} after that"


def _faults(token: str) -> list[str]:
    """What can be seen without a key, in words."""
    if not token:
        return ["There is no link in it."]
    found = []
    strange = sorted(set(STRANGE.findall(token)))
    if strange:
        told = " ".join(plain(c) for c in strange[:20])
        found.append(f"It has characters that do not belong into a link: {told}")
    if len(token) > LONGEST:
        found.append(f"It is too long: {len(token)} characters.")
    is_private = token.startswith("gAAAA") and "." not in token
    found += _misshapen_private(token) if is_private else _misshapen(token)
    if len(token) > SIGNATURE and token in (token.lower(), token.upper()):
        found.append("All its letters are of one case: something changed them.")
    return found or ["It looks whole, but is changed, foreign, or of a retired key."]


def _misshapen(token: str) -> list[str]:
    parts = token.rsplit(".", 2)
    if len(parts) < len(("payload", "time", "signature")):
        return ["It is cut off, or no link: it has not three parts with dots between."]
    missing = SIGNATURE - len(parts[-1])
    if missing > 0:
        return [f"It is cut off: {missing} characters are missing at its end."]
    if missing < 0:
        return [f"It has {-missing} characters too many at its end."]
    return [] if parts[-1][-1] in LAST else ["Its last character was changed."]


def _misshapen_private(token: str) -> list[str]:
    """1 byte, 8 of time, 16 of a vector, blocks of 16 of content, 32 of a proof."""
    size = len(token) * 3 // 4 - (1 + 8 + 16 + 32)
    if size > 0 and size % 16 == 0:
        return []
    return ["It is cut off, or something was added: its length is wrong."]


def _text(payload: str, *, is_compressed: bool) -> str:
    """A payload as far as it can be read."""
    letters = STRANGE.sub("", payload)
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        found = base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))
        if is_compressed:
            found = zlib.decompressobj().decompress(found, LONGEST)
    except (binascii.Error, zlib.error):
        return ""
    return found.decode(errors="replace")


def _claimed_at(part: str) -> Lines:
    if not set(part) <= {*string.ascii_letters, *string.digits, "-", "_"}:
        return []
    try:
        at = int.from_bytes(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except binascii.Error:
        return []
    return [("Minted", moment(at))] if 0 < at < LATEST else []
