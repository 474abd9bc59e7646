"""Which choices Courier takes from a user, and the reasons it gives if not.

The single and the bulk endpoints ask the same questions here and wrap the
answer differently: a status of its own, an entry in `errors`, or one 400.
"""

from dataclasses import dataclass
from http import HTTPStatus

from app.sandbox.body import Body
from app.sandbox.catalogue import Topic
from app.sandbox.choices import Choice
from app.sandbox.resolution import Context
from app.sandbox.vocabulary import OPTED_OUT, REQUIRED


@dataclass(frozen=True)
class Refusal:
    status: int
    reason: str


def read_routing(body: Body, *, nullable: bool) -> tuple[bool | None, list[str] | None]:
    """`custom_routing` without `has_custom_routing` is ignored."""
    has = body.flag("has_custom_routing", nullable=nullable)
    channels = body.channels("custom_routing", nullable=nullable)
    return (None, None) if has is None else (has, channels or [])


def sends_routing(body: Body) -> bool:
    has, channels = body.value("has_custom_routing"), body.value("custom_routing")
    return bool(has) or channels is not None


def is_silenced(context: Context, topic: Topic, choice: Choice) -> bool:
    """An opt-out that is answered with success and has no effect."""
    silently = context.switches.required_opt_out == "accept_silently"
    return silently and _opts_out_of_required(context, topic, choice)


def refusal(
    context: Context, topic: Topic, choice: Choice, *, routed: bool
) -> Refusal | None:
    """Why this choice is not taken, or None. `routed`: the body named channels."""
    switches = context.switches
    if choice.status == REQUIRED and switches.required_from_user == "reject":
        return _bad("REQUIRED is a topic default, not a user choice.")
    if _opts_out_of_required(context, topic, choice):
        if switches.required_opt_out == "reject":
            return _bad("The topic is REQUIRED and cannot be opted out of.")
        return None
    if routed and not switches.channels_on_plan:
        reason = "Custom routing is not available on your plan."
        return Refusal(HTTPStatus.PAYMENT_REQUIRED, reason)
    if switches.routing_off_offer == "reject" and _is_off_offer(topic, choice):
        return _bad("'custom_routing' has a channel that the section does not offer.")
    return None


def _bad(reason: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, reason)


def _opts_out_of_required(context: Context, topic: Topic, choice: Choice) -> bool:
    return choice.status == OPTED_OUT and context.is_required(topic)


def _is_off_offer(topic: Topic, choice: Choice) -> bool:
    if not choice.has_custom_routing:
        return False
    return not set(choice.custom_routing or []) <= set(topic.offered_channels)
