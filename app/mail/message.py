"""Reads a message as mail programs do, whatever its lines end with."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser

BROKEN = (MessageError, AttributeError, LookupError, TypeError, ValueError)
"""What the standard library's parser can raise on a header that is none."""

KNOWN = ("from", "subject", "date", "received", "message-id", "list-unsubscribe")
"""A message has at least one of them."""

ENDS = re.compile(r"[\s<>\"'\\^`{|}]|\Z")
"""What ends an address in plain text."""

WITHOUT_FOOTER = frozenset({"text/calendar", "text/vcard", "text/x-vcard"})


class NotMail(Exception):
    """What was given is no message; the message says why."""


def read(data: bytes) -> EmailMessage:
    """`NotMail` for everything else."""
    if not data.strip():
        raise NotMail("It is empty.")
    if b"\0" in data:
        raise NotMail("It is no text: save the message as its source, an .eml file.")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    message = message_from_bytes(
        data.removeprefix(b"\xef\xbb\xbf").lstrip(), policy=POLICY
    )
    names = {name.lower() for name, _ in message.raw_items()}
    if not names.intersection(KNOWN):
        raise NotMail("It has no headers: save the whole source of the message.")
    return message


POLICY = policy.default


def fields(message: EmailMessage, name: str) -> list[str]:
    """Every header of that name, unfolded, and else as it stands in the message."""
    return [
        re.sub(r"[\r\n]+", "", str(value)).strip()
        for known, value in message.raw_items()
        if known.lower() == name.lower()
    ]


def decoded(value: str) -> str:
    """Without encoded words, where there are any."""
    try:
        return str(make_header(decode_header(value)))
    except BROKEN:
        return value


def texts(message: EmailMessage) -> Iterator[tuple[str, str | None]]:
    """The type of each text body, and the text; None where no footer can be in it."""
    if message.get_content_disposition() == "attachment":
        return
    kind = message.get_content_type()
    if message.get_content_maintype() == "multipart":
        for part in message.get_payload():
            if isinstance(part, EmailMessage):
                yield from texts(part)
    elif message.get_content_maintype() == "text":
        yield kind, None if kind in WITHOUT_FOOTER else _text(message)


def addresses(kind: str, text: str, starts: tuple[str, ...]) -> list[str]:
    """What can be followed in a body and begins so."""
    if "html" in kind:
        found = _Anchors()
        found.feed(text)
        return [a for a in found.addresses if a.startswith(starts)]
    places = [
        match.start()
        for start in starts
        for match in re.finditer(re.escape(start), text)
    ]
    return [_until_end(text[place:]) for place in sorted(places)]


class _Anchors(HTMLParser):
    """Collects what links lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") if tag == "a" else None
        if address:
            self.addresses.append(re.sub(r"[\r\n\t]", "", address).strip())


def _text(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    body = data if isinstance(data, bytes) else b""
    try:
        return body.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def _until_end(text: str) -> str:
    """Without what follows an address in a sentence."""
    end = ENDS.search(text)
    address = text[: end.start()] if end else text
    return address.rstrip(".,;:!?)]*")
