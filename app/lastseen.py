"""What Courier last said of somebody, for the time in which it says nothing."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from app.preferences.model import Recipient, Saved

KEPT = 2000
"""Recipients whose last list is kept in memory, of a few kilobytes each."""

Seen = tuple[tuple[Saved, ...], float]
"""The lines, and when Courier told them, in seconds since 1970."""


class LastSeen:
    """What Courier last said of whom, and when; the longest unused makes room."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lists: OrderedDict[Recipient, Seen] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, recipient: Recipient, lines: tuple[Saved, ...]) -> None:
        with self._lock:
            self._lists[recipient] = lines, self._now()
            self._lists.move_to_end(recipient)
            while len(self._lists) > KEPT:
                self._lists.popitem(last=False)

    def get(self, recipient: Recipient) -> Seen | None:
        with self._lock:
            return self._lists.get(recipient)
