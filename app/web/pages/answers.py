"""How a page of preferences and one topic of it are answered.

One exit for people with script and without: htmx gets the topic's fragment, a
plain form a redirect, and a plain form that failed the whole page with the reason
in its place.
"""

from dataclasses import replace
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from app.outcome import Down, Outcome, Shown, Trouble
from app.preferences.choice import Choice
from app.preferences.model import Preference
from app.web import htmx
from app.web.pages import forms, plain, words
from app.web.pages.faces import anchor
from app.web.pages.rows import Row, row
from app.web.pages.visit import RETRY_SECONDS, Visit
from app.web.pages.words import Note

GONE = lazy_gettext("The notification it was about no longer exists.")

Notes = dict[str, Note]
"""What is said where: by a topic's anchor, or by "" for the page as a whole."""


def page(
    visit: Visit,
    shown: Shown | Down,
    notes: Notes | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    """The whole page, or what is known of it while Courier is down."""
    notes = _notice(visit, shown) if notes is None else notes
    if isinstance(shown, Down):
        return down(visit, shown, notes)
    again = forms.again(request.form) if status != HTTPStatus.OK else ""

    def write(visit: Visit, form: plain.Form) -> str:
        told = printed(visit, shown, notes, form)
        return render_template("pages/preferences.html", **told)

    if not (notes or again) and plain.is_plain(visit, shown):
        return make_response(plain.page(visit, shown, write))
    states = forms.seals(visit.stamp("topic"), shown, shown.preferences)
    rows = _rows(visit, shown, notes, again, states)
    return make_response(write(visit, plain.forms(visit, rows, states)), status)


def printed(
    visit: Visit, shown: Shown, notes: Notes, form: plain.Form
) -> dict[str, object]:
    """What `pages/_preferences.html` needs."""
    return {
        "visit": visit,
        "is_printed": bool(visit.root),
        "label": visit.label,
        "places": visit.places(),
        "tenant_name": visit.center.tenants.name(visit.recipient),
        "preferences": shown.preferences,
        "seen_at": shown.seen_at,
        "waiting": visit.waiting_url(c.id for c in shown.waiting.values()),
        "groups": plain.groups(visit, shown.preferences, form),
        "one_clicks": [
            (anchor(p.topic.id), p.topic)
            for p in shown.preferences
            if p.topic.id in shown.one_clicks and not p.is_on
        ],
        "notes": notes,
        "problems": [(at, n) for at, n in notes.items() if at and n.is_problem],
    }


def topic(visit: Visit, outcome: Outcome | Down) -> BaseResponse:
    if isinstance(outcome, Down):
        return _down_topic(visit, outcome)
    note, status = words.note(outcome), words.status(outcome)
    if htmx.is_fragment():
        return _fragment(visit, outcome, note, status)
    place = anchor(outcome.preference.topic.id)
    if not note.is_problem:
        address = visit.url_after(note.text, topic=place, undo=note.undo)
        return redirect(address, HTTPStatus.SEE_OTHER)
    return page(visit, visit.center.show(visit.recipient), {place: note}, status)


def down(visit: Visit, fault: Down, notes: Notes | None = None) -> Response:
    html = render_template(
        "pages/down.html",
        visit=visit,
        label=visit.label,
        catalog=fault.catalog,
        is_ours=fault.trouble is Trouble.DENIED,
        kept=_kept(visit, fault.waiting),
        notes=list((notes or {}).values()),
    )
    response = make_response(html, HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _kept(visit: Visit, choice: Choice | None) -> Note | None:
    if choice is None:
        return None
    return words.waiting(choice, may_undo=visit.may_undo(choice))


def _fragment(visit: Visit, outcome: Outcome, note: Note, status: int) -> Response:
    state = forms.seal(
        visit,
        outcome.preference,
        is_certain=outcome.trouble is not Trouble.UNCERTAIN,
        is_quiet=outcome.is_quiet,
    )
    again = forms.again(request.form) if note.can_retry else ""
    shown = row(visit, outcome.preference, note, again, state=state)
    waiting = visit.center.waiting(visit.recipient) if outcome.is_kept else {}
    html = render_template(
        "pages/_topic_saved.html",
        row=shown,
        waiting=visit.waiting_url(c.id for c in waiting.values()),
    )
    return make_response(html, status)


def _down_topic(visit: Visit, fault: Down) -> Response:
    """Nothing is kept yet, not even the catalog: say so where the page can."""
    if htmx.is_fragment():
        return htmx.problem(
            "errors/_problem.html", HTTPStatus.SERVICE_UNAVAILABLE, kind="503"
        )
    return down(visit, fault)


def _rows(
    visit: Visit, shown: Shown, notes: Notes, again: str, states: plain.States
) -> dict[str, Row]:
    """Those of which there is more to say than how they stand."""
    said = {request.args.get("topic"), *shown.waiting, *shown.one_clicks}
    return {
        p.topic.id: _row(visit, shown, p, notes, again, states[p.topic.id])
        for p in shown.preferences
        if p.topic.id in said or anchor(p.topic.id) in notes
    }


def _row(  # noqa: PLR0913, PLR0917  all that is known of it
    visit: Visit,
    shown: Shown,
    preference: Preference,
    notes: Notes,
    again: str,
    state: str,
) -> Row:
    topic_id = preference.topic.id
    choice = shown.waiting.get(topic_id)
    note = notes.get(anchor(topic_id))
    one_click = shown.one_clicks.get(topic_id)
    if choice:
        note = (
            replace(note, is_kept=True)
            if note
            else words.waiting(choice, may_undo=visit.may_undo(choice))
        )
    elif one_click and not note and not preference.is_on:
        note = words.one_click(
            preference, one_click, may_undo=visit.may_undo(one_click)
        )
    repeat = again if note and note.can_retry else ""
    found = row(visit, preference, note, repeat, state=state)
    is_wanted = not note and request.args.get("topic") == topic_id
    return replace(found, is_wanted=True) if is_wanted else found


def _notice(visit: Visit, shown: Shown | Down) -> Notes:
    """What the address says about the act before; at its topic, or on top."""
    told = visit.notice(request.args.get("notice", ""))
    if told is None:
        return _missed(shown)
    text, place, undo = told
    return {place: Note(text, undo=undo)}


def _missed(shown: Shown | Down) -> Notes:
    """A topic that the address names and that is not there any more."""
    wanted = request.args.get("topic")
    if not wanted or isinstance(shown, Down) or shown.preferences.find(wanted):
        return {}
    return {"": Note(str(GONE), is_problem=True)}
