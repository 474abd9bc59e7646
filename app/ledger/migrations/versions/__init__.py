"""One file per change; Alembic runs those that a database lacks."""
