"""How a page of preferences and one topic of it are answered.

One exit for people with script and without: htmx gets the topic's fragment, a
plain form a redirect, and a plain form that failed the whole page with the reason
in its place.
"""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.outcome import Down, Outcome, Trouble
from app.preferences.model import Preference, Preferences
from app.web import htmx
from app.web.pages import forms, words
from app.web.pages.faces import anchor
from app.web.pages.rows import Row, row
from app.web.pages.visit import Visit
from app.web.pages.words import Note

RETRY_SECONDS = 30
"""When a client that reads Retry-After may come back while Courier is down."""

Notes = dict[str, Note]
"""What is said where: by a topic's anchor, or by "" for the page as a whole."""


def page(
    visit: Visit,
    shown: Preferences | Down,
    notes: Notes | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    """The whole page; 503 with what is known while Courier is down."""
    if isinstance(shown, Down):
        return down(visit, shown, notes)
    notes = _notice(visit) if notes is None else notes
    again = forms.again(request.form) if status != HTTPStatus.OK else ""
    html = render_template(
        "pages/preferences.html",
        visit=visit,
        label=visit.link.label,
        preferences=shown,
        groups=[
            (group, [_row(visit, p, notes, again) for p in group.preferences])
            for group in shown.groups
        ],
        notes=notes,
    )
    return make_response(html, status)


def topic(visit: Visit, outcome: Outcome | Down) -> BaseResponse:
    if isinstance(outcome, Down):
        return _down_topic(visit, outcome)
    note, status = words.note(outcome), words.status(outcome)
    if htmx.is_fragment():
        return _fragment(visit, outcome, note, status)
    place = anchor(outcome.preference.topic.id)
    if not note.is_problem:
        return redirect(visit.url_after(note.text, topic=place), HTTPStatus.SEE_OTHER)
    return page(visit, visit.center.show(visit.recipient), {place: note}, status)


def down(visit: Visit, fault: Down, notes: Notes | None = None) -> Response:
    html = render_template(
        "pages/down.html",
        visit=visit,
        label=visit.link.label,
        catalog=fault.catalog,
        is_ours=fault.trouble is not Trouble.UNAVAILABLE,
        notes=list((notes or {}).values()),
    )
    response = make_response(html, HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _fragment(visit: Visit, outcome: Outcome, note: Note, status: int) -> Response:
    shown = row(
        visit,
        outcome.preference,
        note,
        forms.again(request.form) if note.can_retry else "",
        is_certain=outcome.trouble is not Trouble.UNCERTAIN,
    )
    html = render_template("pages/_topic_saved.html", row=shown)
    return make_response(html, status)


def _down_topic(visit: Visit, fault: Down) -> Response:
    """Nothing is kept yet, not even the catalog: say so where the page can."""
    if htmx.is_fragment():
        return htmx.problem(
            "errors/_problem.html", HTTPStatus.SERVICE_UNAVAILABLE, kind="503"
        )
    return down(visit, fault)


def _row(visit: Visit, preference: Preference, notes: Notes, again: str) -> Row:
    note = notes.get(anchor(preference.topic.id))
    repeat = again if note and note.can_retry else ""
    return row(visit, preference, note, repeat)


def _notice(visit: Visit) -> Notes:
    """What the address says about the act before; at its topic, or on top."""
    told = visit.notice(request.args.get("notice", ""))
    if told is None:
        return {}
    text, place, is_problem = told
    return {place: Note(text, is_problem)}
