"""The tables of the support desk, and the indexes by which its trail is read.

staff_entries     one row per act of staff that is no choice: who, when, about whom
staff_sessions    who is signed in, by the hash of a secret that only the browser has
staff_signins     sign-ins under way, by the hash of what the browser has
erasure_requests  users to erase, until nothing of theirs waits for Courier any more

Times are milliseconds since 1970, UTC. An empty `tenant_id` means no tenant.

The trail asks for the newest rows of any of its filters. Each index holds in order
what one of them finds, so that a page costs the same however long the table: those
of choices by door, as what came through any door is put together from few.
That of a user begins with the door as well, so that nobody takes it for
`choices_stream`, by which the ledger itself looks users up.

What came by a link that staff had made and seen is theirs too: it is found link by
link, by whom the link was made.
"""

from sqlalchemy import BigInteger, Column, Index, Table, Text, TextClause, text

from app.ledger.tables import NUMBER, choices, metadata
from app.preferences.staff import LOOKS, Kind

staff_entries = Table(
    "staff_entries",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("user_id", Text),
    Column("tenant_id", Text, nullable=False),
    Column("topic_id", Text),
    Column("reference", Text),
    Column("reason", Text),
    Column("basis", Text),
    Column("link", Text),
    Column("detail", Text),
    sqlite_autoincrement=True,
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("sid", Text, nullable=False),
    Column("id_token", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)

staff_signins = Table(
    "staff_signins",
    metadata,
    Column("browser_hash", Text, primary_key=True),
    Column("state_hash", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("then", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

erasure_requests = Table(
    "erasure_requests",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

BY_STAFF = text("actor IS NOT NULL")
IS_OFF = text("status = 'OPTED_OUT' AND state IN ('pending', 'delivered')")
IS_REFUSED = text("state = 'refused'")
OF_USER = text("user_id IS NOT NULL")
OF_TOPIC = text("topic_id IS NOT NULL")
BY_LINK = text("actor IS NULL AND link IS NOT NULL")
WITH_LINK = text("link IS NOT NULL")
IS_SHOWN = text(f"kind = '{Kind.SHOWED_LINK.value}'")
LOOKED = ", ".join(f"'{kind.value}'" for kind in sorted(LOOKS))
IS_LOOK = text(f"kind IN ({LOOKED})")
IS_ACT = text(f"user_id IS NOT NULL AND kind NOT IN ({LOOKED})")
"""Not what only looked; a user may have many looks and few acts."""


def _index(
    table: Table, name: str, columns: str, where: TextClause | None = None
) -> None:
    Index(
        f"{table.name}_{name}",
        *(table.c[column] for column in columns.split()),
        sqlite_where=where,
        postgresql_where=where,
    )


_index(staff_entries, "at", "at id")
_index(staff_entries, "actor", "actor at id")
_index(staff_entries, "kind", "kind at id")
_index(staff_entries, "actor_kind", "actor kind at id")
_index(staff_entries, "user", "user_id at id topic_id actor", OF_USER)
_index(staff_entries, "topic", "topic_id at id", OF_TOPIC)
_index(staff_entries, "actor_topic", "actor topic_id at id", OF_TOPIC)
_index(staff_entries, "acts", "user_id at id", IS_ACT)
_index(staff_entries, "link", "link at id", WITH_LINK)
_index(staff_entries, "shown", "actor user_id link", IS_SHOWN)

_index(choices, "user", "door user_id at id topic_id actor")
_index(choices, "door", "door at id")
_index(choices, "topic", "topic_id door at id")
_index(choices, "actor", "actor door at id", BY_STAFF)
_index(choices, "actor_topic", "actor topic_id door at id", BY_STAFF)
_index(choices, "link", "link at id", BY_LINK)
_index(choices, "off", "at topic_id", IS_OFF)
_index(choices, "refused", "at id", IS_REFUSED)
