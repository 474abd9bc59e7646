"""The URLs of a link that asks whether what staff would turn on shall be so.

A GET only asks, a POST answers. The link does nothing but that, and takes back what it
did itself.
"""

from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.consent import Consent
from app.links import LinkExpired, Scope
from app.outcome import Outcome
from app.preferences.asking import Question
from app.preferences.choice import Door
from app.preferences.rules import Effect
from app.preferences.staff import Kind
from app.web.pages import consentwords, manywords, words
from app.web.pages.visit import RETRY_SECONDS, Visit
from app.web.pages.words import Note

consent = Blueprint("consent", __name__, url_prefix=f"{Scope.CONFIRM.path}<token>")

NO = "no"
YES = "yes"


@consent.get("", strict_slashes=False)
def ask_consent(token: str) -> Response:
    visit = Visit.of(token)
    told = visit.notice(request.args.get("notice", ""))
    if told is None:
        return _page(visit)
    text, _, answer = told
    return _page(visit, Note(text) if text else None, answer=answer)


@consent.post("", strict_slashes=False)
def answer_consent(token: str) -> BaseResponse:
    visit, answer = Visit.of(token), request.form.get("answer")
    if answer == NO:
        return _declined(visit)
    if answer != YES:
        raise BadRequest
    outcome = _consent().confirm(visit.recipient, visit.link, visit.mark)
    return _answered(visit, outcome, YES)


@consent.post("/undo/<reference>")
def undo(token: str, reference: str) -> BaseResponse:
    """Puts back what this very link has brought about, and nothing else."""
    visit = Visit.of(token)
    note, status = _taken_back(visit, reference)
    if note.is_problem:
        return _page(visit, note, status)
    return _after(visit, note.text)


@consent.errorhandler(LinkExpired)
def too_old(_fault: LinkExpired) -> Response:
    token = str((request.view_args or {})["token"])
    visit = Visit.of_any(token, Scope.CONFIRM)
    html = render_template("pages/consent_old.html", visit=visit)
    return make_response(html, HTTPStatus.GONE)


def _declined(visit: Visit) -> BaseResponse:
    """After a yes that still stands, a no takes that back, as Undo does."""
    text, own = "", _question(visit).own
    if own:
        note, status = _taken_back(visit, own.reference)
        if note.is_problem:
            return _page(visit, note, status)
        text = note.text
    outcome = _consent().decline(visit.recipient, visit.link, visit.mark)
    return _answered(visit, outcome, NO, text)


def _answered(
    visit: Visit, outcome: Outcome, answer: str, text: str = ""
) -> BaseResponse:
    status = words.status(outcome)
    if status < HTTPStatus.BAD_REQUEST:
        return _after(visit, text, answer)
    if outcome.effect in consentwords.NOT_ON_OFFER or status == HTTPStatus.NOT_FOUND:
        return _page(visit, None, status)  # the page itself says so
    return _page(visit, words.note(outcome), status)


def _taken_back(visit: Visit, reference: str) -> tuple[Note, int]:
    """What came of it, and the status where that is a problem."""
    outcome = visit.center.undo(
        visit.recipient, reference, visit.trace(Door.UNDO), own_since=visit.own_since
    )
    if outcome is None:
        raise NotFound
    one = outcome.single(Effect.RESTORED)
    note = words.note(one) if one else manywords.note(outcome, Effect.RESTORED)
    unavailable = HTTPStatus.SERVICE_UNAVAILABLE
    return note, unavailable if outcome.trouble else HTTPStatus.CONFLICT


def _after(visit: Visit, text: str = "", answer: str = "") -> BaseResponse:
    """Where a notice may tell of an undo, this one tells which answer was given."""
    return redirect(visit.url_after(text, undo=answer), HTTPStatus.SEE_OTHER)


def _page(
    visit: Visit,
    note: Note | None = None,
    status: int = HTTPStatus.OK,
    *,
    answer: str = "",
) -> Response:
    question = _question(visit)
    said_no = answer == NO or (not answer and question.past.answer is Kind.DECLINED)
    shown = consentwords.page(question, visit.link, said_no=said_no)
    html = render_template(
        "pages/consent.html",
        visit=visit,
        question=question,
        words=shown,
        who_asks=consentwords.who_asks,
        note=note,
        is_after=bool(answer),
        undo=question.own.reference if shown.may_undo and question.own else "",
    )
    if shown.is_gone and status == HTTPStatus.OK:
        status = HTTPStatus.NOT_FOUND
    response = make_response(html, status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _question(visit: Visit) -> Question:
    return _consent().question(visit.recipient, visit.link, visit.mark)


def _consent() -> Consent:
    found: Consent = current_app.extensions["consent"]
    return found
