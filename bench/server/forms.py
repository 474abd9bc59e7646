"""What is asked again and again: a page, or a topic's form with what it knows by then.

A form hands back the sealed state that was printed last, and turns its topic off and
on by turns, as a browser with htmx would; so every one costs a PUT and no GET.
"""

import re
from urllib.parse import urlencode

Fields = dict[str, str]
STATE = re.compile(rb'name="state" value="([^"]+)"')
SHOWN = "email push sms inbox"


class Plain:
    """The same bytes every time."""

    def __init__(self, request: str) -> None:
        self._bytes = request.encode("latin-1")

    def request(self) -> bytes:
        return self._bytes

    def learn(self, _answer: bytearray) -> None:
        """There is nothing to learn."""


class Form:
    """`fields`: where it goes, from which address, its state, and what it wishes."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields

    def request(self) -> bytes:
        told = self.fields
        pairs = [("state", told["state"]), ("shown", SHOWN)]
        if told["on"]:
            pairs += [("on", "1"), *(("channel", name) for name in SHOWN.split())]
        body = urlencode(pairs)
        head = (
            f"POST {told['path']} HTTP/1.1",
            "Host: 127.0.0.1",
            "HX-Request: true",
            f"X-Forwarded-For: {told['address']}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join([*head, "", body]).encode("latin-1")

    def learn(self, answer: bytearray) -> None:
        found = STATE.search(answer)
        if found:
            self.fields["state"] = found[1].decode()
            self.fields["on"] = "" if self.fields["on"] else "1"
