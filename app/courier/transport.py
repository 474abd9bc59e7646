"""One kept-alive connection to Courier, by the standard library's HTTP client.

A transport as httpx has them. httpx's own goes through httpcore and h11, which read
every byte of a head in Python and cost four times the CPU.
Reference: https://www.python-httpx.org/advanced/transports/
Reference: https://docs.python.org/3/library/http.client.html
"""

import select
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

import httpx

CHUNK = 64 * 1024
FAULTS = (OSError, HTTPException)


class Transport(httpx.BaseTransport):
    """For one call at a time, to one host. `context`: for one by https alone.
    `expiry`: seconds that it may be idle.

    Raises httpx's own exceptions: `ConnectError` and `ConnectTimeout` where nothing
    was sent, others where nobody can say what became of the request.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None,
        expiry: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._expiry = expiry
        self._monotonic = monotonic
        self._connection: HTTPConnection | None = None
        self._idle_since = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        limits = request.extensions["timeout"]
        connection = self._connected(request.url, limits["connect"])
        connection.sock.settimeout(limits["read"])
        try:
            _send(connection, request)
            answer = _begun(connection)
        except FAULTS as fault:
            raise self._broken_off(fault) from None
        return httpx.Response(
            answer.status, headers=answer.getheaders(), stream=Body(self, answer)
        )

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def read(self, answer: HTTPResponse) -> Iterator[bytes]:
        """The body as it arrives; afterwards the connection is free again."""
        try:
            while chunk := answer.read1(CHUNK):
                yield chunk
            _end(answer)
        except FAULTS as fault:
            raise self._broken_off(fault) from None
        if answer.will_close:
            self.close()
        self._idle_since = self._monotonic()

    def _connected(self, url: httpx.URL, patience: float) -> HTTPConnection:
        if self._connection and self._is_stale(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._new(url, patience)
        return self._connection

    def _is_stale(self, connection: HTTPConnection) -> bool:
        """What can be read while nothing was asked is the end."""
        if self._monotonic() > self._idle_since + self._expiry:
            return True
        poll = select.poll()
        poll.register(connection.sock, select.POLLIN)
        return bool(poll.poll(0))

    def _new(self, url: httpx.URL, patience: float) -> HTTPConnection:
        connection = (
            HTTPSConnection(url.host, url.port, timeout=patience, context=self._context)
            if url.scheme == "https"
            else HTTPConnection(url.host, url.port, timeout=patience)
        )
        try:
            connection.connect()
        except OSError as fault:
            connection.close()
            is_late = isinstance(fault, TimeoutError)
            kind = httpx.ConnectTimeout if is_late else httpx.ConnectError
            raise kind(str(fault)) from None
        return connection

    def _broken_off(self, fault: OSError | HTTPException) -> httpx.TransportError:
        """Whatever went wrong, the connection is not used again."""
        self.close()
        match fault:
            case TimeoutError():
                return httpx.ReadTimeout(str(fault))
            case OSError():
                return httpx.ReadError(str(fault))
        return httpx.RemoteProtocolError(f"{type(fault).__name__}: {fault}")


class Body(httpx.SyncByteStream):
    def __init__(self, transport: Transport, answer: HTTPResponse) -> None:
        self._transport = transport
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._transport.read(self._answer)

    def close(self) -> None:
        """What was not read to its end would be taken for the next answer."""
        if not self._answer.isclosed():
            self._transport.close()


def _send(connection: HTTPConnection, request: httpx.Request) -> None:
    target: bytes = request.extensions.get("target", request.url.raw_path)
    connection.putrequest(
        request.method,
        target.decode("ascii"),
        skip_host=True,
        skip_accept_encoding=True,
    )
    for name, value in request.headers.raw:
        connection.putheader(name, value)
    connection.endheaders(request.read())


def _begun(connection: HTTPConnection) -> HTTPResponse:
    answer = connection.getresponse()
    if answer.status < httpx.codes.OK:
        raise HTTPException("an answer before the answer")
    return answer


def _end(answer: HTTPResponse) -> None:
    if answer.length:
        raise HTTPException("the answer breaks off")
    answer.close()
