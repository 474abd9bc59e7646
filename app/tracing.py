"""What a trace is made of here: a span for each request, and one for each call.

Without an address to send them to there are none, and nothing is read that makes them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Span(Protocol):
    """`headers` tell whoever is called to which trace it belongs."""

    headers: dict[str, str]

    def ended(self, outcome: str) -> None: ...


class NoSpan:
    """Costs nothing and says nothing."""

    headers: dict[str, str] = {}  # noqa: RUF012  nobody changes it

    def ended(self, outcome: str) -> None: ...


class Tracing:
    """Makes no spans; see `app.spans` for what does."""

    is_on = False

    @contextmanager
    def call(self, name: str, method: str) -> Iterator[Span]:  # noqa: ARG002
        """Around a call to Courier; `name` is what logs call it."""
        yield NO_SPAN

    def begin(self, method: str, route: str, parent: str) -> object:
        """A request begins, in the trace of `parent`: what to hand to `end`."""

    def end(self, span: object, status: int) -> None: ...

    def close(self) -> None:
        """Sends what was not sent yet."""


NO_SPAN = NoSpan()
NO_TRACING = Tracing()
