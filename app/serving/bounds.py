"""How long, how many and how much: what no client can go beyond.

docs/serving.md tells these figures.
"""

import resource
from contextlib import suppress
from dataclasses import dataclass

KB = 1024
MB = 1024 * KB


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds, bytes and numbers, each of one process that serves."""

    silence: int = 75
    """Seconds that a connection may stay open with nothing under way; longer than
    the proxies in front keep theirs, so that it is they who close."""
    arriving: int = 30
    """Seconds for a whole request, from its first byte; ten times as many where it
    has more than 64 KB."""
    leaving: int = 120
    """Seconds for a whole answer to be taken."""
    hang: int = 30
    """Seconds after which a process is replaced whose loop or threads all stand."""

    accepting: float = 0.5
    """Seconds for which a process that stops takes what the system has accepted."""
    parting: float = 2.0
    """Seconds for which it waits for a request on a connection kept alive."""
    grace: int = 25
    """Seconds for the requests under way."""
    settling: int = 5
    """Seconds more for what is on its way to Courier from the ledger."""

    connections: int = 2000
    pipelined: int = 16
    """Requests that may wait on one connection for the answer to the first."""
    largest_head: int = 32 * KB
    largest_body: int = 1 * MB + 64 * KB
    """Of anybody; who reads mails at the desk may send more, see `app.web.bodies`."""

    @property
    def stopping(self) -> int:
        """Seconds after which whatever still runs is ended."""
        return self.grace + self.settling

    def connections_within(self, files: int, threads: int) -> int:
        """Those that a process may have that may open so many files.

        Each thread may have one to Courier and one to the ledger, and each connection
        one for a body.
        """
        return max(32, min(self.connections, (files - 2 * threads - 64) // 2))


def raise_files(wanted: int = 65536) -> int:
    """Lets this process and its children open as many files as they may; how many.

    Many systems begin with 1,024, for programs that are long gone.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limited = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < limited:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limited, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
