"""A user's preferences topic by topic: list, read, choose, forget.

The requests that carry many topics at once are in `bulk`.
"""

from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.sandbox.body import Body, read_body
from app.sandbox.catalogue import Topic, all_topics, find_topic
from app.sandbox.choices import Choice, Scope, choices_of, forget, keep, log_change
from app.sandbox.errors import CourierError, invalid, not_found
from app.sandbox.resolution import Context, context_of
from app.sandbox.rules import is_silenced, read_routing, refusal, sends_routing
from app.sandbox.vocabulary import STATUSES

routes = Blueprint("preferences", __name__)


def scope_of(user_id: str) -> Scope:
    return Scope(user_id, request.args.get("tenant_id", ""))


@routes.get("/users/<id:user_id>/preferences")
def list_preferences(user_id: str) -> ResponseReturnValue:
    context = context_of(scope_of(user_id))
    items = [context.as_json(topic) for topic in _listed(context)]
    return {"items": items, "paging": {"more": False}}


@routes.get("/users/<id:user_id>/preferences/<id:topic_id>")
def read_preference(user_id: str, topic_id: str) -> ResponseReturnValue:
    topic = _known(topic_id)
    return {"topic": context_of(scope_of(user_id)).as_json(topic)}


@routes.put("/users/<id:user_id>/preferences/<id:topic_id>")
def choose(user_id: str, topic_id: str) -> ResponseReturnValue:
    body = read_body().object("topic")
    context = context_of(scope_of(user_id))
    wish = _read_choice(body)
    topic = _known(topic_id)
    choice = _with_schedule(body, topic, wish, _stored(context, topic_id))
    refused = refusal(context, topic, choice, routed=sends_routing(body))
    if refused is not None:
        raise CourierError(refused.status, refused.reason)
    if not is_silenced(context, topic, choice):
        write(context.scope, topic, choice)
    return {"message": "success"}


@routes.delete("/users/<id:user_id>/preferences/<id:topic_id>")
def forget_preference(user_id: str, topic_id: str) -> ResponseReturnValue:
    erase(scope_of(user_id), topic_id)
    return "", HTTPStatus.NO_CONTENT


def write(scope: Scope, topic: Topic, choice: Choice) -> None:
    before = choices_of(scope).get(topic.id)
    keep(scope, topic.id, choice)
    previous = before.logged() if before else None
    log_change(scope, (topic.id, topic.name), choice.logged(), previous)


def erase(scope: Scope, topic_id: str) -> None:
    """Forgets the override, if there is one; the log shows what applies now."""
    before = choices_of(scope).get(topic_id)
    if before is None:
        return
    forget(scope, topic_id)
    topic = find_topic(topic_id)
    if topic is not None:
        now = context_of(scope).effective(topic).logged()
        log_change(scope, (topic_id, topic.name), now, before.logged())


def _listed(context: Context) -> list[Topic]:
    topics = all_topics()
    if context.switches.list_mode == "all":
        return topics
    chosen = set(context.tenant_choices)
    if not context.scope.tenant_id or context.switches.tenant_list == "with_global":
        chosen |= set(context.global_choices)
    return [topic for topic in topics if topic.id in chosen]


def _known(topic_id: str) -> Topic:
    topic = find_topic(topic_id)
    if topic is None:
        raise not_found()
    return topic


def _stored(context: Context, topic_id: str) -> Choice | None:
    in_tenant = bool(context.scope.tenant_id)
    choices = context.tenant_choices if in_tenant else context.global_choices
    return choices.get(topic_id)


def _read_choice(body: Body) -> Choice:
    status = body.one_of("status", STATUSES)
    routing = read_routing(body, nullable=True)
    return Choice(status, *routing, body.optional_text("digest_schedule_id"))


def _with_schedule(
    body: Body, topic: Topic, wish: Choice, stored: Choice | None
) -> Choice:
    """Null clears the schedule; leaving it out keeps the one that was chosen."""
    wanted = wish.digest_schedule_id
    if wanted is not None and topic.schedule(wanted) is None:
        raise invalid("'topic.digest_schedule_id' is not active on the topic.")
    kept = stored.digest_schedule_id if stored else None
    schedule = wanted if body.has("digest_schedule_id") else kept
    return Choice(wish.status, wish.has_custom_routing, wish.custom_routing, schedule)
