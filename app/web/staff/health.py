"""How the deliveries are: what waits, what failed, how soon an unsubscribe holds."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.desk.health import OFF_DAYS, Canary, Counted, Honored, Seen
from app.outcome import Trouble
from app.preferences.staff import Right
from app.preferences.trail import Line
from app.signing import LinkInvalid
from app.web.pages import moments
from app.web.staff import chart, healthwords, trailwords, words
from app.web.staff.guard import agent, needs, staff
from app.web.staff.seat import NOTICE_AGE, desk, recipient_url

NOBODY_KNOWS = -1
"""Stands for how many became due, where the database did not say."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One choice that was refused, in words."""

    when: str
    whom: str
    url: str
    topic: str
    reference: str
    reason: str


@staff.get("/health")
@needs(Right.HEALTH)
def health() -> str:
    seen, now = desk().health.seen(), desk().now()
    counted = seen.counted
    today = datetime.fromtimestamp(counted.at if counted else now, UTC).date()
    return render_template(
        "staff/health.html",
        alerts=healthwords.alerts(seen),
        notice=_notice(),
        waiting=healthwords.waiting(seen),
        counted_at=moments.in_words(counted.at) if counted else "",
        honored=_honored(counted.honored if counted else None),
        canary=_canary(seen.canary),
        reasons=_reasons(seen),
        refused=_refused(counted) if agent().may(Right.TRAIL) else [],
        chart=chart.drawn(counted.off, today, OFF_DAYS) if counted else None,
        may_retry=agent().may(Right.RETRY) and _is_waiting(seen),
    )


@staff.post("/health/retry")
@needs(Right.RETRY)
def retry() -> Response:
    """Everything that waits is due at once; the page then says how much that was."""
    due = desk().health.retry(agent())
    said = desk().handles.seal("retried", NOBODY_KNOWS if due is None else due)
    return redirect(url_for("staff.health", said=said), HTTPStatus.SEE_OTHER)


def _notice() -> str:
    """What came of a retry a moment ago."""
    try:
        due = desk().handles.unseal("retried", request.args.get("said", ""), NOTICE_AGE)
    except LinkInvalid:
        return ""
    return healthwords.retried(due) if isinstance(due, int) else ""


def _honored(honored: Honored | None) -> list[tuple[str, str]]:
    if honored is None:
        return []
    return [
        ("Half of them within", healthwords.lasting(honored.middle)),
        ("95 % of them within", healthwords.lasting(honored.most)),
        ("The slowest within", healthwords.lasting(honored.slowest)),
        ("Counted", f"{honored.count} unsubscribes of the last 7 days"),
    ]


def _canary(canary: Canary | None) -> str:
    if canary is None:
        return ""
    when, took = moments.in_words(canary.at), healthwords.lasting(canary.seconds)
    return f"held after {took}, on {when}" if canary.is_ok else f"failed on {when}"


def _reasons(seen: Seen) -> list[tuple[str, int]]:
    if seen.counted is None:
        return []
    told: list[tuple[Trouble, int]] = list(seen.counted.reasons)
    return [(healthwords.sentence(words.REASONS[trouble]), n) for trouble, n in told]


def _refused(counted: Counted | None) -> list[Failed]:
    """Whose choices they were is only for who may read the trail."""
    return [_failed(line) for line in counted.refused] if counted else []


def _is_waiting(seen: Seen) -> bool:
    return seen.backlog is None or seen.backlog.pending > 0


def _failed(line: Line) -> Failed:
    whom = line.recipient
    return Failed(
        moments.in_words(line.at),
        whom.user_id if whom else "",
        recipient_url(whom) if whom else "",
        trailwords.topic(line),
        line.reference or "",
        healthwords.sentence(words.reason(line.error)),
    )
