"""Alembic's way in: runs the migrations on the connection that `schema` hands over."""

from alembic import context

from app.ledger.stafftables import staff_entries

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=staff_entries.metadata,
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
