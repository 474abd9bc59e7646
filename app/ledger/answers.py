"""Keeps what Courier said that is the same for everybody, for a restart without it."""

import time
from collections.abc import Callable

from sqlalchemy import insert, select, update

from app.ledger.database import Database
from app.ledger.errors import LedgerDown
from app.ledger.tables import answers

OLDEST = 24 * 60 * 60.0
"""Seconds after which an answer is too old to stand in for a new one."""

RENEWED = 10 * 60.0
"""Seconds after which the same answer is written down again."""


class Answers:
    """A database that is out of reach keeps nothing, and that is no fault here."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now
        self._written: dict[str, tuple[str, float]] = {}

    def keep(self, name: str, body: str) -> None:
        now = self._now()
        last, at = self._written.get(name, ("", 0.0))
        if body == last and now - at < RENEWED:
            return
        values = {"body": body, "at": int(now * 1000)}
        try:
            with self._database.noting() as connection:
                this = update(answers).where(answers.c.name == name)
                if not connection.execute(this.values(**values)).rowcount:
                    connection.execute(insert(answers).values(name=name, **values))
        except LedgerDown:
            return
        self._written[name] = body, now

    def get(self, name: str) -> str | None:
        after = int((self._now() - OLDEST) * 1000)
        query = select(answers.c.body).where(
            answers.c.name == name, answers.c.at > after
        )
        try:
            with self._database.reading() as connection:
                return connection.execute(query).scalar_one_or_none()
        except LedgerDown:
            return None
