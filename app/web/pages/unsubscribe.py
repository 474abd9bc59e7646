"""The URLs of an unsubscribe link: a GET only asks, a POST acts.

A mail program posts without cookie, redirect or script and gets one line (RFC 8058);
whatever its body, a POST is a wish to leave. The page's own form gets a redirect, as
every form here.
Reference: https://www.rfc-editor.org/rfc/rfc8058
"""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.links import Scope
from app.outcome import Answer, Asked, BulkOutcome, Unsubscribed
from app.preferences.choice import Door
from app.preferences.model import Preference
from app.preferences.rules import Effect
from app.preferences.subject import Subject
from app.web import accepts, limits, metrics
from app.web.pages import manywords, unsubscribewords, words
from app.web.pages.front import pages
from app.web.pages.visit import RETRY_SECONDS, Visit
from app.web.pages.words import Note


@pages.get("/u/<token>", strict_slashes=False)
def ask_unsubscribe(token: str) -> Response:
    visit = Visit.of(token, Scope.UNSUBSCRIBE)
    told = visit.notice(request.args.get("notice", ""))
    note = Note(told[0]) if told and told[0] else None
    return _page(visit, _asked(visit), note, is_after=told is not None and not note)


@pages.post("/u/<token>", strict_slashes=False)
def unsubscribe(token: str) -> BaseResponse:
    visit = Visit.of(token, Scope.UNSUBSCRIBE)
    limits.count_post(visit.token)
    trace = visit.trace(Door.UNSUBSCRIBE_PAGE if _is_form() else Door.ONE_CLICK)
    subject = visit.link.subject or Subject()
    told = visit.center.unsubscribing.act(visit.recipient, subject, trace)
    metrics.unsubscribed(trace.door.value, told.answer.value)
    response = _answered(visit, told)
    if told.reference:
        response.headers["Choice-Reference"] = told.reference
    return response


@pages.post("/u/<token>/undo/<reference>")
def undo_unsubscribe(token: str, reference: str) -> BaseResponse:
    """Puts back what this very link has turned off, and nothing else."""
    visit = Visit.of(token, Scope.UNSUBSCRIBE)
    trace = visit.trace(Door.UNDO)
    outcome = visit.center.undo(
        visit.recipient, reference, trace, own_since=visit.own_since
    )
    if outcome is None:
        raise NotFound
    return _undone(visit, outcome)


def _answered(visit: Visit, told: Unsubscribed) -> BaseResponse:
    status = unsubscribewords.status(told)
    if _is_form() and status == HTTPStatus.OK:
        is_new = told.answer is not Answer.ALREADY
        address = visit.url_after("") if is_new else ""
        where = address or visit.url(visit.first)
        return redirect(where, HTTPStatus.SEE_OTHER)
    text = unsubscribewords.line(told, visit.link.subject or Subject())
    if not accepts.page():
        return _line(text, status)
    note = None
    if told.answer is Answer.FAILED:
        note = Note(text, is_problem=True)
    return _page(visit, _asked(visit), note, status, is_after=status == HTTPStatus.OK)


def _undone(visit: Visit, outcome: BulkOutcome) -> BaseResponse:
    one = outcome.single(Effect.RESTORED)
    note = words.note(one) if one else manywords.note(outcome, Effect.RESTORED)
    status = HTTPStatus.CONFLICT if note.is_problem else HTTPStatus.OK
    if outcome.trouble:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    if _is_form() and not note.is_problem:
        address = visit.url_after(note.text)
        return redirect(address, HTTPStatus.SEE_OTHER)
    if not accepts.page():
        return _line(note.text, status)
    return _page(visit, _asked(visit), note, status)


def _asked(visit: Visit) -> Asked:
    subject = visit.link.subject or Subject()
    return visit.center.unsubscribing.ask(visit.recipient, subject, visit.mark)


def _page(
    visit: Visit,
    asked: Asked,
    note: Note | None = None,
    status: int = HTTPStatus.OK,
    *,
    is_after: bool = False,
) -> Response:
    html = render_template(
        "pages/unsubscribe.html",
        visit=visit,
        asked=asked,
        words=unsubscribewords.page(asked, is_after=is_after),
        note=note,
        is_after=is_after,
        undo=_undo(visit, asked),
        goes_on=_goes_on(asked, visit),
    )
    return _retried(make_response(html, status))


def _undo(visit: Visit, asked: Asked) -> str:
    last = next(iter(asked.own), None)
    may_undo = last and not asked.on and visit.may_undo(last)
    return last.reference if last and may_undo else ""


def _goes_on(asked: Asked, visit: Visit) -> tuple[Preference, ...]:
    """What still comes; beside the question about one topic it would only distract.

    An old link tells only of what it is about.
    """
    if asked.subject.topic_id is not None and asked.on:
        return ()
    return (*asked.locked, *(asked.goes_on if visit.is_young else ()))


def _line(text: str, status: int) -> Response:
    response = make_response(f"{text}\n", status)
    response.mimetype = "text/plain"
    return _retried(response)


def _retried(response: Response) -> Response:
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_form() -> bool:
    """Whether the page's own form was sent, which a mail program never does."""
    try:
        return "asked" in request.form
    except HTTPException:  # whatever it is, it is no form of ours
        return False
