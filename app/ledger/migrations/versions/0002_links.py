"""Revoked links, and the choices that mail programs made."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

IS_ONE_CLICK = sa.text("door = 'one_click'")


def upgrade() -> None:
    op.create_table(
        "revocations",
        sa.Column("user_hash", sa.Text, primary_key=True),
        sa.Column("before", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "choices_one_click",
        "choices",
        ["user_id", "tenant_id"],
        sqlite_where=IS_ONE_CLICK,
        postgresql_where=IS_ONE_CLICK,
    )
