"""A mail that was handed over as a file: its links, or else whom it was to.

Mails come from anybody. Whatever is in one, reading it ends soon and never fails: what
the parser cannot make sense of is read as plain text. The parser decodes no characters:
some codecs, and its own reading of encoded words, take the square of a text's length.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from itertools import chain, groupby

from app.desk.handed import MOST, Handed, Kind, emails_in, links_in

LARGEST = 1024 * 1024
"""Bytes that are looked at; what comes after them is mostly pictures."""

MOST_PARTS = 200
MOST_BOUNDARIES = 24
MOST_RULES = 4_000
"""With more of them a mail is not taken apart: it was made to take long."""

RULE = re.compile(rb"[\r\n]--")
"""Where a part may begin; most are lines that somebody drew."""

REPORT = re.compile(rb"message/delivery-status", re.IGNORECASE)
"""The parser makes a mail of each of its paragraphs; we read it as text."""

LONGEST_PART = 200_000
LONGEST_TEXT = 600_000
HEADERS = ("List-Unsubscribe", "X-List-Unsubscribe")
RECIPIENTS = ("To", "Delivered-To", "X-Original-To")
MOST_HEADERS = 20
LONGEST_HEADERS = {name.lower(): 20_000 for name in HEADERS} | {
    name.lower(): 4_000 for name in RECIPIENTS
}
LONGEST_HEADER = 1_000
"""Characters of any other."""

CHARSETS = re.compile(
    r"(?:us-)?ascii|utf-?(?:8|16|32)(?:-?[bl]e|-sig)?"
    r"|(?:iso-?8859|latin)-?\d{1,2}|(?:windows|cp)-?125\d|koi8-?[rtu]"
    r"|gb-?(?:k|2312|18030)|big5(?:-?hkscs)?|s(?:hift)?-?jis(?:-?[x\d]+)?"
    r"|ks-c-5601(?:-1987)?|euc-?(?:jp|kr|cn|jis-2004|jisx0213)"
    r"|iso-?2022-?(?:jp|kr)(?:-?\w{1,4})?",
    re.ASCII,
)
"""Those that mails are written in, and that take no longer than a text is long."""

WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{0,40})?\?([qQbB])\?([^?]{0,4000})\?=")
"""A word of a header that is not in ASCII: charset, coding, text (RFC 2047)."""

BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?)")

FAULTS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    MessageError,
)
"""What the parser of the standard library is known to raise on what is no mail."""


class Short(Compat32):
    """Cuts headers as they are read: the parser takes the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: LONGEST_HEADERS.get(name.lower(), LONGEST_HEADER)]


SHORT = Short()


def handed_mail(data: bytes) -> Handed:
    """Links first; whom it was to where it has none that can be read."""
    whole = data[:LARGEST]
    parts = _parts(whole)
    texts = chain(map(_readable, _headers(parts, HEADERS)), map(_text, parts))
    to = tuple(_recipients(parts))
    found = _links(_cut(texts)) or Handed(Kind.LINK)
    if not found.candidates:
        found = _links([whole[:LONGEST_PART].decode("latin-1")]) or found
    if found.candidates:
        return replace(found, to=to)
    if to:
        return Handed(Kind.EMAIL, to, found.gateways)
    hidden = bool(found.gateways)
    return replace(found, kind=Kind.WRAPPED_UNREADABLE if hidden else Kind.NOTHING)


def _links(texts: Iterable[str]) -> Handed | None:
    """Of each part for itself, so that no link runs from one into the next."""
    found = list(filter(None, map(_links_in, texts)))
    tokens = dict.fromkeys(chain.from_iterable(one.candidates for one in found))
    gateways = dict.fromkeys(chain.from_iterable(one.gateways for one in found))
    kind = Kind.LINK if tokens or not gateways else Kind.WRAPPED_UNREADABLE
    return Handed(kind, tuple(tokens)[: 2 * MOST], tuple(gateways)) if found else None


def _links_in(text: str) -> Handed | None:
    try:
        return links_in(text)
    except FAULTS:
        return None


def _cut(texts: Iterable[str]) -> Iterator[str]:
    left = LONGEST_TEXT
    for text in texts:
        yield text[:left]
        left = max(0, left - len(text))


# The mail


def _parts(data: bytes) -> list[Message]:
    """The mail and all that is in it, forwarded mails included; outermost first."""
    boundaries = data.lower().count(b"boundary")
    if boundaries > MOST_BOUNDARIES or len(RULE.findall(data)) > MOST_RULES:
        return []
    plain = REPORT.sub(b"text/plain", data)
    try:
        waiting: list[object] = [message_from_bytes(plain, policy=SHORT)]
    except FAULTS:
        return []
    found: list[Message] = []
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        if isinstance(part, Message):
            found.append(part)
            waiting = [*_inside(part), *waiting]
    return found


def _inside(part: Message) -> list[object]:
    payload: object = part.get_payload() if part.is_multipart() else None
    return payload[:MOST_PARTS] if isinstance(payload, list) else []


def _text(part: Message) -> str:
    """A part's own text, decoded; nothing of what is no text."""
    try:
        if part.is_multipart() or part.get_content_maintype() != "text":
            return ""
        charset = _charset(part)
        del part["Content-Type"]  # or the parser may decode by the charset as well
        payload = part.get_payload(decode=True)
    except FAULTS:
        return ""
    if not isinstance(payload, bytes):
        return ""
    return _decoded(payload[:LONGEST_PART], charset)


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "utf-8")
    except FAULTS:
        return "utf-8"


def _decoded(payload: bytes, charset: str) -> str:
    is_known = CHARSETS.fullmatch(charset.lower().replace("_", "-"))
    try:
        return payload.decode(charset if is_known else "utf-8", errors="replace")
    except FAULTS:
        return payload.decode("utf-8", errors="replace")


# Its headers


def _headers(parts: Iterable[Message], names: Iterable[str]) -> list[str]:
    """Their texts, unfolded; an address goes on where its line did."""
    found = [text for part in parts for name in names for text in _of(part, name)]
    return [re.sub(r"\r?\n\s+", "", text) for text in found[:MOST_HEADERS]]


def _of(part: Message, name: str) -> list[str]:
    try:
        return [str(value) for value in part.get_all(name, [])]
    except FAULTS:
        return []


def _recipients(parts: list[Message]) -> list[str]:
    """Whom it was to; of a forwarded mail first whom the innermost one was to."""
    texts = map(_readable, _headers(reversed(parts), RECIPIENTS))
    found = chain.from_iterable(map(_addresses, texts))
    return list(dict.fromkeys(found))[:MOST]


def _addresses(text: str) -> list[str]:
    """What a name says is no address, as long as names can be told."""
    try:
        named = [address for _, address in getaddresses([text])]
    except FAULTS:
        named = [text]
    return list(chain.from_iterable(map(emails_in, named)))


def _readable(text: str) -> str:
    """With its encoded words decoded: those of one charset in a row as one."""
    tight = BETWEEN.sub("", text)
    runs = groupby(_pieces(tight), key=lambda piece: piece[0])
    return "".join(_run(charset, pieces) for charset, pieces in runs)


def _run(charset: str, pieces: Iterable[tuple[str, str, str]]) -> str:
    if not charset:
        return "".join(text for _, _, text in pieces)
    return _decoded(
        b"".join(_bytes(coding, text) for _, coding, text in pieces), charset
    )


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """Charset, coding and text of each encoded word, and of what is between them."""
    at = 0
    for word in WORD.finditer(text):
        if at < word.start():
            yield "", "", text[at : word.start()]
        yield word[1].lower(), word[2].lower(), word[3]
        at = word.end()
    yield "", "", text[at:]


def _bytes(coding: str, text: str) -> bytes:
    data = text.encode(errors="replace")
    try:
        if coding == "q":
            return binascii.a2b_qp(data, header=True)
        return binascii.a2b_base64(data.rstrip(b"=") + b"==")
    except FAULTS:
        return data
