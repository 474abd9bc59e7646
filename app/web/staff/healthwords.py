"""What the health page says: what is wrong, what waits, how long something took."""

from app.desk.health import Seen
from app.preferences.staff import Entry
from app.web.pages import moments

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60

UNREAD = (
    "The database does not answer, so nobody knows how things stand. "
    "This page tries again when you load it again."
)


def alerts(seen: Seen) -> list[str]:
    """What somebody must do something about; whole sentences."""
    found = []
    if None in (seen.backlog, seen.denied, seen.limited):
        found.append(UNREAD)
    if seen.backlog and seen.backlog.overdue:
        found.append(
            f"{_many(seen.backlog.overdue)} waited for more than a week. Nothing is "
            "lost, but these recipients still get what they do not want: see what "
            "stands in the way, then retry."
        )
    if seen.denied:
        found.append(
            f"Courier refused our API key, and {_many(seen.denied)} waited since. "
            "Check COURIER_API_KEY; all of it goes out once the key is right."
        )
    last = {entry.actor: entry for entry in reversed(seen.limited or ())}
    return found + [_limited(entry) for entry in last.values()]


def waiting(seen: Seen) -> list[tuple[str, str]]:
    """What waits for Courier, as names and values; nothing where nobody knows."""
    backlog = seen.backlog
    if backlog is None:
        return []
    if not backlog.pending:
        return [("Wait for Courier", "0")]
    return [
        ("Wait for Courier", str(backlog.pending)),
        ("The oldest waits", lasting(backlog.oldest)),
        ("For more than a week", str(backlog.overdue)),
    ]


def retried(due: int) -> str:
    if due < 0:
        return "The database does not answer. Nothing was changed; try again soon."
    if due == 0:
        return "Nothing waits that could be sent now."
    what = "1 choice is" if due == 1 else f"{due} choices are"
    return f"{what} due now, and on the way to Courier within seconds."


def lasting(seconds: float) -> str:
    """Such as `0.4 s`, `34 s`, `5 min`, `3 h`, `2 days`."""
    if seconds < 0.05:  # noqa: PLR2004
        return "less than 0.1 s"
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.0f} h"
    return f"{seconds / DAY:.0f} days"


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _many(count: int) -> str:
    return "1 choice has" if count == 1 else f"{count} choices have"


def _limited(entry: Entry) -> str:
    return (
        f"{entry.actor} was stopped on {moments.in_words(entry.at)}: more look-ups in "
        "an hour than the desk allows. Ask what that was for."
    )
