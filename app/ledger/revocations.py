"""Whose links were revoked, up to when. Users are told apart by a hash alone."""

import hashlib
import time
from collections.abc import Callable

from sqlalchemy import bindparam, insert, select, update

from app.ledger.database import Database
from app.ledger.question import Question
from app.ledger.tables import revocations

THIS = revocations.c.user_hash == bindparam("this")
BEFORE = select(revocations.c.before).where(THIS)
"""By the primary key."""

IS_BEFORE = Question(BEFORE)


class Revocations:
    """Times are seconds since 1970. Raises `LedgerDown` and nothing else."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now

    def revoke(self, user_id: str, before: float) -> None:
        """Every link of the user that was minted then or earlier; durable."""
        this = {"this": _hash(user_id)}
        values = {"before": int(before * 1000), "at": int(self._now() * 1000)}
        with self._database.recording() as connection:
            known = connection.execute(BEFORE, this).scalar()
            if known is None:
                row = {"user_hash": this["this"], **values}
                connection.execute(insert(revocations), row)
            elif known < values["before"]:
                connection.execute(update(revocations).where(THIS).values(values), this)

    def before(self, user_id: str) -> float | None:
        """Links that were minted then or earlier are revoked."""
        found = self._database.first(IS_BEFORE, {"this": _hash(user_id)})
        return None if found is None else float(found[0]) / 1000


def _hash(user_id: str) -> str:
    return hashlib.sha256(user_id.encode(errors="surrogatepass")).hexdigest()
