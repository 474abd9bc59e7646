"""A lock for which one lines up: whoever came first has it first.

Python's own goes to whoever happens to run when it is released, so that of two hundred
who want it some wait for seconds and most not at all.
"""

from collections import deque
from threading import Lock


class Line:
    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self, patience: float) -> bool:
        """Waits for some seconds; whether the turn came."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        return turn.acquire(timeout=patience) or not self._gives_up(turn)

    def leave(self) -> None:
        """The turn goes to the next one, without being free in between."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    def _gives_up(self, turn: Lock) -> bool:
        """Not if it was given the turn at the last moment."""
        with self._lock:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True
