"""Threads that deliver what is due, inside `serve` or alone as `deliver`.

One thread leases as much as there are free hands; the hands deliver. Stopping takes
on nothing new and finishes what is in flight. Whatever ends that thread, it is begun
anew after a pause.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from app.delivery import Delivery
from app.ledger.errors import LedgerDown
from app.preferences.choice import Choice

PAUSE = 1.0
"""Seconds until the ledger is asked again, unless something wakes the thread."""

CHORES = 600.0
"""Seconds between chores: what is to be done now and then."""

REVIVAL = 1.0
"""Seconds until it is begun anew after it fell."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("delivery")


class Workers:
    """`count` deliveries at the same time, at most; `chores` runs now and then.

    `afterwards` is told each choice at which something was done.

    With none at all, only what was sent without the ledger is written down.
    """

    def __init__(  # noqa: PLR0913  wired once
        self,
        delivery: Delivery,
        count: int,
        chores: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
        afterwards: Callable[[Choice], object] = lambda _: None,
        *,
        pause: float = PAUSE,
    ) -> None:
        self._delivery = delivery
        self._count = count
        self._chores = chores
        self._monotonic = monotonic
        self._afterwards = afterwards
        self._pause = pause
        self._most = count + (count + 1) // 2  # so that no hand waits for a lease
        self._free = threading.Semaphore(self._most)
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        self._delivery.woken = self._woken.set
        self.keep()

    def keep(self) -> None:
        """Begins the thread where there is none; to be called now and then."""
        if self.is_alive or self._stopped.is_set():
            return
        thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            log.critical("delivery_not_begun", exc_info=True)
        else:
            self._thread = thread

    def retire(self) -> None:
        """Takes on nothing new."""
        self._stopped.set()
        self._woken.set()

    def stop(self) -> None:
        """Returns once what is in flight has been settled."""
        self.retire()
        if self._thread and self._thread.is_alive():
            self._thread.join()
        self._guarded(self._delivery.note_fears)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._work()
            except BaseException:  # choices wait, whatever it was
                log.critical("delivery_fell", exc_info=True)
                self._stopped.wait(REVIVAL)

    def _work(self) -> None:
        """Until it is to stop."""
        chores_at = self._monotonic()
        self._free = threading.Semaphore(self._most)
        with ThreadPoolExecutor(max(self._count, 1), "deliver") as hands:
            while not self._stopped.is_set():
                self._woken.clear()
                if not self._hand_out(hands):
                    self._woken.wait(self._pause)
                if self._monotonic() >= chores_at:
                    self._guarded(self._chores)
                    chores_at = self._monotonic() + CHORES

    def _hand_out(self, hands: ThreadPoolExecutor) -> bool:
        """Whether anything was due that a free hand could take."""
        free = self._take_free()
        due: list[Choice] = []
        try:
            due = self._delivery.due(free)
        except LedgerDown:
            pass  # said once, where it was raised
        except Exception:
            log.exception("claim_failed")
        for _ in range(free - len(due)):
            self._free.release()
        for choice in due:
            hands.submit(self._deliver, choice)
        return bool(due)

    def _take_free(self) -> int:
        taken = 0
        while taken < self._most and self._free.acquire(blocking=False):
            taken += 1
        return taken

    def _deliver(self, choice: Choice) -> None:
        try:
            self._guarded(lambda: self._delivery.deliver(choice))
            self._guarded(lambda: self._afterwards(choice))
        finally:
            self._free.release()
            self._woken.set()

    def _guarded(self, work: Callable[[], object]) -> None:
        """A fault in one piece of work is logged; the lease runs out, others go on."""
        try:
            work()
        except BaseException:  # an end of its own, not of all
            log.exception("delivery_failed")
