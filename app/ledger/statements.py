"""Every statement of the ledger, built once; building them costs more than running.

Each names the index it uses. Parameters: `user`, `tenant` and `topics` or `topic` are
a recipient's stream; `now`, `horizon`, `doubt` are milliseconds since 1970.
"""

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from app.ledger.tables import IS_ONE_CLICK, choices, entries
from app.preferences.choice import State
from app.preferences.subject import UNSEEN

c = choices.c
NOW: Any = bindparam("now")
DOUBT_ENDS: Any = bindparam("doubt")
LATELY: Any = bindparam("lately")
LONG_AGO: Any = bindparam("ago")
"""Doubts from before are forgotten; until then no clock decides when one ends."""

IS_PENDING = c.state == State.PENDING.value
IS_OPEN = c.due_at.is_not(None)
IS_DUE = or_(c.due_at <= NOW, c.due_at > bindparam("horizon"))
"""Due now, or so far ahead that only a clock that was set back explains it."""

OF_RECIPIENT = and_(c.user_id == bindparam("user"), c.tenant_id == bindparam("tenant"))
OF_TOPICS = and_(OF_RECIPIENT, c.topic_id.in_(bindparam("topics", expanding=True)))
OF_TOPIC = and_(OF_RECIPIENT, c.topic_id == bindparam("topic"))
OLDER = and_(OF_TOPIC, c.id < bindparam("this"))
NEWER = and_(OF_TOPIC, c.id > bindparam("this"))
COUNTS = c.state.in_((State.PENDING.value, State.DELIVERED.value))

_CLOSED = {
    "state": case((IS_PENDING, State.SUPERSEDED.value), else_=c.state),
    "due_at": None,
    "lease": None,
    "doubt_until": case((c.lease.is_not(None), DOUBT_ENDS), else_=c.doubt_until),
}
"""Nothing is to be done any more. What was leased was perhaps sent: a doubt."""

# Recording

HEAD = (
    select(entries.c.number, entries.c.hash).order_by(entries.c.number.desc()).limit(1)
)
"""The end of the chain, by the primary key."""

LOCK = select(c.id).where(OF_TOPICS, IS_OPEN).order_by(c.id.desc()).with_for_update()
"""Newest first, as all who hold several rows take them: so nobody waits in a ring.

Afterwards nobody changes these rows until the act is recorded: `choices_open`.
"""

GIVE_WAY = (
    update(choices)
    .where(OF_TOPICS, IS_OPEN, or_(c.lease.is_(None), c.due_at.between(LATELY, NOW)))
    .values(**_CLOSED)
)
"""Older choices need nothing done any more, unless somebody is at it: `choices_open`.

One whose lease ran out was perhaps sent, and that leaves a doubt. A lease that ends
hours from now, or has ended hours ago, is a wrong clock's, and counts as a lease.
"""

UNSETTLED = select(c.topic_id, c.lease).where(
    OF_TOPICS, or_(c.lease.is_not(None), c.doubt_until > LONG_AGO)
)
"""Rows with a request under way, or one that may yet land, by `choices_stream`."""

ADD_ENTRIES = insert(entries)
ADD_CHOICES = insert(choices)

TAKEN = select(c.topic_id).where(
    OF_TOPICS, c.id > bindparam("this"), c.state != State.REFUSED.value
)
"""The topics with a newer choice, by `choices_stream`."""

_LATER = choices.alias("later")
IS_OVERTAKEN = exists().where(
    _LATER.c.user_id == c.user_id,
    _LATER.c.tenant_id == c.tenant_id,
    _LATER.c.topic_id == c.topic_id,
    _LATER.c.id > c.id,
    _LATER.c.state.in_((State.PENDING.value, State.DELIVERED.value)),
)

# Looking up

OPEN = select(choices).where(OF_RECIPIENT, IS_OPEN).order_by(c.id)
"""What something is still to be done for, by `choices_open`."""

NEWEST = select(choices).where(
    c.id.in_(select(func.max(c.id)).where(OF_RECIPIENT, COUNTS).group_by(c.topic_id))
)
"""The last choice of each topic that Courier took or may take: `choices_stream`."""

RECENT = select(choices).where(OF_TOPICS, COUNTS).order_by(c.id.desc()).limit(1)
"""By `choices_stream`."""

HISTORY = (
    select(choices).where(OF_RECIPIENT).order_by(c.id.desc()).limit(bindparam("limit"))
)
"""By `choices_stream`."""

ACT = (
    select(choices)
    .where(c.reference == bindparam("reference"), OF_RECIPIENT)
    .order_by(c.id)
)
"""By `choices_reference`."""

BY_REFERENCE = select(c.user_id, c.tenant_id).distinct().limit(bindparam("limit"))
BY_REFERENCE = BY_REFERENCE.where(c.reference == bindparam("reference"))
"""By `choices_reference`."""

FIND = (
    select(choices)
    .where(c.id.in_(bindparam("ids", expanding=True)), OF_RECIPIENT)
    .order_by(c.id)
)
"""By the primary key."""

NOTED = union_all(
    select(choices, literal(False).label("is_one_click")).where(OF_RECIPIENT, IS_OPEN),
    select(choices, literal(True)).where(
        OF_RECIPIENT, IS_ONE_CLICK, COUNTS, c.at > bindparam("since"), ~IS_OVERTAKEN
    ),
).order_by("id")
"""What is open, and what mail programs turned off lately and nobody chose again.

By `choices_open` and `choices_one_click`; one statement, because every page asks it.
"""

# Delivering


def _claimable() -> Select[Any]:
    other = choices.alias("other")
    is_same_topic = other.c.topic_id == c.topic_id
    is_under_way = and_(
        other.c.lease.is_not(None),
        other.c.due_at > NOW,
        other.c.due_at <= bindparam("horizon"),
    )
    of_same = (
        other.c.user_id == c.user_id,
        other.c.tenant_id == c.tenant_id,
        other.c.due_at.is_not(None),
        other.c.id != c.id,
    )
    is_newer_unseen = and_(other.c.topic_id.startswith(UNSEEN), other.c.id > c.id)
    is_first = or_(is_under_way, is_newer_unseen)
    is_newer = or_(other.c.id > c.id, is_under_way)
    is_in_the_way = or_(
        exists().where(*of_same, is_same_topic, is_newer),
        and_(c.topic_id.startswith(UNSEEN), exists().where(*of_same, is_first)),
    )
    same = (
        other.c.user_id == c.user_id,
        other.c.tenant_id == c.tenant_id,
        other.c.topic_id == c.topic_id,
    )
    has_older = exists().where(*same, other.c.id < c.id, other.c.due_at.is_not(None))
    found = IS_OVERTAKEN.label("has_newer"), has_older.label("has_older")
    query = select(choices, *found).where(IS_OPEN, IS_DUE, ~is_in_the_way)
    query = query.order_by(c.due_at).limit(bindparam("limit"))
    return query.with_for_update(skip_locked=True, of=choices)


CLAIMABLE = _claimable()
"""What is due and newest of its topic, by `choices_due` and `choices_open`.

A choice that was made unseen waits until nothing of its recipient's is under way, and
for newer ones of its kind: what they came to, it must not change.
"""

THIS = c.id == bindparam("this")
LEASED = and_(THIS, c.lease == bindparam("by"))

LEASE = (
    update(choices)
    .where(THIS)
    .values(
        lease=bindparam("new_lease"),
        due_at=bindparam("until"),
        doubt_until=DOUBT_ENDS,
    )
)

CLOSE = update(choices).where(THIS).values(**_CLOSED)
CLOSE_OLDER = update(choices).where(OLDER, IS_OPEN).values(**_CLOSED)
"""What a process left behind that was killed while it delivered: `choices_open`."""

SETTLE = (
    update(choices)
    .where(LEASED)
    .values(
        lease=None,
        attempts=c.attempts + 1,
        state=bindparam("new_state"),
        due_at=bindparam("next"),
        last_error=bindparam("error"),
        delivered_at=bindparam("delivered"),
        doubt_until=func.coalesce(DOUBT_ENDS, c.doubt_until),
    )
)
CHECKED = (
    update(choices)
    .where(LEASED)
    .values(
        lease=None,
        looks=bindparam("looked"),
        due_at=bindparam("next"),
        doubt_until=func.coalesce(DOUBT_ENDS, c.doubt_until),
    )
)

WITHDRAW = update(choices).where(THIS, IS_OPEN, IS_PENDING, c.lease.is_(None))
WITHDRAW = WITHDRAW.values(state=State.SUPERSEDED.value, due_at=None)

IS_DELIVERED = c.state == State.DELIVERED.value
NEWEST_OF_TOPIC = select(func.max(c.id)).where(OF_TOPIC, COUNTS).scalar_subquery()
LOOK = (
    update(choices)
    .where(c.id == NEWEST_OF_TOPIC)
    .values(
        looks=0,
        due_at=case((IS_DELIVERED, NOW), else_=c.due_at),
        lease=case((IS_DELIVERED, None), else_=c.lease),
        doubt_until=case(
            (and_(IS_DELIVERED, c.lease.is_not(None)), DOUBT_ENDS), else_=c.doubt_until
        ),
    )
)
"""The last choice is looked at again from the beginning, once it is delivered.

A look that is under way loses its lease: it may have been taken too early.
"""

HAS_NEWER = select(exists().where(NEWER, COUNTS))
DOUBTFUL = select(c.topic_id).where(OF_RECIPIENT, c.doubt_until > LONG_AGO)
"""The topics of a recipient for which an old request may yet land."""

OTHERS = and_(OF_TOPIC, c.id != bindparam("this"))
DOUBTS = select(choices).where(OTHERS, c.doubt_until > LONG_AGO)
HAS_DOUBT = select(exists().where(OTHERS, c.doubt_until > LONG_AGO))
LOOK_LATER = update(choices).where(THIS, IS_DELIVERED).values(due_at=bindparam("next"))
OURS = select(c.id).where(LEASED)
RESTAMP = update(choices).where(THIS)
RESTAMP = RESTAMP.values(due_at=bindparam("until"), lease=bindparam("new_lease"))
"""A lease by a clock that is hours off runs from now on by ours."""

NO_DOUBTS = update(choices).where(OTHERS, c.doubt_until.is_not(None))
NO_DOUBTS = NO_DOUBTS.values(doubt_until=None)
BEFORE = select(c.id, c.state).where(OLDER, c.state != State.REFUSED.value)
BEFORE = BEFORE.order_by(c.id.desc()).limit(1)
"""The choice before this one that Courier did not refuse, by `choices_stream`."""

REVIVE = update(choices).where(THIS).values(state=State.PENDING.value, due_at=NOW)

DELIVERED = (
    select(choices)
    .where(
        c.id.in_(
            select(func.max(c.id))
            .where(COUNTS)
            .group_by(c.user_id, c.tenant_id, c.topic_id)
        ),
        c.state == State.DELIVERED.value,
    )
    .order_by(c.user_id, c.tenant_id, c.id)
)
"""The last choice of every topic of everybody; reads the whole of `choices_stream`."""

BACKLOG = select(
    func.count().label("pending"),
    func.count().filter(c.at < bindparam("before")).label("overdue"),
    func.min(c.at).label("oldest"),
).where(IS_OPEN, IS_PENDING)
"""By `choices_due`: costs as much as there is open, however long the table."""

PUT_OFF = update(choices).where(THIS).values(due_at=bindparam("later"))

HURRY = update(choices).where(IS_OPEN, IS_PENDING, c.lease.is_(None))
HURRY = HURRY.values(due_at=NOW)
