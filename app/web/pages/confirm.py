"""The pages that ask before many things change, and what follows their button."""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.outcome import BulkOutcome, Down, Shown, Trouble
from app.preferences.choice import Door
from app.preferences.model import Group, Preferences
from app.preferences.rules import Effect
from app.web import htmx
from app.web.pages import answers, manywords, words
from app.web.pages.visit import Visit


def off(visit: Visit, seen: Shown | Down, section_id: str | None) -> Response:
    """Lists what will stop and what goes on; its one button does it."""
    if isinstance(seen, Down):
        return answers.down(visit, seen)
    shown = seen.preferences
    group = _group(shown, section_id)
    stops = group.can_turn_off if group else shown.can_turn_off
    names = {p.topic.id for p in stops}
    html = render_template(
        "pages/off.html",
        visit=visit,
        label=visit.label,
        section=group.section if group else None,
        stops=stops,
        goes_on=[p for p in shown if p.is_on and p.topic.id not in names],
    )
    return make_response(html)


def after_many(
    visit: Visit, outcome: BulkOutcome | Down, effect: Effect
) -> BaseResponse:
    if isinstance(outcome, Down):
        return answers.down(visit, outcome)
    note = manywords.note(outcome, effect)
    if not note.is_problem:
        address = visit.url_after(note.text, undo=note.undo)
        return redirect(address, HTTPStatus.SEE_OTHER)
    shown = visit.center.show(visit.recipient)
    status = words.FAILED[outcome.trouble or Trouble.REFUSED][0]
    return answers.page(visit, shown, {"": note}, status)


def after_undo(
    visit: Visit, reference: str, outcome: BulkOutcome | None
) -> BaseResponse:
    """An undo of one topic is answered where it stands, of many on top of the page."""
    if outcome is None:
        return _after_undo_everywhere(visit, reference)
    one = outcome.single(Effect.RESTORED)
    if one:
        return answers.topic(visit, one)
    text = manywords.note(outcome, Effect.RESTORED).text
    if htmx.is_fragment() and outcome.withdrawn:
        where = {"HX-Redirect": visit.url_after(text)}
        return make_response("", HTTPStatus.NO_CONTENT, where)
    if htmx.is_fragment():
        return htmx.problem("errors/_told.html", HTTPStatus.CONFLICT, text=text)
    return after_many(visit, outcome, Effect.RESTORED)


def _after_undo_everywhere(visit: Visit, reference: str) -> BaseResponse:
    """An act that is none of this tenant's may be one on the user's other ones."""
    places = visit.known_places() if visit.link.is_full else ()
    trace = visit.trace(Door.UNDO)
    outcome = visit.center.undo_everywhere(places, reference, trace)
    if outcome is None:
        raise NotFound
    return after_many(visit, outcome, Effect.RESTORED)


def after_unseen(visit: Visit, reference: str | None) -> BaseResponse:
    note = manywords.unseen(reference)
    if not note.is_problem:
        address = visit.url_after(note.text, undo=note.undo)
        return redirect(address, HTTPStatus.SEE_OTHER)
    shown = visit.center.show(visit.recipient)
    return answers.page(visit, shown, {"": note}, HTTPStatus.SERVICE_UNAVAILABLE)


def reset(visit: Visit, seen: Shown | Down) -> Response:
    if isinstance(seen, Down):
        return answers.down(visit, seen)
    own = [p for p in seen.preferences if p.standing.is_own]
    html = render_template("pages/reset.html", visit=visit, label=visit.label, own=own)
    return make_response(html)


def _group(shown: Preferences, section_id: str | None) -> Group | None:
    if section_id is None:
        return None
    group = shown.group(section_id)
    if group is None:
        raise NotFound
    return group
