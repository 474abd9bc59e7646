"""What a customer handed over: a link, a reference, an address, a number, an id.

Pure: nothing is looked up here, and nothing that looks like a link is believed. A link
may have been broken by line ends, quoted, or wrapped by mail gateways; of what it may
have been, every reading is a candidate, and the signature tells the right one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, islice, takewhile
from urllib.parse import unquote

from app.desk.wrapped import unescaped, unwrapped
from app.ledger.chain import ALPHABET
from app.links import Scope, mended
from app.preferences.person import SHORTEST_PHONE, phone

LONGEST = 200_000
"""Characters that are looked at."""

MOST = 40
"""Candidates, at most."""

MOST_ADDRESSES = 400
"""Addresses in one text, at most."""

LONGEST_ID = 500
MOST_DIGITS = 15
"""Of a phone number, its country's included, by E.164."""


class Kind(StrEnum):
    LINK = "link"
    WRAPPED_UNREADABLE = "wrapped_unreadable"
    REFERENCE = "reference"
    EMAIL = "email"
    PHONE = "phone"
    USER_ID = "user_id"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Handed:
    """`candidates` are tokens, or values of its kind; the likeliest first.

    `gateways` wrapped a link in a way that cannot be undone. `to` is whom a mail was
    to, which helps where its links do not.
    """

    kind: Kind
    candidates: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


PATHS = "|".join(re.escape(scope.path.strip("/")) for scope in Scope)
OURS = re.compile(rf"/(?:{PATHS})/([^\s/?#&<>\"]{{1,4096}})")
"""An address of ours, and the token in it."""

ADDRESS = re.compile(r"https?(?::|%3a)(?:/|%2f){1,2}[^\s<>\"]{1,16000}", re.IGNORECASE)
STARTS = re.compile(rf"https?(?::|%3a)|/(?:{PATHS})/", re.IGNORECASE)
TOKEN = re.compile(
    r"(?<![\w.-])\.?[\w-]{8,2000}\.[\w-]{5,8}\.[\w-]{42}[AEIMQUYcgkosw048]",
    re.ASCII,
)
SECRET = re.compile(r"(?<![\w.-])gAAAA[\w-]{60,2000}", re.ASCII)
"""Of a token it can be told where it ends; of an encrypted one, only where words do."""

BEGINNINGS = ("eyJ", "gAAAA", ".eJ")
"""How our tokens begin: JSON, encrypted, compressed."""

SOFT = re.compile(r"=\r?\n")
QUOTED = re.compile(r"=([0-9A-F]{2})", re.ASCII)
MARGIN = " \t\r>|"
"""What stands before and behind the lines of a mail that was answered."""

MOST_LINES = 16
"""Over which a link was broken, at most."""

LONGEST_JOINED = 8_000
MOST_JOINED = 1_000_000
"""Characters of one link that is put together, and of all that are tried."""

PILED = re.compile("[.,:!)\\]'\u2019\u201d]{8,}")
"""No link goes on behind so many of them."""

INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")

DASH = "-\u2010-\u2015"
REFERENCE = re.compile(
    r"(?:(?:ref|reference|no|nr)[.:]? ?)?#?"
    rf"(?:(?P<more>\d{{1,6}}) ?[{DASH} ] ?)?"
    rf"(?P<high>\w{{4}}) ?[{DASH} ] ?(?P<low>\w{{2}})\.?",
    re.IGNORECASE | re.ASCII,
)
SPELLED = re.compile(rf"(?:\w ){{3}}\w(?: [{DASH}])? \w \w", re.ASCII)
LONGEST_REFERENCE = 40
IN_TEXT = re.compile(rf"(?<![\w-])[{ALPHABET}]{{4}}-[{ALPHABET}]{{2}}(?![\w-])")
MISREAD = str.maketrans("ILO", "110")
"""Letters that references do not have, and that one takes for a number of them."""

EMAIL = re.compile(
    r"(?<![\w.+-])[^\s@<>\"(),:;]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}(?![\w-])"
)
NUMBER = re.compile(r"(?:tel:)?[+(]?[\d(][\d \u00a0./()-]{5,30}\d", re.ASCII)
GROUPED = re.compile(r"[ \u00a0/()]|\d{3}-\d{3}-\d{4}", re.ASCII)
"""What a number without its country is written with, and an id is not."""


def handed(text: str) -> Handed:
    whole = INVISIBLE.sub("", text[:LONGEST]).strip()
    if not whole:
        return Handed(Kind.NOTHING)
    if found := _plain(whole):
        return found
    links = links_in(whole)
    if links and links.candidates:
        return links
    said = _within(whole)
    if said and links:
        return replace(said, gateways=links.gateways)
    return said or links or _id(whole)


def links_in(text: str) -> Handed | None:
    """The links in any text, or the gateways that hide them; None where no address is.

    Where there are addresses and none is like ours, there are no candidates.
    """
    tokens: dict[str, None] = {}
    unread: dict[str, None] = {}
    has_address = False
    for reading in _readings(text):
        found, gateways, addresses = _links(reading)
        tokens |= dict.fromkeys(found)
        unread |= dict.fromkeys(gateways)
        has_address = has_address or addresses
    if tokens:
        likely = sorted(tokens, key=_unlikeliness)
        return Handed(Kind.LINK, tuple(likely[:MOST]), tuple(unread))
    if unread:
        return Handed(Kind.WRAPPED_UNREADABLE, (), tuple(unread))
    return Handed(Kind.LINK) if has_address else None


def emails_in(text: str) -> list[str]:
    """E-mail addresses, each once."""
    found = (m[0].removeprefix("mailto:").strip(".'") for m in EMAIL.finditer(text))
    return list(dict.fromkeys(islice(found, MOST)))


def reference(text: str) -> str | None:
    """`7F3K-22`, however it was typed or read aloud; None for anything else."""
    tight = " ".join(text[:LONGEST_REFERENCE].split())
    if SPELLED.fullmatch(tight):
        letters = re.sub(r"\W", "", tight)
        tight = f"{letters[:-2]}-{letters[-2:]}"
    found = REFERENCE.fullmatch(tight) if text[:LONGEST_REFERENCE] == text else None
    if found is None:
        return None
    parts = (found[name].upper().translate(MISREAD) for name in ("high", "low"))
    short = "-".join(parts)
    if not set(short) <= {*ALPHABET, "-"}:
        return None
    more = re.sub(r"\D", "", found["more"] or "").lstrip("0")
    return f"{more}-{short}" if more else short


def _plain(text: str) -> Handed | None:
    """What is nothing but one value."""
    if address := _one_email(text):
        return Handed(Kind.EMAIL, (address,))
    if NUMBER.fullmatch(text) and (number := _number(text)):
        return Handed(Kind.PHONE, (number,))
    if found := reference(text):
        return Handed(Kind.REFERENCE, (found,))
    return None


def _one_email(text: str) -> str:
    """`Ada <ada@example.com>` and the like, on one line."""
    if "\n" in text or "//" in text or len(text) > LONGEST_ID:
        return ""
    found = emails_in(text)
    is_alone = found and text.removeprefix("mailto:").strip("<>'\" ") == found[0]
    return found[0] if len(found) == 1 and (is_alone or "<" in text) else ""


def _number(text: str) -> str:
    """Empty where it may as well be an id."""
    number = phone(text)
    digits = len(number.removeprefix("+"))
    if not SHORTEST_PHONE <= digits <= MOST_DIGITS:
        return ""
    return number if number.startswith("+") or GROUPED.search(text) else ""


def _within(text: str) -> Handed | None:
    """What stands in a few sentences that were pasted."""
    if not re.search(r"\s", text):
        return None
    if found := emails_in(text):
        return Handed(Kind.EMAIL, tuple(found))
    spoken = list(dict.fromkeys(islice((m[0] for m in IN_TEXT.finditer(text)), MOST)))
    return Handed(Kind.REFERENCE, tuple(spoken)) if spoken else None


def _id(text: str) -> Handed:
    is_one = len(text) <= LONGEST_ID and "\n" not in text
    return Handed(Kind.USER_ID, (text,)) if is_one else Handed(Kind.NOTHING)


# Links


def _readings(text: str) -> Iterator[str]:
    """The text as it is, without its line ends, and decoded; the plainest first.

    A field of one line takes line ends out of what is pasted, and leaves margins in.
    """
    plain = unescaped(text)
    decoded = unescaped(_unquoted(text))
    for reading in dict.fromkeys((plain, decoded)):
        yield reading
        yield "\n".join(_joined(reading))
        yield re.sub(r"[\s>|]", "", reading)


def _joined(text: str) -> Iterator[str]:
    """Each line with a link, with one more, two more, ... of the lines below it.

    Nobody can tell how many of them are the link's; an empty line is not.
    """
    left = MOST_JOINED
    lines = [line.strip(MARGIN) for line in text.split("\n")]
    starts = (n for n, line in enumerate(lines) if STARTS.search(line))
    for start in islice(starts, MOST):
        whole = lines[start]
        for line in takewhile(bool, lines[start + 1 : start + MOST_LINES]):
            whole += line
            left -= len(whole)
            if left < 0 or len(whole) > LONGEST_JOINED:
                break
            yield whole


def _unquoted(text: str) -> str:
    """Out of quoted-printable, as one sees it in a mail's source."""
    return QUOTED.sub(lambda m: chr(int(m[1], 16)), SOFT.sub("", text))


def _links(text: str) -> tuple[list[str], list[str], bool]:
    """Tokens, gateways that hide something, and whether there are addresses."""
    found = islice(ADDRESS.finditer(text), MOST_ADDRESSES)
    addresses = [_spelled_out(match[0]) for match in found]
    opened = [unwrapped(address) for address in addresses]
    readable = [one.address for one in opened if not one.unread]
    rest = ADDRESS.sub(" ", text)
    bare = chain(TOKEN.finditer(rest), SECRET.finditer(rest))
    words = (word for word in text.split() if OURS.search(word) and "//" not in word)
    tokens = [
        *(t for address in chain(readable, words) for t in _tokens(address)),
        *(match[0] for match in islice(bare, MOST)),
    ]
    gateways = [one.unread for one in opened if one.unread]
    return tokens, gateways, bool(addresses)


def _spelled_out(address: str) -> str:
    """An address that begins percent-encoded is so as a whole."""
    is_encoded = "%" in address[: len("https%3A%2F")]
    return unquote(address) if is_encoded else address


def _tokens(address: str) -> Iterable[str]:
    """What may be the token of an address: its exact form, and as it was written."""
    for text in dict.fromkeys((address, unquote(address))):
        for found in OURS.finditer(text):
            exact = TOKEN.search(found[1])
            if exact:
                yield exact[0]
            if token := mended(PILED.split(found[1], maxsplit=1)[0]):
                yield token


def _unlikeliness(token: str) -> tuple[bool, int]:
    """Orders candidates: what begins as ours, then the longest."""
    return not token.startswith(BEGINNINGS), -len(token)
