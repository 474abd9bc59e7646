"""Unsubscribes per topic and day, as a row of bars and as a table of the same numbers.

Bars have their numbers above them, so that nothing is told by color or height alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.preferences.trail import OffDay

MOST = 12
"""Topics that have a row of their own; all others share one."""

STEP, WIDTH, HEIGHT, HEAD = 22, 16, 32, 16
"""From bar to bar, a bar's width and greatest height, and the room for its number."""

THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    count: int
    x: int
    y: int
    height: int

    @property
    def label(self) -> str:
        """As short as it must be to fit; the table has it exactly."""
        is_short = self.count < THOUSAND
        return str(self.count) if is_short else f"{self.count // THOUSAND}k"

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True, slots=True)
class Row:
    """One topic. `text` says what the picture shows."""

    name: str
    total: int
    bars: tuple[Bar, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    days: tuple[date, ...]
    rows: tuple[Row, ...]

    width = property(lambda self: len(self.days) * STEP)
    height = HEAD + HEIGHT
    bar_width = WIDTH


def drawn(off: Iterable[OffDay], today: date, days: int) -> Chart:
    """The topics with the most first; every row by the same scale."""
    span = tuple(today - timedelta(days=ago) for ago in range(days - 1, -1, -1))
    counts: dict[str, dict[date, int]] = {}
    names: dict[str, str] = {}
    for one in off:
        counts.setdefault(one.topic_id, {})[one.day] = one.count
        names[one.topic_id] = one.topic_name or one.topic_id
    order = sorted(counts, key=lambda id_: (-sum(counts[id_].values()), names[id_]))
    told = [(names[id_], counts[id_]) for id_ in order[:MOST]]
    if others := order[MOST:]:
        told.append((_others(len(others)), _sum(counts[id_] for id_ in others)))
    most = max((n for _, by_day in told for n in by_day.values()), default=1)
    return Chart(span, tuple(_row(name, by_day, span, most) for name, by_day in told))


def _others(count: int) -> str:
    return "1 other topic" if count == 1 else f"{count} other topics"


def _sum(some: Iterable[dict[date, int]]) -> dict[date, int]:
    total: dict[date, int] = {}
    for by_day in some:
        for day, count in by_day.items():
            total[day] = total.get(day, 0) + count
    return total


def _row(name: str, by_day: dict[date, int], span: tuple[date, ...], most: int) -> Row:
    counts = [by_day.get(day, 0) for day in span]
    bars = tuple(_bar(i, span[i], counts[i], most) for i in range(len(span)))
    peak = max(bars, key=lambda bar: bar.count)
    total = sum(counts)
    times = "once" if total == 1 else f"{total} times"
    text = f"{name}: turned off {times} in {len(span)} days"
    if total > 1:
        text += f", most on {peak.day:%-d %B} with {peak.count}"
    return Row(name, total, bars, f"{text}.")


def _bar(index: int, day: date, count: int, most: int) -> Bar:
    """Any number at all is seen."""
    height = max(round(HEIGHT * count / most), 2) if count else 0
    x = index * STEP + (STEP - WIDTH) // 2
    return Bar(day, count, x, HEAD + HEIGHT - height, height)
