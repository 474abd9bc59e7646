"""The pages that ask before many things change, and what follows their button."""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.outcome import BulkOutcome, Down, Trouble
from app.preferences.model import Group, Preference, Preferences
from app.web.pages import answers, words
from app.web.pages.visit import Visit


def off(visit: Visit, shown: Preferences | Down, section_id: str | None) -> Response:
    """Lists what will stop and what goes on; its one button does it."""
    if isinstance(shown, Down):
        return answers.down(visit, shown)
    group = _group(shown, section_id)
    stops = group.can_turn_off if group else shown.can_turn_off
    names = {p.topic.id for p in stops}
    html = render_template(
        "pages/off.html",
        visit=visit,
        label=visit.link.label,
        section=group.section if group else None,
        stops=stops,
        goes_on=[p for p in shown if p.is_on and p.topic.id not in names],
    )
    return make_response(html)


def after_off(visit: Visit, outcome: BulkOutcome | Down) -> BaseResponse:
    if isinstance(outcome, Down):
        return answers.down(visit, outcome)
    note = words.bulk(outcome)
    if not note.is_problem:
        return redirect(visit.url_after(note.text), HTTPStatus.SEE_OTHER)
    shown = visit.center.show(visit.recipient)
    status = words.FAILED[outcome.trouble or Trouble.REFUSED][0]
    return answers.page(visit, shown, {"": note}, status)


def reset(visit: Visit, shown: Preferences | Down) -> Response:
    if isinstance(shown, Down):
        return answers.down(visit, shown)
    own: list[Preference] = [p for p in shown if p.standing.is_own]
    html = render_template(
        "pages/reset.html", visit=visit, label=visit.link.label, own=own
    )
    return make_response(html)


def after_reset(visit: Visit, trouble: Trouble | None) -> BaseResponse:
    note = words.reset_all(trouble)
    if trouble is None:
        return redirect(visit.url_after(note.text), HTTPStatus.SEE_OTHER)
    shown = visit.center.show(visit.recipient)
    return answers.page(visit, shown, {"": note}, words.FAILED[trouble][0])


def _group(shown: Preferences, section_id: str | None) -> Group | None:
    if section_id is None:
        return None
    group = shown.group(section_id)
    if group is None:
        raise NotFound
    return group
