"""The ledger's tables. Times are milliseconds since 1970, UTC.

entries    the chain: one line per choice or erasure, never changed, never deleted
choices    one row per topic of an act: the record, the delivery job, the undo
erasures   who had rows erased, when and why; without saying whose they were
answers    what Courier last said that is the same for everybody, for a restart
           while Courier is down
revocations  whose links were revoked, up to when; by a hash of the user's id

An empty `tenant_id` means no tenant, an absent `status` a reset. `due_at` is when
something is to be done next: a pending row is delivered, a delivered one is looked at
once more. A `lease` belongs to whoever does it, until `due_at`. `doubt_until` is set
where a request may still take effect.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")

entries = Table(
    "entries",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("commitment", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("erased_by", BigInteger),
)


def _numbered_by_an_entry() -> Column[int]:
    entry = ForeignKey("entries.number")
    return Column("id", NUMBER, entry, primary_key=True, autoincrement=False)


choices = Table(
    "choices",
    metadata,
    _numbered_by_an_entry(),
    Column("salt", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("topic_id", Text, nullable=False),
    Column("topic_name", Text, nullable=False),
    Column("status", Text),
    Column("is_custom", Boolean, nullable=False),
    Column("channels", Text, nullable=False),
    Column("schedule_id", Text),
    Column("clears_schedule", Boolean, nullable=False),
    Column("before", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("actor", Text),
    Column("reason", Text),
    Column("link", Text),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("lease", Text),
    Column("doubt_until", BigInteger),
    Column("last_error", Text),
    Column("delivered_at", BigInteger),
)

erasures = Table(
    "erasures",
    metadata,
    _numbered_by_an_entry(),
    Column("salt", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("digest", Text, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

revocations = Table(
    "revocations",
    metadata,
    Column("user_hash", Text, primary_key=True),
    Column("before", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

IS_OPEN = text("due_at IS NOT NULL")

STREAM = (choices.c.user_id, choices.c.tenant_id, choices.c.topic_id)
"""Of these, the newest choice counts, and one request is under way at most."""

Index("choices_due", choices.c.due_at, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("choices_open", *STREAM, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("choices_stream", *STREAM, choices.c.id)
Index("choices_reference", choices.c.reference)
IS_ONE_CLICK = text("door = 'one_click'")
Index(
    "choices_one_click",
    choices.c.user_id,
    choices.c.tenant_id,
    sqlite_where=IS_ONE_CLICK,
    postgresql_where=IS_ONE_CLICK,
)
Index("choices_at", choices.c.at)
