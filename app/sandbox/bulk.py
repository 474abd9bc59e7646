"""A user's preferences, many topics at once.

POST takes what it can and lists the rest in `errors`; PUT replaces the whole
set of overrides, all or nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.sandbox.body import Body, read_body
from app.sandbox.catalogue import Topic, find_topic
from app.sandbox.choices import Choice, Scope, choices_of
from app.sandbox.errors import CourierError, invalid
from app.sandbox.preferences import erase, scope_of, write
from app.sandbox.resolution import Context, context_of
from app.sandbox.rules import is_silenced, read_routing, refusal, sends_routing
from app.sandbox.vocabulary import MAX_BULK_TOPICS, USER_STATUSES, Json
from app.sandbox.workspace import workspace

routes = Blueprint("bulk", __name__)


@dataclass(frozen=True)
class Wish:
    topic_id: str
    choice: Choice
    routed: bool

    def echo(self) -> Json:
        return {"topic_id": self.topic_id, **self.choice.logged()}


@dataclass(frozen=True)
class Sorted:
    """The wishes that can be written, and why the others cannot."""

    taken: list[tuple[Topic, Wish]]
    errors: list[Json]


@routes.post("/users/<id:user_id>/preferences")
def update_many(user_id: str) -> ResponseReturnValue:
    scope = scope_of(user_id)
    wishes = _read_wishes(least=1)
    context = context_of(scope)
    outcome = _sort(context, wishes)
    _write(context, outcome.taken)
    items = [wish.echo() for _, wish in outcome.taken]
    return {"items": items, "errors": outcome.errors}


@routes.put("/users/<id:user_id>/preferences")
def replace_all(user_id: str) -> ResponseReturnValue:
    scope = scope_of(user_id)
    wishes = _read_wishes(least=0)
    context = context_of(scope)
    outcome = _sort(context, wishes)
    if outcome.errors:
        message = "Invalid Request. No preference was changed; see 'errors'."
        raise CourierError(HTTPStatus.BAD_REQUEST, message, errors=outcome.errors)
    deleted = _erase_others(scope, {wish.topic_id for wish in wishes})
    _write(context, outcome.taken)
    items = [wish.echo() for _, wish in outcome.taken]
    return {"items": items, "deleted": deleted}


def _read_wishes(least: int) -> list[Wish]:
    bodies = read_body().objects("topics")
    if not least <= len(bodies) <= MAX_BULK_TOPICS:
        raise invalid(f"'topics' must hold {least} to {MAX_BULK_TOPICS} topics.")
    wishes = [_read_wish(body) for body in bodies]
    unique = {wish.topic_id: wish for wish in wishes}
    twice = len(unique) < len(wishes)
    if twice and workspace().switches.duplicate_topics == "reject":
        raise invalid("'topics' names a topic twice.")
    return list(unique.values())


def _read_wish(body: Body) -> Wish:
    topic_id = body.text("topic_id")
    status = body.one_of("status", USER_STATUSES)
    choice = Choice(status, *read_routing(body, nullable=False))
    return Wish(topic_id, choice, sends_routing(body))


def _sort(context: Context, wishes: Iterable[Wish]) -> Sorted:
    outcome = Sorted([], [])
    for wish in wishes:
        topic = find_topic(wish.topic_id)
        reason = "Not Found" if topic is None else _reason(context, topic, wish)
        if topic is not None and reason is None:
            outcome.taken.append((topic, wish))
        else:
            outcome.errors.append({"topic_id": wish.topic_id, "reason": reason})
    return outcome


def _reason(context: Context, topic: Topic, wish: Wish) -> str | None:
    refused = refusal(context, topic, wish.choice, routed=wish.routed)
    return None if refused is None else refused.reason


def _write(context: Context, taken: Iterable[tuple[Topic, Wish]]) -> None:
    """Bulk bodies have no digest field, so a chosen schedule stays."""
    stored = choices_of(context.scope)
    for topic, wish in taken:
        if is_silenced(context, topic, wish.choice):
            continue
        before = stored.get(topic.id)
        schedule = before.digest_schedule_id if before else None
        write(context.scope, topic, replace(wish.choice, digest_schedule_id=schedule))


def _erase_others(scope: Scope, kept: set[str]) -> list[str]:
    deleted = [topic_id for topic_id in choices_of(scope) if topic_id not in kept]
    for topic_id in deleted:
        erase(scope, topic_id)
    return deleted
