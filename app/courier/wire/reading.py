"""How every answer is read: field by field, or not at all."""

from collections.abc import Iterable
from typing import TypeVar

import structlog
from pydantic import ValidationError

from app.courier.errors import Unavailable
from app.courier.wire.shapes import Answer, Message
from app.preferences.model import Channel, Routing

A = TypeVar("A", bound=Answer)

log: structlog.stdlib.BoundLogger = structlog.get_logger("courier")


def read(model: type[A], body: bytes) -> A:
    try:
        return model.model_validate_json(body)
    except ValidationError as fault:
        where = fault.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in where["loc"]) or "the body"
        told = {"shape": model.__name__, "place": place}
        log.error("courier_unintelligible", **told)  # noqa: TRY400  one line
        raise Unavailable(f"unintelligible: {place}: {where['msg']}") from None


def nothing(body: bytes) -> None:
    """A DELETE has no answer to read, but a gateway's page is not Courier's word."""
    if body:
        read(Answer, body)


def error_reason(body: bytes) -> str:
    """What Courier says went wrong, for the log."""
    try:
        return Message.model_validate_json(body).message[:500]
    except ValidationError:
        return "(no readable error)"


def routing(is_custom: bool | None, names: Iterable[str] | None) -> Routing:
    return Routing(bool(is_custom), channels(names or ()))


def channels(names: Iterable[str]) -> tuple[Channel, ...]:
    return tuple(Channel(name) for name in dict.fromkeys(names))
