"""Our transport beside a server that says whatever a test wants, byte for byte."""

import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.courier.transport import Transport
from tests.conftest import Clock
from tests.peer import PATIENCE

OK = b"HTTP/1.1 200 OK\r\n"
SHORT = OK + b"Content-Length: 2\r\n\r\nhi"
EXPIRY = 75.0


@dataclass
class Host:
    """Answers each connection's requests with the next of its texts, then closes."""

    listener: socket.socket
    texts: list[list[bytes]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/a%20b?c=d"

    def serve(self) -> None:
        with suppress(OSError):
            for texts in self.texts:
                with closing(self.listener.accept()[0]) as connection:
                    self._answer(connection, texts)
                self.ended.set()

    def _answer(self, connection: socket.socket, texts: list[bytes]) -> None:
        for text in texts:
            self.heads.append(connection.recv(65536))
            connection.sendall(text)


@pytest.fixture
def host() -> Iterator[Host]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Host(listener)


@pytest.fixture
def transport(clock: Clock) -> Iterator[Transport]:
    transport = Transport(ssl.create_default_context(), EXPIRY, clock)
    yield transport
    transport.close()


def begin(host: Host, *texts: list[bytes]) -> None:
    host.texts = list(texts)
    threading.Thread(target=host.serve, daemon=True).start()


def ask(transport: Transport, url: str, seconds: float = 5.0) -> httpx.Response:
    extensions = {"timeout": httpx.Timeout(seconds).as_dict()}
    request = httpx.Request("GET", url, extensions=extensions)
    response = transport.handle_request(request)
    with closing(response):
        response.read()
    return response


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (SHORT, "hi"),
        (OK + b"\r\nto the end", "to the end"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + SHORT, "hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"small", mtime=0),
            "small",
        ),
    ],
)
def test_every_way_to_end_a_body(
    host: Host, transport: Transport, text: bytes, body: str
) -> None:
    begin(host, [text])
    assert ask(transport, host.url).text == body
    assert host.heads[0].startswith(b"GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"", httpx.ReadError),
        (b"what?\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + SHORT, httpx.RemoteProtocolError),
        (OK + b"Content-Length: 9\r\n\r\nhi", httpx.RemoteProtocolError),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhi",
            httpx.RemoteProtocolError,
        ),
        (OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n", httpx.RemoteProtocolError),
        (OK + b"X: x\r\n" * 200 + b"\r\n", httpx.RemoteProtocolError),
    ],
)
def test_what_is_no_answer_is_no_answer_and_the_next_call_works(
    host: Host, transport: Transport, text: bytes, fault: type[Exception]
) -> None:
    begin(host, [text], [SHORT])
    with pytest.raises(fault):
        ask(transport, host.url)
    assert ask(transport, host.url).text == "hi"


def test_who_says_nothing_is_waited_for_as_long_as_was_said(
    host: Host, transport: Transport
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask(transport, host.url, 0.2)


def test_where_nobody_listens_nothing_was_sent(
    host: Host, transport: Transport
) -> None:
    host.listener.close()
    with pytest.raises(httpx.ConnectError):
        ask(transport, "http://127.0.0.1:1/")


def test_one_connection_serves_call_after_call(
    host: Host, transport: Transport
) -> None:
    begin(host, [SHORT] * 3)
    for _ in range(3):
        assert ask(transport, host.url).text == "hi"
    assert len(host.heads) == 3


def test_what_the_other_side_has_closed_is_not_used_again(
    host: Host, transport: Transport
) -> None:
    begin(host, [SHORT], [SHORT])
    ask(transport, host.url)
    assert host.ended.wait(PATIENCE)
    assert ask(transport, host.url).text == "hi"


def test_what_was_idle_for_too_long_is_not_used_again(
    host: Host, transport: Transport, clock: Clock
) -> None:
    begin(host, [SHORT, b""], [SHORT])
    ask(transport, host.url)
    clock.seconds += EXPIRY + 1
    assert ask(transport, host.url).text == "hi"


def test_an_answer_that_nobody_read_is_not_the_next_one_s(
    host: Host, transport: Transport
) -> None:
    begin(host, [OK + b"Content-Length: 5\r\n\r\nfirst", b""], [SHORT])
    extensions = {"timeout": httpx.Timeout(5.0).as_dict()}
    first = httpx.Request("GET", host.url, extensions=extensions)
    transport.handle_request(first).close()
    assert ask(transport, host.url).text == "hi"


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of 127.0.0.1, signed by itself; with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "host.pem"
    pem = serialization.Encoding.PEM
    kind = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, kind, serialization.NoEncryption())
    path.write_bytes(secret + signed.public_bytes(pem))
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Host]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        context.wrap_socket(listener, server_side=True) as wrapped,
    ):
        yield Host(wrapped)


def test_over_tls_one_connection_serves_call_after_call(
    secure: Host, certificate: Path, clock: Clock
) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    with closing(Transport(context, EXPIRY, clock)) as transport:
        begin(secure, [SHORT] * 3)
        for _ in range(3):
            assert ask(transport, secure.url.replace("http", "https")).text == "hi"
    assert len(secure.heads) == 3


def test_whose_certificate_nobody_trusts_is_sent_nothing(
    secure: Host, transport: Transport
) -> None:
    begin(secure, [SHORT])
    with pytest.raises(httpx.ConnectError, match="certificate"):
        ask(transport, secure.url.replace("http", "https"))
    assert secure.heads == []
