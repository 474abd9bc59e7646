"""Judges a message: one line for each thing that unsubscribing from it needs.

Sends nothing. A line that fails says how to mend it; none has a whole token in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum

from app.linkreport import Broken, Read, Reports
from app.links import Link, Power, Scope
from app.mail import headers
from app.mail.message import addresses, decoded, fields, texts
from app.mail.oneclick import BODY

LIST, POST = "List-Unsubscribe", "List-Unsubscribe-Post"
COVERED = frozenset({LIST.lower(), POST.lower()})
PLACES = {scope.path: scope for scope in (Scope.PREFERENCES, Scope.UNSUBSCRIBE)}


class State(StrEnum):
    OK = "ok"
    FAIL = "FAIL"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    state: State
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.state:<11}  {self.name}: {self.text}"


@dataclass
class Found:
    """What was learned of a message on the way: its address, and its link."""

    checks: list[Check] = field(default_factory=list)
    address: str | None = None
    """That of the header, where there is exactly one to post to."""
    link: Link | None = None
    """What the address has in it, where it unsubscribes."""
    is_ours: bool = False

    def ok(self, name: str, text: str) -> None:
        self.checks.append(Check(State.OK, name, text))

    def fail(self, name: str, text: str) -> None:
        self.checks.append(Check(State.FAIL, name, text))

    def skip(self, name: str, text: str) -> None:
        self.checks.append(Check(State.UNCHECKED, name, text))


class Examiner:
    """`is_revoked` gives None where nobody can say."""

    def __init__(
        self, url: str, reports: Reports, is_revoked: Callable[[Link], bool | None]
    ) -> None:
        self._url = url
        self._reports = reports
        self._is_revoked = is_revoked

    def examine(self, message: EmailMessage) -> Found:
        found = Found()
        _header(message, found)
        _post(message, found)
        _signatures(message, found)
        self._place(found)
        self._token(found)
        self._revoked(found)
        self._footers(message, found)
        return found

    def _place(self, found: Found) -> None:
        name = "Address"
        if found.address is None:
            return found.skip(name, "there is none to look at")
        told, ours = headers.masked(found.address), headers.origin(self._url)
        if headers.origin(found.address) != ours:
            cure = "let it begin with PUBLIC_URL, and turn click tracking off for it"
            return found.fail(name, f"{told} is not under {self._url}; {cure}")
        if not _token_in(found.address, Scope.UNSUBSCRIBE):
            return found.fail(
                name, f"{told} is not {self._url}/u/ with a token after it"
            )
        found.is_ours = True
        if not found.address.lower().startswith("https:"):
            return found.fail(name, f"{told} needs https; put PUBLIC_URL behind TLS")
        return found.ok(name, f"{told} is https and ours")

    def _token(self, found: Found) -> None:
        name = "Token"
        if found.address is None or not found.is_ours:
            return found.skip(name, "there is no address of ours")
        read = self._reports.read(_token_in(found.address, Scope.UNSUBSCRIBE))
        if isinstance(read, Broken):
            return found.fail(name, f"{_wrong(read)} {MINT}")
        if read.link.scope is not Scope.UNSUBSCRIBE:
            wrong = f"its scope is {read.link.scope}, which does not unsubscribe"
            return found.fail(name, f"{wrong}; mint it with the scope unsubscribe")
        found.link = read.link
        return found.ok(name, f"it unsubscribes; signed by {_key(read)}")

    def _revoked(self, found: Found) -> None:
        name = "Revoked"
        if found.link is None:
            return found.skip(name, "there is no token that unsubscribes")
        is_revoked = self._is_revoked(found.link)
        if is_revoked is None:
            return found.skip(name, "the ledger is out of reach")
        if is_revoked:
            return found.fail(name, "yes; mint a link for each mail anew")
        return found.ok(name, "no")

    def _footers(self, message: EmailMessage, found: Found) -> None:
        bodies = list(texts(message))
        if not bodies:
            found.fail("Footer", "the message has no text; give it one with a link")
        for kind, text in bodies:
            name = f"Footer in {kind}"
            if text is None:
                found.skip(name, "it cannot have one")
            else:
                self._footer(name, kind, text, found)

    def _footer(self, name: str, kind: str, text: str, found: Found) -> None:
        starts = tuple(f"{self._url}{path}" for path in PLACES)
        seen = addresses(kind, text, starts)
        if not seen:
            missing = f"no link to {' or '.join(starts)}"
            return found.fail(name, f"{missing}; add one, without click tracking")
        faults = [fault for one in seen for fault in self._link_faults(one, found.link)]
        if faults:
            return found.fail(name, faults[0])
        if found.link is None:
            told = "its link works; the header has no user to compare it with"
            return found.skip(name, told)
        return found.ok(name, "it has a link that works, for the header's user")

    def _link_faults(self, address: str, of: Link | None) -> Iterator[str]:
        told = headers.masked(address)
        scope = next(s for p, s in PLACES.items() if _path(address).startswith(p))
        read = self._reports.read(_token_in(address, scope))
        if isinstance(read, Broken):
            yield f"{told} does not work. {_wrong(read)} {MINT}"
        elif read.link.scope is not scope:
            yield f"{told} is of scope {read.link.scope}; put it under its own path"
        elif of and read.link.recipient.user_id != of.recipient.user_id:
            yield f"{told} is another user's; mint all links of a mail for one user"
        elif read.link.power is Power.NONE:
            yield f"{told} is too old; mint it anew"
        elif scope is Scope.PREFERENCES and self._is_revoked(read.link):
            yield f"{told} is revoked; mint a link for each mail anew"


MINT = (
    "Mint it with this SECRET_KEY, as `python -m app link` does, and let nothing cut "
    "or change it."
)


def _header(message: EmailMessage, found: Found) -> None:
    value = _only(message, LIST, found)
    if value is None:
        return
    name, uris = "Its form", headers.uris(decoded(value))
    web = headers.web(uris or [])
    found.address = web[0] if len(web) == 1 else None
    if headers.is_encoded(value):
        found.fail(name, f"it is an encoded word (=?…?=), which {PLAIN}")
    elif uris is None:
        found.fail(name, "each address needs angle brackets, with commas between them")
    elif len(web) != 1:
        found.fail(name, f"it has {len(web)} web addresses; give exactly one, in https")
    else:
        found.ok(name, "one web address in angle brackets")


PLAIN = "mail programs do not read here; send it as plain text, folded at most"


def _post(message: EmailMessage, found: Found) -> None:
    value = _only(message, POST, found)
    if value is None:
        return
    if value != BODY:
        found.fail("Its value", f"it must be {BODY} and nothing else")
    else:
        found.ok("Its value", BODY)


def _only(message: EmailMessage, name: str, found: Found) -> str | None:
    values = fields(message, name)
    if len(values) == 1:
        found.ok(name, "is there once")
        return values[0]
    if values:
        found.fail(name, f"is there {len(values)} times; send it exactly once")
    else:
        found.fail(name, "is missing; send it with every mail that can be turned off")
    return None


def _signatures(message: EmailMessage, found: Found) -> None:
    signed = [headers.signed(value) for value in fields(message, "DKIM-Signature")]
    if any(covered >= COVERED for covered in signed):
        return found.ok("DKIM", "a signature covers both headers")
    cure = f"let your mailer sign {LIST} and {POST} as well (h= of the signature)"
    if not signed:
        return found.fail("DKIM", f"the message is not signed; {cure}")
    return found.fail("DKIM", f"none of {len(signed)} signatures covers both; {cure}")


def _token_in(address: str, scope: Scope) -> str:
    """What stands behind the scope's path, alone in it; empty where nothing does."""
    parts = headers.split(address)
    if parts is None:
        return ""
    path, _, token = parts.path.partition(scope.path)
    return "" if path or "/" in token else token


def _path(address: str) -> str:
    parts = headers.split(address)
    return parts.path if parts else ""


def _wrong(broken: Broken) -> str:
    return broken.faults[0]


def _key(read: Read) -> str:
    if not read.key:
        return "the newest key"
    return f"{read.key_name}, which must stay in SECRET_KEY_FALLBACKS"
