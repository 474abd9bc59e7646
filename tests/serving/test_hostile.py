"""Whoever sends nonsense is told so at once, and nothing of it is kept."""

import socket
from collections.abc import Iterator

import pytest

from tests.peer import Peer
from tests.serving.served import (
    GET,
    HEALTH,
    PAGE,
    Served,
    eventually,
    is_closed,
    read,
    serving,
)

PATIENCE = 60.0
"""Seconds that none of this may need; the server would wait as long for a head."""

HERE = b"Host: here\r\n"
POST = b"POST /p/x/choose HTTP/1.1\r\nHost: here\r\n"
LONG = 10_000_000_000
NONSENSE: dict[str, tuple[bytes, set[int]]] = {
    "binary garbage": (bytes(range(256)) * 4 + b"\r\n\r\n", {400}),
    "a TLS hello": (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500 + b"\r\n\r\n",
        {400},
    ),
    "HTTP/0.9": (b"GET /\r\n\r\n", {400}),
    "HTTP/2 without being asked": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\nHost: here\r\n\r\n", {400}),
    "a method in small letters": (b"get / HTTP/1.1\r\n" + HERE + b"\r\n", {400}),
    "lines that end as none may": (b"GET / HTTP/1.1\nHost: here\n\n\r\n\r\n", {400}),
    "one line that does": (b"GET / HTTP/1.1\r\nHost: here\n\n\r\n\r\n", {400}),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", {400}),
    "two hosts": (GET % (b"/", HERE), {400}),
    "a space before a colon": (GET % (b"/", b"X : a\r\n"), {400}),
    "NUL in a header": (GET % (b"/", b"X: a\0b\r\n"), {400}),
    "NUL in the path": (GET % (b"/p/a\0b", b""), {400, 404}),
    "NUL in the path, told": (GET % (b"/p/a%00b", b""), {404}),
    "a tunnel": (b"CONNECT here:443 HTTP/1.1\r\nHost: here\r\n\r\n", {404, 405}),
    "a mirror": (b"TRACE / HTTP/1.1\r\nHost: here\r\n\r\n", {405}),
    "a whole address": (GET % (b"http://elsewhere/healthz", b""), {200}),
    "a long line": (GET % (b"/" + b"a" * 40_000, b""), {431}),
    "thousands of headers": (GET % (b"/", b"X-A: b\r\n" * 5000), {431}),
    "a header of 64 KB": (GET % (b"/", b"X: " + b"a" * 65536 + b"\r\n"), {431}),
    "a head without an end": (GET[:-2] % (b"/", b"X-A: b\r\n" * 9000), {431}),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc", {400}),
    "a length and chunks": (
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "chunks of an unknown kind": (POST + b"Transfer-Encoding: x\r\n\r\n", {501}),
    "chunks twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n", {400}),
    "chunks, but not last": (POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n", {501}),
    "chunks in HTTP/1.0": (
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "a length that is none": (POST + b"Content-Length: +3\r\n\r\nabc", {400}),
    "a length below none": (POST + b"Content-Length: -3\r\n\r\nabc", {400}),
    "a chunk that is none": (
        POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        {400},
    ),
    "a chunk that lies": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
        {400},
    ),
    "a huge body": (POST + b"Content-Length: %d\r\n\r\nabc" % LONG, {413}),
    "a huge body, asked for": (
        POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % LONG,
        {413},
    ),
}


@pytest.fixture(scope="module")
def served(
    session_peer: Peer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile")
    with serving(
        session_peer.url, folder, bounds={"arriving": int(PATIENCE)}
    ) as served:
        yield served


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_told_so_at_once(served: Served, kind: str) -> None:
    said, statuses = NONSENSE[kind]
    answer = served.ask(said)

    assert answer.status in statuses, answer
    assert "Traceback" not in answer.body.decode()
    assert served.ask(HEALTH).status == 200


def test_each_of_many_requests_in_one_piece_has_its_answer(served: Served) -> None:
    post = POST + b"Content-Length: 4\r\n\r\na=bc"
    chunks = POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\na=bc\r\n0\r\n\r\n"
    with served.connect() as door:
        door.sendall(
            HEALTH + post + HEALTH + chunks + b"\r\n" + HEALTH + b"nonsense\r\n\r\n"
        )
        statuses = [read(door).status for _ in range(6)]

        assert statuses == [200, 404, 200, 404, 200, 400]
        assert is_closed(door, PATIENCE)


def test_a_body_is_never_taken_for_a_request(served: Served) -> None:
    """Not even where nobody reads it."""
    hidden = GET % (b"/hidden", b"")
    post = POST + b"Content-Length: %d\r\n\r\n" % len(hidden)
    with served.connect() as door:
        door.sendall(post + hidden + HEALTH)
        assert [read(door).status for _ in range(2)] == [404, 200]
        door.settimeout(0.3)
        with pytest.raises(TimeoutError):
            door.recv(1)


def test_what_is_sent_byte_by_byte_is_read_as_if_at_once(served: Served) -> None:
    chunks = b"2;a=b\r\na=\r\n2\r\nbc\r\n0\r\nX: y\r\n\r\n"
    with served.connect() as door:
        for said in (HEALTH, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks):
            for at in range(len(said)):
                door.sendall(said[at : at + 1])
            assert read(door).status == (200 if said is HEALTH else 404)
        door.sendall(HEALTH)
        assert read(door).status == 200


def test_who_asks_to_go_on_is_told_so_once(served: Served) -> None:
    with served.connect() as door:
        door.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert door.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        door.sendall(b"a=bc")
        assert read(door).status == 404


def test_a_body_that_ends_early_ends_the_connection(served: Served) -> None:
    with served.connect() as door:
        door.sendall(POST + b"Content-Length: 40\r\n\r\na=b")
        door.shutdown(socket.SHUT_WR)
        assert read(door).status == 0


def test_who_closes_only_one_side_has_an_answer(served: Served) -> None:
    with served.connect() as door:
        door.sendall(served.page)
        door.shutdown(socket.SHUT_WR)
        assert read(door).status == 200


def test_many_requests_in_one_piece_are_too_many(served: Served) -> None:
    """Nobody needs that but to have us hold all the answers."""
    before = served.number("http_requests_total", route="/healthz")
    with served.connect() as door:
        door.sendall(HEALTH * 1000)
        assert is_closed(door, PATIENCE)
    assert served.number("http_requests_total", route="/healthz") - before < 50


def test_nothing_of_all_this_is_in_the_log(served: Served) -> None:
    """But how often it came."""
    for said, _ in NONSENSE.values():
        served.ask(said.replace(b"/p/", b"/p/secret-"))
    served.ask(b"GET /p/secret-x HTTP/9.9\r\n\r\n")

    assert eventually(lambda: told(served) > 10)
    for word in ("secret", "Traceback", "127.0.0.1", PAGE):
        assert word not in "".join(served.said)


def told(served: Served) -> int:
    lines = served.lines("Invalid or slow requests")
    return sum(int(str(line.get("400", 0))) for line in lines)
