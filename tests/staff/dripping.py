"""A server that sends a byte now and then, for longer than anybody should wait."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PAUSE = 0.02
"""Seconds between two bytes: far less than any patience."""

MANY = 200
"""Bytes, hence four seconds."""

HEADER = b"HTTP/1.1 200 OK\r\nX: "
BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"


@contextmanager
def dripping(beginning: bytes) -> Iterator[str]:
    """Its address; it drips on after this beginning, to everybody at once."""
    over = threading.Event()

    def drip(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(4096)
            client.sendall(beginning)
            for _ in range(MANY):
                client.sendall(b" ")
                over.wait(PAUSE)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                threading.Thread(target=drip, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()
