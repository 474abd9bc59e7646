"""What was made of the same objects is not made again.

Most recipients stand alike, so what Courier says of them is the same text; read once,
it is the same object, and so is all that follows from it.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

R = TypeVar("R")


class Once(Generic[R]):
    """Keeps what was made last of which objects, told apart by what they are alone.

    The objects are kept as well, so that no other can take the place of one.
    """

    def __init__(self, kept: int) -> None:
        self._most = kept
        self._kept: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], R]]
        self._kept = OrderedDict()
        self._lock = Lock()

    def made(self, make: Callable[[], R], *of: object) -> R:
        """What was made of the very same objects, or is made now."""
        found = self._kept.get(key := tuple(map(id, of)))
        if found:
            return found[1]
        made = make()
        with self._lock:
            self._kept[key] = of, made
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
