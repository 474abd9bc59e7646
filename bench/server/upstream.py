"""A Courier that knows its answers by heart and gives them after a while.

`python -m bench.server.upstream PORT` reads its answers (see `canned`) from stdin. It
is as cheap as Python lets it be, so that it can share a core with the load. It is told
while it runs how long to take: `GET /_latency?ms=50&slow=user-&slow_ms=5000`, where
`slow` begins the ids of users whose calls take longer; with `alike=1` all lists are the
same. `GET /_counts` says how many calls it had and how many of them it held at once.
"""

import asyncio
import gc
import json
import re
import selectors
import sys
from urllib.parse import parse_qs, urlsplit

from bench.server.canned import varied

USER = re.compile(r"^/users/([^/?]*?(\d*))/preferences")
END = b"\r\n\r\n"
DONE = '{"message":"success"}'


class Book:
    """What is answered, when, and how often it was asked."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._texts = answers
        self._answers = {asked: _whole(body) for asked, body in answers.items()}
        self._lists: dict[tuple[str, int], bytes] = {}
        self._done = _whole(DONE)
        self.seconds, self.slow, self.slow_seconds = 0.0, "", 0.0
        self.calls, self.held, self.most = 0, 0, 0
        self.is_alike = False

    def answer(self, method: str, path: str) -> tuple[bytes, float]:
        """The bytes, and after how many seconds."""
        if path.startswith("/_"):
            return self._control(path), 0.0
        found = USER.match(path)
        if not found:
            return self._known(f"{method} {path}"), self.seconds
        number = 0 if self.is_alike else int(found[2] or 0)
        is_slow = self.slow and found[1].startswith(self.slow)
        rest = path[found.end() :]
        seconds = self.slow_seconds if is_slow else self.seconds
        asked = f"{method} /users/*/preferences{rest}"
        if asked in self._answers:
            return self._list(asked, number), seconds
        return self._known(asked), seconds

    def _list(self, asked: str, number: int) -> bytes:
        """As it stands for this recipient."""
        found = self._lists.get((asked, number))
        if not found:
            found = _whole(varied(self._texts[asked], number))
            self._lists[asked, number] = found
        return found

    def taken(self) -> None:
        self.calls += 1
        self.held += 1
        self.most = max(self.most, self.held)

    def _known(self, asked: str) -> bytes:
        if asked.startswith("GET "):
            return self._answers.get(asked) or _whole('{"message":"no"}', 404)
        return self._done

    def _control(self, path: str) -> bytes:
        told = {name: v[0] for name, v in parse_qs(urlsplit(path).query).items()}
        if path.startswith("/_latency"):
            self.seconds = float(told["ms"]) / 1000
            self.slow, self.is_alike = told.get("slow", ""), "alike" in told
            self.slow_seconds = float(told.get("slow_ms", 0)) / 1000
            self.calls, self.most = 0, 0
        counts = {"calls": self.calls, "held": self.held, "most_held": self.most}
        return _whole(json.dumps(counts))


def _whole(body: str, status: int = 200) -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class Connection(asyncio.Protocol):
    """One request after the other; a body is skipped."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the types
        self._transport = transport

    def connection_lost(self, _fault: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(END)
        if end < 0:
            return
        head = self._buffer[:end]
        if len(self._buffer) < end + len(END) + _length(head):
            return
        self._buffer = b""
        method, path, _ = head[: head.index(b"\r\n")].decode().split(" ", 2)
        answer, seconds = self._book.answer(method, path)
        if path.startswith("/_"):
            self._write(answer)
            return
        self._book.taken()
        if seconds:
            self._loop.call_later(seconds, self._give, answer)
        else:
            self._give(answer)

    def _give(self, answer: bytes) -> None:
        self._book.held -= 1
        self._write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport:
            self._transport.write(answer)


def _length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


async def serve(port: int, answers: dict[str, str]) -> None:
    book = Book(answers)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(book), "127.0.0.1", port, backlog=4096
    )
    gc.freeze()
    await server.serve_forever()


def fine_loop() -> asyncio.AbstractEventLoop:
    """Its timers are exact to microseconds, epoll's to a millisecond; 1,000 files."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def main() -> None:
    port, kind = int(sys.argv[1]), sys.argv[2]
    factory = fine_loop if kind == "fine" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(port, json.load(sys.stdin)))


if __name__ == "__main__":
    main()
