"""What staff did, their sessions, and the ways into the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BY_STAFF = sa.text("actor IS NOT NULL")
IS_OFF = sa.text("status = 'OPTED_OUT' AND state IN ('pending', 'delivered')")
IS_REFUSED = sa.text("state = 'refused'")
OF_USER = sa.text("user_id IS NOT NULL")
OF_TOPIC = sa.text("topic_id IS NOT NULL")
BY_LINK = sa.text("actor IS NULL AND link IS NOT NULL")
WITH_LINK = sa.text("link IS NOT NULL")
IS_SHOWN = sa.text("kind = 'showed_link'")
LOOKED = "'looked_up', 'opened', 'read_trail', 'revealed', 'saw_page'"
IS_ACT = sa.text(f"user_id IS NOT NULL AND kind NOT IN ({LOOKED})")


def upgrade() -> None:
    op.create_table(
        "staff_entries",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("topic_id", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("basis", sa.Text),
        sa.Column("link", sa.Text),
        sa.Column("detail", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "staff_sessions",
        sa.Column("secret_hash", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("sid", sa.Text, nullable=False),
        sa.Column("id_token", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "staff_signins",
        sa.Column("browser_hash", sa.Text, primary_key=True),
        sa.Column("state_hash", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("then", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "erasure_requests",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    _index_entries()
    _index_choices()


def _index_entries() -> None:
    of_user = ["user_id", "at", "id", "topic_id", "actor"]
    _index("staff_entries", "at", ["at", "id"])
    _index("staff_entries", "actor", ["actor", "at", "id"])
    _index("staff_entries", "kind", ["kind", "at", "id"])
    _index("staff_entries", "actor_kind", ["actor", "kind", "at", "id"])
    _index("staff_entries", "user", of_user, OF_USER)
    _index("staff_entries", "topic", ["topic_id", "at", "id"], OF_TOPIC)
    both = ["actor", "topic_id", "at", "id"]
    _index("staff_entries", "actor_topic", both, OF_TOPIC)
    _index("staff_entries", "acts", ["user_id", "at", "id"], IS_ACT)
    _index("staff_entries", "link", ["link", "at", "id"], WITH_LINK)
    _index("staff_entries", "shown", ["actor", "user_id", "link"], IS_SHOWN)


def _index_choices() -> None:
    of_user = ["door", "user_id", "at", "id", "topic_id", "actor"]
    _index("choices", "user", of_user)
    _index("choices", "door", ["door", "at", "id"])
    _index("choices", "topic", ["topic_id", "door", "at", "id"])
    _index("choices", "actor", ["actor", "door", "at", "id"], BY_STAFF)
    both = ["actor", "topic_id", "door", "at", "id"]
    _index("choices", "actor_topic", both, BY_STAFF)
    _index("choices", "link", ["link", "at", "id"], BY_LINK)
    _index("choices", "off", ["at", "topic_id"], IS_OFF)
    _index("choices", "refused", ["at", "id"], IS_REFUSED)


def _index(
    table: str, name: str, columns: list[str], where: sa.TextClause | None = None
) -> None:
    op.create_index(
        f"{table}_{name}", table, columns, sqlite_where=where, postgresql_where=where
    )
