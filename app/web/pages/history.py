"""The URLs of a recipient's history, and of the way back to a moment of it.

They belong to the same blueprint as those in `views`, and keep the same promises: a
GET changes nothing, a POST is answered with a redirect.
"""

import re
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from app.history import Prospect
from app.outcome import BulkOutcome, Down
from app.preferences.choice import Door
from app.preferences.rules import Effect
from app.signing import LinkInvalid
from app.web.pages import answers, confirm, forms, historywords
from app.web.pages.views import own
from app.web.pages.visit import Visit

MOMENT = re.compile(r"\d{1,14}", re.ASCII)
"""Milliseconds since 1970, until long after all of us."""

LONGEST = 40
"""Characters of a day and a time as a browser's field sends them."""


class Unreadable(Exception):
    """A moment that cannot be gone back to; says why, to the recipient."""


@own.get("/history")
def history(token: str) -> str:
    visit = Visit.of_full(token)
    past = visit.center.history.events(visit.recipient, _before())
    return render_template(
        "pages/history.html",
        visit=visit,
        label=visit.label,
        past=past,
        acts=[
            historywords.act(visit, told, has_choices=past.has_choices)
            for told in past.deeds
        ],
        is_first="before" not in request.args,
    )


@own.get("/back")
def ask_back(token: str) -> Response:
    """Shows the exact difference between now and then, or why it cannot."""
    visit = Visit.of_full(token)
    try:
        when = _moment(visit.center.history.now())
    except Unreadable as fault:
        return _asked(visit, 0, None, str(fault))
    seen = visit.center.history.difference(visit.recipient, when / 1000)
    if isinstance(seen, Down):
        return answers.down(visit, seen)
    return _asked(visit, when, seen)


@own.post("/back")
def put_back(token: str) -> BaseResponse:
    visit = Visit.of_full(token)
    when, topic_ids = _unsealed(visit), forms.topic_ids(request.form)
    outcome = visit.center.history.put_back(
        visit.recipient, when / 1000, topic_ids, visit.trace(Door.UNDO)
    )
    if outcome == BulkOutcome():
        address = visit.url_after(historywords.nothing())
        return redirect(address, HTTPStatus.SEE_OTHER)
    return confirm.after_many(visit, outcome, Effect.RESTORED)


def _asked(
    visit: Visit, when: int, seen: Prospect | None, problem: str = ""
) -> Response:
    html = render_template(
        "pages/back.html",
        visit=visit,
        label=visit.label,
        problem=problem,
        on=request.args.get("on", "")[:LONGEST],
        when=when / 1000,
        seen=seen,
        turns=[historywords.turn(t) for t in seen.difference.turns] if seen else [],
        sealed=visit.seal("back", when),
    )
    return make_response(html, HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK)


def _before() -> int | None:
    text = request.args.get("before")
    if text is None:
        return None
    if not MOMENT.fullmatch(text):
        raise BadRequest
    return int(text)


def _moment(now: float) -> int:
    """The milliseconds that an address names, by number or as a day and a time."""
    at, on = request.args.get("at", ""), request.args.get("on", "").strip()
    if not (at or on):
        raise Unreadable(historywords.no_moment())
    when = int(at) if MOMENT.fullmatch(at) else _read(on)
    if when is None or when < 0:
        raise Unreadable(historywords.unreadable())
    if when > now * 1000:
        raise Unreadable(historywords.still_to_come())
    return when


def _read(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text[:LONGEST])
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _unsealed(visit: Visit) -> int:
    """400 for anything that no page of this recipient's sealed."""
    try:
        match visit.unseal("back", request.form.get("back", "")):
            case int(when):
                return when
    except LinkInvalid:
        pass
    raise BadRequest
