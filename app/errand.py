"""On whose behalf something is done: the id of a request, and what is said of it.

A request's thread knows its errand, and so does whoever works for it in other threads
where the work was `carried` there. What nobody asked for has none.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

WELL_FORMED = re.compile(r"[A-Za-z0-9_:=-]{8,64}")
"""An id that somebody else made. No link fits: it has dots, or is longer."""

SHORTEST = 3
"""Characters of a name that can be hidden without tearing other words apart."""


@dataclass(slots=True)
class Errand:
    """`calls` to Courier and the `seconds` they took; `door` and `outcomes` of choices.

    `hidden` is what a line of the log must not have: a token, a user's id, an address.
    """

    id: str
    calls: int = 0
    seconds: float = 0.0
    door: str = ""
    outcomes: dict[str, int] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def called(self, seconds: float) -> None:
        self.calls += 1
        self.seconds += seconds

    def chosen(self, door: str, outcome: str) -> None:
        self.door = door
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def hide(self, *texts: str | None) -> None:
        long = tuple(text for text in texts if text and len(text) >= SHORTEST)
        self.hidden += long


_current: ContextVar[Errand | None] = ContextVar("errand", default=None)

current = _current.get
begin = _current.set
end = _current.reset


def new_id() -> str:
    return secrets.token_hex(8)


def hide(*texts: str | None) -> None:
    """None of these is in a line of the log that this errand leads to."""
    errand = _current.get()
    if errand:
        errand.hide(*texts)


@contextmanager
def hiding(*texts: str | None) -> Iterator[None]:
    """An errand of our own, whose lines have none of these."""
    token = _current.set(Errand(new_id()))
    hide(*texts)
    try:
        yield
    finally:
        _current.reset(token)


def carried(work: Callable[P, R]) -> Callable[P, R]:
    """The same work for the same errand, in whatever thread it is done."""
    context = copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.copy().run(work, *args, **kwargs)

    return run


class Hands(ThreadPoolExecutor):
    """Threads that work for the errand of whoever gives them work."""

    def submit(
        self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        return super().submit(carried(fn), *args, **kwargs)
