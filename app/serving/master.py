"""The process above those that serve: it begins them, replaces them, ends them."""

import ctypes
import socket
import struct
import sys
from contextlib import suppress

from gunicorn.arbiter import Arbiter
from gunicorn.sock import BaseSocket

from app.serving.application import Application

SO_ATTACH_FILTER = 26  # Linux; Python has no name for it
SYN, ACK = 0x02, 0x10
NO_NEW = (
    (0x30, 0, 0, 13),  # the flags of the segment
    (0x54, 0, 0, SYN | ACK),
    (0x15, 0, 1, SYN),  # only who begins is dropped
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
)


class Master(Arbiter):
    app: Application

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        # as it was begun, so that SIGUSR2 can begin it again beside this one
        self.START_CTX["args"] = [sys.executable, *sys.orig_argv[1:]]

    def reload(self) -> None:
        """What cannot be read anew leaves everything as it is."""
        if self.app.renew():
            super().reload()

    def stop(self, graceful: bool = True) -> None:
        """Nobody else listens at our sockets, unless they were given to us."""
        self.maybe_promote_master()  # whoever began us may have gone a moment ago
        is_given = self.systemd or self.reexec_pid or self.master_pid
        if graceful and not is_given and sys.platform == "linux":
            for listener in self.LISTENERS:
                refuse_new(listener)
        super().stop(graceful)


def refuse_new(listener: BaseSocket) -> None:
    """Drops who begins to connect, while who has begun can be taken in peace.

    Whoever is dropped tries again by itself after a second, and by then is refused or
    finds who came after us. Without this, what connects between our last look and our
    leaving would be cut off. Where the system knows no such thing, that remains.
    """
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *s) for s in NO_NEW)
    )
    program = struct.pack("HL", len(NO_NEW), ctypes.addressof(code))
    with suppress(OSError):
        listener.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
