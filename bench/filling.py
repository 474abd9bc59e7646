"""A ledger of as many choices as wished: of 50,000 users, in one chain."""

import time
from typing import Any

from sqlalchemy import insert, text

from app.ledger import chain, rows
from app.ledger import statements as sql
from app.ledger.database import Database
from app.ledger.tables import choices, entries
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change

ON = Standing(Status.OPTED_IN, Status.OPTED_IN)
TRACE = Trace(Door.PAGE, "0123456789abcdef")
BATCH = 10_000
USERS = 50_000


def draft(topic_id: str) -> Draft:
    return Draft(topic_id, "Topic", ON, Change(Status.OPTED_OUT, Routing()))


def fill(
    database: Database, count: int, *, due_at: int | None, state: str = "delivered"
) -> None:
    """Rows of as many topics as there are."""
    with database.reading() as connection:
        head = connection.execute(sql.HEAD).first()
    number, before = (head.number, head.hash) if head else (0, chain.BEGINNING)
    for start in range(0, count, BATCH):
        links, new = [], []
        for _ in range(start, min(start + BATCH, count)):
            number += 1
            row = _row(number) | {"due_at": due_at, "state": state}
            commitment = chain.commitment(row["salt"], rows.content(row))
            before = chain.link(before, number, commitment)
            links.append({"number": number, "commitment": commitment, "hash": before})
            new.append(row)
        with database.recording() as connection:
            connection.execute(insert(entries), links)
            connection.execute(insert(choices), new)
    with database.recording() as connection:
        connection.execute(text("ANALYZE"))


def _row(number: int) -> dict[str, Any]:
    recipient = Recipient(f"user-{number % USERS}")
    written = rows.written(recipient, draft(f"topic-{number // USERS}"), TRACE)
    return written | {
        "id": number,
        "reference": chain.reference(number),
        "salt": chain.new_salt(),
        "at": int(time.time() * 1000),
        "lease": None,
        "doubt_until": None,
    }
