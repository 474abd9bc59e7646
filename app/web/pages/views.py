"""The URLs of a recipient: each view reads the link, asks the center, answers.

A GET changes nothing. A POST answers htmx with the topic's fragment, and anybody
else with a redirect, or with the whole page where something stood in the way.
"""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.preferences.choice import Door
from app.preferences.rules import Effect
from app.preferences.subject import Subject
from app.web.pages import answers, confirm, forms
from app.web.pages.visit import Visit
from app.web.pages.waiting import news

own = Blueprint("own", __name__)
"""What a link opens that may change preferences; see `urls` for where."""


@own.get("")
def preferences(token: str) -> Response:
    visit = Visit.of(token)
    return answers.page(visit, visit.center.show(visit.recipient))


@own.post("/topics/<path:topic_id>")
def choose(token: str, topic_id: str) -> BaseResponse:
    visit = Visit.of(token)
    was = forms.rendered(visit, topic_id, request.form)
    wish = forms.wish(request.form)
    is_weak, trace = not visit.link.is_full, visit.trace()
    outcome = visit.center.choosing.choose(
        visit.recipient, was, wish, trace, is_less_only=is_weak
    )
    return answers.topic(visit, outcome)


@own.post("/reset/<path:topic_id>")
def reset(token: str, topic_id: str) -> BaseResponse:
    visit = Visit.of_full(token)
    was = forms.rendered(visit, topic_id, request.form)
    outcome = visit.center.choosing.reset(visit.recipient, was, visit.trace())
    return answers.topic(visit, outcome)


@own.post("/undo/<reference>")
def undo(token: str, reference: str) -> BaseResponse:
    visit = Visit.of(token)
    trace = visit.trace(Door.UNDO)
    outcome = visit.center.undo(
        visit.recipient, reference, trace, own_since=visit.own_since
    )
    return confirm.after_undo(visit, reference, outcome)


@own.get("/waiting")
def waiting(token: str) -> Response:
    """Asked every few seconds while something waits: what has arrived by now."""
    visit = Visit.of(token)
    asked = forms.numbers(request.args.get("ids", ""))
    own = None if visit.link.is_full else visit.mark
    progress = visit.center.progress(visit.recipient, asked, own)
    return news(visit, progress, asked)


@own.get("/off", defaults={"section_id": None})
@own.get("/off/<path:section_id>")
def ask_off(token: str, section_id: str | None) -> Response:
    visit = Visit.of(token)
    return confirm.off(visit, visit.center.show(visit.recipient), section_id)


@own.post("/off")
def turn_off(token: str) -> BaseResponse:
    """Turns off the topics that the page before listed, be it of one section."""
    visit = Visit.of(token)
    topic_ids = forms.topic_ids(request.form)
    outcome = visit.center.turn_off(visit.recipient, topic_ids, visit.trace())
    return confirm.after_many(visit, outcome, Effect.TURNED_OFF)


@own.post("/everything-off")
def turn_off_unseen(token: str) -> BaseResponse:
    """Everything optional, offered while nobody can say what that is."""
    visit = Visit.of(token)
    unsubscribing = visit.center.unsubscribing
    outcome = unsubscribing.act_unseen(visit.recipient, Subject(), visit.trace())
    return confirm.after_unseen(visit, outcome.reference)


@own.get("/reset")
def ask_reset(token: str) -> Response:
    visit = Visit.of_full(token)
    return confirm.reset(visit, visit.center.show(visit.recipient))


@own.post("/reset")
def reset_all(token: str) -> BaseResponse:
    visit = Visit.of_full(token)
    outcome = visit.center.reset_all(visit.recipient, visit.trace())
    return confirm.after_many(visit, outcome, Effect.RESET)
