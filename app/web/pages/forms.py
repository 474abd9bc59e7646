"""What a page hands back: a topic as it was rendered, and what is wished for it.

The rendered standing is sealed for its recipient, so that a form need not be
believed: not about a lock, and not about the routing that a toggle carries over.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound

from app.outcome import Rendered, Shown
from app.preferences.model import Channel, Preference, Routing, Standing, Status
from app.preferences.rules import Wish
from app.signing import LinkInvalid, Stamp, payload

FRESH = 600
"""Seconds for which a drawn page is believed; after that Courier is asked first."""

UNHEARD = 8
"""Wishes without an answer that one request tells of, at most."""

FIELDS = 40
"""Fields of one attempt that is repeated, at most."""

CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
NUMBERS = re.compile(r"(\d{1,18},?){0,500}", re.ASCII)
WISH_FIELDS = ("on", "channel", "shown", "schedule")
KEPT = 4096
"""Ways to stand on a topic that are kept as they are sealed."""

NAME_KEPT = 120
"""Characters of a topic's name that a form carries."""

Fields = MultiDict[str, str]


class Sealing(Protocol):
    """Signs what only the same page of the same recipient can hand back."""

    def seal(self, purpose: str, value: object) -> str: ...

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> object: ...


def seal(
    visit: Sealing,
    preference: Preference,
    *,
    is_certain: bool = True,
    is_quiet: bool = True,
) -> str:
    return visit.seal("topic", _value(preference, is_certain, is_quiet))


def seals(
    stamp: Stamp, shown: Shown, preferences: Iterable[Preference]
) -> dict[str, str]:
    """The same for each of a page's, by topic id."""
    is_certain = shown.seen_at is None
    return {
        p.topic.id: stamp(unsealed(p, is_certain, shown.is_quiet(p.topic.id))).decode()
        for p in preferences
    }


@lru_cache(maxsize=KEPT)
def unsealed(
    preference: Preference,
    is_certain: bool = True,
    is_quiet: bool = True,
) -> bytes:
    return payload(_value(preference, is_certain, is_quiet))


def _value(preference: Preference, is_certain: bool, is_quiet: bool) -> list[object]:
    topic, standing = preference.topic, preference.standing
    return [
        topic.id,
        topic.name[:NAME_KEPT],
        standing.status,
        standing.default_status,
        int(standing.routing.is_custom),
        standing.routing.channels,
        standing.schedule_id,
        int(is_certain),
        int(is_quiet),
    ]


def rendered(visit: Sealing, topic_id: str, form: Fields) -> Rendered:
    """The topic as the page showed it; restless where it heard no answer since.

    404 where the form is another topic's, 400 where it is not one of ours.
    """
    text = form.get("state", "")
    try:
        value, is_old = visit.unseal("topic", text, FRESH), False
    except LinkInvalid:
        value, is_old = _unsealed_late(visit, text), True
    was = _rendered(value, is_old=is_old)
    if was.topic_id != topic_id:
        raise NotFound
    text = form.get("unheard", "")
    return replace(was, is_quiet=False, unheard=_unheard(text)) if text else was


def _unheard(text: str) -> tuple[Wish, ...]:
    """A line each; the page keeps what there is room for, so one may be cut off."""
    wishes: list[Wish] = []
    for line in text.splitlines()[-UNHEARD:]:
        with suppress(BadRequest):
            wishes.append(wish(MultiDict({"again": line})))
    return tuple(dict.fromkeys(wishes))


def _unsealed_late(visit: Sealing, text: str) -> object:
    try:
        return visit.unseal("topic", text)
    except LinkInvalid:
        raise BadRequest from None


def _rendered(value: object, *, is_old: bool) -> Rendered:
    match value:
        case [
            str(topic_id),
            str(name),
            str(status),
            str(default_status),
            int(is_custom),
            [*channels],
            None | str() as schedule_id,
            int(is_certain),
            int(is_quiet),
        ]:
            routing = Routing(
                bool(is_custom), tuple(Channel(str(name)) for name in channels)
            )
            standing = Standing(
                Status(status), Status(default_status), routing, schedule_id
            )
            return Rendered(
                topic_id,
                name,
                standing,
                is_fresh=not is_old,
                is_certain=bool(is_certain),
                is_quiet=bool(is_quiet),
            )
    raise BadRequest


def wish(form: Fields) -> Wish:
    """400 for a channel that cannot be one; whether it is on offer, rules say."""
    fields = attempted(form)
    return Wish(
        is_on=fields.get("on") == "1",
        channels=_channels(fields.getlist("channel")),
        shown=_channels(fields.get("shown", "").split()),
        schedule_id=fields.get("schedule"),
    )


def again(form: Fields) -> str:
    """The wish as one value, for a button that tries it once more."""
    fields = attempted(form)
    pairs = [(name, v) for name in WISH_FIELDS for v in fields.getlist(name)]
    return urlencode(pairs)


def attempted(form: Fields) -> Fields:
    """The form's own fields, or those of the attempt that it repeats."""
    if "again" not in form:
        return form
    try:
        pairs = parse_qsl(form["again"], max_num_fields=FIELDS)
    except ValueError:
        raise BadRequest from None
    return MultiDict(pairs)


def numbers(text: str) -> frozenset[int]:
    """Rows of the ledger that a page waits for; 400 for anything else."""
    if not NUMBERS.fullmatch(text):
        raise BadRequest
    return frozenset(int(word) for word in text.split(",") if word)


def topic_ids(form: Fields) -> frozenset[str]:
    return frozenset(form.getlist("topic"))


def _channels(names: list[str]) -> frozenset[Channel]:
    if not all(CHANNEL.fullmatch(name) for name in names):
        raise BadRequest
    return frozenset(map(Channel, names))
