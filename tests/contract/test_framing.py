"""Where a body ends: requests cut short or garbled on the wire are refused whole."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import pytest

from tests.contract.conftest import KEY, Running, Seed
from tests.peer import PATIENCE

BODY = b'{"topic": {"status": "OPTED_OUT"}}'
LENGTH = len(BODY)
CHUNKED = "Transfer-Encoding: chunked"
CHUNK = b"%x\r\n%s\r\n" % (LENGTH, BODY)


@pytest.fixture
def connection(sandbox: Running) -> Iterator[socket.socket]:
    address = ("127.0.0.1", sandbox.server.port)
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        yield connection


def put(seed: Seed, *headers: str) -> bytes:
    path = f"/users/someone/preferences/{seed.topic('Due dates')}"
    bearer = f"Authorization: Bearer {KEY}"
    lines = [f"PUT {path} HTTP/1.1", "Host: courier", bearer, *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    with HTTPResponse(connection) as response:
        response.begin()
        return response.status, json.loads(response.read())


def assert_refused(connection: socket.socket) -> None:
    """With Courier's error, and nothing more on this connection."""
    status, error = answer(connection)
    assert (status, error["type"]) == (400, "invalid_request_error")
    assert error["message"].startswith("Invalid Request.")
    assert connection.recv(1) == b""


def is_applied(sandbox: Running, seed: Seed) -> bool:
    return bool(sandbox.preference(seed.topic("Due dates"))["status"] == "OPTED_OUT")


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: many"],
        ["Content-Length: -1"],
        ["Content-Length: ²"],
        ["Content-Length:"],
        [f"Content-Length: +{LENGTH}"],
        [f"Content-Length: {'9' * 30}"],
        [f"Content-Length: {LENGTH}", f"Content-Length: {LENGTH - 1}"],
        [f"Content-Length: {LENGTH}", CHUNKED],
        ["Transfer-Encoding: gzip"],
    ],
)
def test_a_body_of_no_clear_length_is_refused(
    sandbox: Running, connection: socket.socket, seed: Seed, headers: list[str]
) -> None:
    connection.sendall(put(seed, *headers) + BODY)
    assert_refused(connection)
    assert not is_applied(sandbox, seed)


@pytest.mark.parametrize(
    "chunks",
    [
        b"%x\r\n%s" % (LENGTH + 1, BODY) + b"\r\n0\r\n\r\n",
        b"%x\r\n%s" % (LENGTH - 1, BODY) + b"\r\n0\r\n\r\n",
        b"-1\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"many\r\n" + BODY + b"\r\n0\r\n\r\n",
        CHUNK + b"\r\n",
        CHUNK + b"0\r\n" + b"Trailer: x\r\n" * 101,
        CHUNK + b"0" * 10_000,
    ],
)
def test_a_bad_chunk_is_refused(
    sandbox: Running, connection: socket.socket, seed: Seed, chunks: bytes
) -> None:
    connection.sendall(put(seed, CHUNKED) + chunks)
    assert_refused(connection)
    assert not is_applied(sandbox, seed)


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        (f"Content-Length: {LENGTH + 1}", BODY),
        (f"Content-Length: {10**17}", BODY),
        (CHUNKED, CHUNK),
        (CHUNKED, CHUNK + b"0\r\n"),
        (CHUNKED, b"ffffffff\r\n" + BODY),
    ],
)
def test_a_body_that_was_cut_short_is_not_applied(
    sandbox: Running, connection: socket.socket, seed: Seed, header: str, sent: bytes
) -> None:
    connection.sendall(put(seed, header) + sent)
    connection.shutdown(socket.SHUT_WR)
    assert_refused(connection)
    assert not is_applied(sandbox, seed)


def test_a_client_that_is_gone_halfway_changes_nothing(
    sandbox: Running, connection: socket.socket, seed: Seed
) -> None:
    connection.sendall(put(seed, f"Content-Length: {LENGTH + 1}") + BODY)
    connection.close()
    assert sandbox.http.get("/brands").status_code == 200
    assert not is_applied(sandbox, seed)


def test_the_refusal_arrives_although_the_client_goes_on_sending(
    connection: socket.socket, seed: Seed
) -> None:
    connection.sendall(put(seed, "Content-Length: many"))
    for _ in range(64):
        connection.sendall(b" " * 16_384)
    assert_refused(connection)


def test_chunks_with_all_their_trimmings_keep_the_connection_in_step(
    sandbox: Running, connection: socket.socket, seed: Seed
) -> None:
    halves = BODY[:9], BODY[9:]
    chunks = b"".join(b"%X;note=x\r\n%s\r\n" % (len(half), half) for half in halves)
    request = put(seed, CHUNKED) + chunks + b"000\r\nTrailer: x\r\n\r\n"
    for _ in range(2):
        connection.sendall(request)
        assert answer(connection) == (200, {"message": "success"})
    assert is_applied(sandbox, seed)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET http://[/ HTTP/1.1", 400),
        (b"GET", 400),
        (b"GET /brands HTTP/9.9", 505),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", 414),
    ],
)
def test_a_first_line_that_cannot_be_read_has_an_answer_too(
    connection: socket.socket, line: bytes, status: int, sandbox: Running
) -> None:
    connection.sendall(line + b"\r\n\r\n")
    code, error = answer(connection)
    assert code == status
    assert set(error) == {"message", "type"}
    assert sandbox.requests() == []
