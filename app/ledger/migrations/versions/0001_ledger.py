"""The ledger as it began: the chain, the choices, the erasures, the kept answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_OPEN = sa.text("due_at IS NOT NULL")
STREAM = ["user_id", "tenant_id", "topic_id"]


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("commitment", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("erased_by", sa.BigInteger),
    )
    op.create_table(
        "choices",
        _numbered_by_an_entry(),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("topic_id", sa.Text, nullable=False),
        sa.Column("topic_name", sa.Text, nullable=False),
        sa.Column("status", sa.Text),
        sa.Column("is_custom", sa.Boolean, nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("schedule_id", sa.Text),
        sa.Column("clears_schedule", sa.Boolean, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("link", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("lease", sa.Text),
        sa.Column("doubt_until", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("delivered_at", sa.BigInteger),
    )
    op.create_table(
        "erasures",
        _numbered_by_an_entry(),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO answers (name, body, at) VALUES ('probe', '', 0)")
    _index_choices()


def _index_choices() -> None:
    for name, columns in (("choices_due", ["due_at"]), ("choices_open", STREAM)):
        op.create_index(
            name, "choices", columns, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
        )
    op.create_index("choices_stream", "choices", [*STREAM, "id"])
    op.create_index("choices_reference", "choices", ["reference"])
    op.create_index("choices_at", "choices", ["at"])


def _numbered_by_an_entry() -> sa.Column[int]:
    entry = sa.ForeignKey("entries.number")
    return sa.Column("id", NUMBER, entry, primary_key=True, autoincrement=False)
