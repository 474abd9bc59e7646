"""The trail's statements, one per combination of filters, each built once.

All give the newest rows before a place, in order, by an index that holds them so: see
`index_of`. `user`, `topic`, `agent`, `door` are what is asked for; `at`
and `id` the place, `since` the oldest, in milliseconds since 1970.

Choices that are asked for by user, topic or agent are found door by door, as the doors
are few; those with a link that an agent had made, link by link. Rows are picked by
what an index has of them, and then only those read.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import ColumnElement

from app.ledger.stafftables import IS_ACT, IS_LOOK, IS_SHOWN, staff_entries
from app.ledger.tables import choices
from app.preferences.choice import Door
from app.preferences.staff import Kind

c, e = choices.c, staff_entries.c
USER: Any = bindparam("user")
TOPIC: Any = bindparam("topic")
AGENT: Any = bindparam("agent")
PLACE: Any = bindparam("at")
SINCE: Any = bindparam("since")
LIMIT: Any = bindparam("limit", type_=Integer, literal_execute=True)
"""Told to the database while it plans: few rows are wanted, whatever there is."""

Used = frozenset[str]
"""Names of the filters that are used: of `user`, `topic`, `agent`, `door`."""


@lru_cache
def choices_before(used: Used) -> Select[Any]:
    """Choices, newest first, with who of staff had made the link that each came by."""
    return _read(choices, picked_choices(used)).add_columns(MAKER)


@lru_cache
def entries_before(used: Used) -> Select[Any]:
    """Entries of staff, newest first."""
    return _read(staff_entries, picked_entries(used))


def picked_choices(used: Used) -> Select[Any]:
    """The ids of the newest: at once, or door by door and then the newest of those."""
    if used <= {"door"}:
        of_door = [c.door == bindparam("door")] if used else []
        return _newest(choices, used, of_door).with_only_columns(c.id)
    doors = [bindparam("door")] if "door" in used else [literal(d.value) for d in Door]
    wanted = _wanted(choices, used)
    branches = [
        _newest(choices, used, [c.door == d, *wanted]).subquery() for d in doors
    ]
    branches += [_by_links(used).subquery()] if "agent" in used else []
    picked = union_all(*(select(b.c.at, b.c.id) for b in branches)).subquery()
    order = picked.c.at.desc(), picked.c.id.desc()
    return select(picked.c.id).order_by(*order).limit(LIMIT)


def picked_entries(used: Used) -> Select[Any]:
    """The ids of the newest."""
    wanted = _wanted(staff_entries, used)
    return _newest(staff_entries, used, wanted).with_only_columns(e.id)


def _by_links(used: Used) -> Select[Any]:
    """What came with links that the agent had made, whom and whatever it was about.

    Those are looked up first, as many as there are, and the rest is asked of them:
    the offset keeps PostgreSQL from doing it the other way round.
    """
    shown = select(e.link).where(IS_SHOWN, e.actor == AGENT)
    if "user" in used:
        shown = shown.where(e.user_id == USER)
    shown = by_index(shown, staff_entries, "staff_entries_shown")
    is_own = c.actor.is_(None), c.link.is_not(None), c.link.in_(shown)
    found = select(c.at, c.id, c.user_id, c.topic_id, c.door).where(*is_own)
    found = by_index(found, choices, "choices_link")
    own = found.offset(0).subquery().c
    wanted = {"user": own.user_id == USER, "topic": own.topic_id == TOPIC}
    wanted["door"] = own.door == bindparam("door")
    also = [condition for name, condition in wanted.items() if name in used]
    picked = select(own.at, own.id).where(_is_before(own.at, own.id), *also)
    return picked.order_by(own.at.desc(), own.id.desc()).limit(LIMIT)


def index_of(table: Table, used: Used) -> str:
    """The index that has in order what is asked for, or nearly so."""
    by = "at"
    if "user" in used:
        by = "user"
    elif "agent" in used:
        by = "actor_topic" if "topic" in used else "actor"
    elif "topic" in used:
        by = "topic"
    elif "door" in used:
        by = "door"
    return f"{table.name}_{by}"


def _wanted(table: Table, used: Used) -> list[ColumnElement[bool]]:
    """What is asked for but for the door.

    A user has few rows, and what else is asked for is looked up among them: as text
    put together, so that PostgreSQL goes by no other index.
    """
    topic_id, actor = table.c.topic_id, table.c.actor
    if "user" not in used:
        wanted = {"topic": topic_id == TOPIC, "agent": actor == AGENT}
    else:
        wanted = {"user": table.c.user_id == USER}
        wanted |= {"topic": topic_id + "" == TOPIC, "agent": actor + "" == AGENT}
    return [condition for name, condition in wanted.items() if name in used]


def _newest(table: Table, used: Used, wanted: list[ColumnElement[bool]]) -> Select[Any]:
    at, id_ = table.c.at, table.c.id
    found = select(at, id_).where(_is_before(at, id_), *wanted)
    found = found.order_by(at.desc(), id_.desc()).limit(LIMIT)
    return by_index(found, table, index_of(table, used))


def _is_before(at: ColumnElement[int], id_: ColumnElement[int]) -> ColumnElement[bool]:
    """Before the place, and not too old."""
    return and_(at <= PLACE, or_(at < PLACE, id_ < bindparam("id")), at >= SINCE)


def _read(table: Table, picked: Select[Any]) -> Select[Any]:
    order = table.c.at.desc(), table.c.id.desc()
    return select(table).where(table.c.id.in_(picked)).order_by(*order)


def by_index(query: Select[Any], table: Table, index: str) -> Select[Any]:
    """Tells SQLite by which index; without statistics it would have to guess."""
    return query.with_hint(table, f"INDEXED BY {index}", "sqlite")


NEWEST_CHOICE = select(func.max(c.id + 0)).where(c.user_id == USER)
"""By `choices_stream`; the sum keeps the database from walking the primary key."""

NEWEST_ENTRY = select(func.max(e.id + 0)).where(e.user_id == USER)
"""By `staff_entries_user`."""

WAS_SHOWN = e.kind + "" == Kind.SHOWED_LINK.value
"""As text put together, so that no index but that of links serves."""

MAKER = (
    select(e.actor)
    .where(e.link == c.link, WAS_SHOWN)
    .limit(1)
    .correlate(choices)
    .scalar_subquery()
    .label("link_made_by")
)
"""By `staff_entries_link`."""

MAKERS = select(e.link, e.actor).where(
    e.link.in_(bindparam("links", expanding=True)), WAS_SHOWN
)
"""By `staff_entries_link`."""

ANSWERS = select(staff_entries).where(
    e.link == bindparam("link"),
    e.user_id == USER,
    e.kind.in_([Kind.CONFIRMED.value, Kind.DECLINED.value]),
)
ANSWERS = ANSWERS.order_by(e.at.desc(), e.id.desc())
"""By `staff_entries_link`."""

ACTS_ON = select(staff_entries).where(e.user_id == USER, IS_ACT)
ACTS_ON = ACTS_ON.order_by(e.at.desc(), e.id.desc()).limit(LIMIT)
ACTS_ON = by_index(ACTS_ON, staff_entries, "staff_entries_acts")
"""By `staff_entries_acts`."""

LOOKS_AT = select(staff_entries).where(e.user_id == USER, IS_LOOK)
LOOKS_AT = LOOKS_AT.order_by(e.at.desc(), e.id.desc()).limit(LIMIT)
LOOKS_AT = by_index(LOOKS_AT, staff_entries, "staff_entries_user")
"""By `staff_entries_user`: whoever has many entries has many looks."""

OF_AGENT = select(staff_entries).where(e.actor == AGENT, e.kind == bindparam("kind"))
OF_AGENT = OF_AGENT.order_by(e.at.desc(), e.id.desc()).limit(LIMIT)
"""By `staff_entries_actor_kind`."""

OF_KIND = select(staff_entries).where(e.kind == bindparam("kind"), e.at >= SINCE)
OF_KIND = OF_KIND.order_by(e.at.desc(), e.id.desc()).limit(LIMIT)
"""By `staff_entries_kind`."""

HAS = select(e.id).where(
    e.actor == AGENT,
    e.kind == bindparam("kind"),
    e.at >= SINCE,
    e.user_id.is_not_distinct_from(bindparam("user")),
    e.tenant_id == bindparam("tenant"),
    or_(bindparam("detail") == "", e.detail == bindparam("detail")),
)
HAS = by_index(HAS.limit(1), staff_entries, "staff_entries_actor_kind")
"""By `staff_entries_actor_kind`: among what one agent did since then."""

COUNT = select(func.count()).where(
    e.actor == AGENT,
    e.kind == bindparam("kind"),
    e.at >= SINCE,
)
"""By `staff_entries_actor_kind`."""
