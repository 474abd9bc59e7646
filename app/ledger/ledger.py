"""Records choices and looks them up. Recording is committed before it returns."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable

from app.ledger import chain, rows
from app.ledger import statements as sql
from app.ledger.database import Database
from app.ledger.question import Question
from app.preferences.choice import OVERDUE, Choice, Draft, State, Trace
from app.preferences.model import Recipient

LEASE = 15.0
"""Seconds that a delivery may take: Courier's budget, and being asked twice."""

DOUBT = 120.0
"""Seconds in which a request that was given up may still take effect."""

OUT_OF_STEP = 15 * 60.0
"""Seconds from its time at which a row shows that somebody's clock is wrong."""

FORGOTTEN = 24 * 60 * 60.0
"""Seconds after which a doubt is forgotten that nobody could clear up."""

RECENT = 15 * 60.0
"""Seconds for which a page may be open that does not know of a choice yet."""

LONGEST_WAIT = 60 * 60.0
"""Seconds that Courier's own Retry-After may ask for."""

HORIZON = LONGEST_WAIT + 60.0
"""Seconds ahead that nothing is ever due: beyond it, a clock was set back."""

MOST_OF_AN_ACT = 100
"""Recipients of one act that are told."""

IS_NOTED = Question(sql.NOTED)

Row = dict[str, Any]


class Ledger:
    """`now` gives seconds since 1970. Raises `LedgerDown` and nothing else."""

    def __init__(
        self, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._now = now

    def record(
        self,
        recipient: Recipient,
        drafts: Sequence[Draft],
        trace: Trace,
        reference: str | None = None,
    ) -> list[Choice]:
        """One act: a row per topic under one reference, committed.

        `reference` of an act that goes on, where it is about several recipients.

        Older choices of the same topics that still wait give way. The caller may
        deliver those that come back with a lease; the others have a request under
        way, and follow it.
        """
        with self._database.recording() as connection:
            return self._record(connection, recipient, drafts, trace, reference)

    def expand(self, unseen: Choice, drafts: Sequence[Draft]) -> list[Choice]:
        """What a choice for everything came to, topic by topic, under its reference.

        A topic that was chosen for itself since then stays as it was chosen.
        """
        of = _stream(unseen.recipient, drafts) | {"this": unseen.id}
        with self._database.recording() as connection:
            taken = set(connection.execute(sql.TAKEN, of).scalars())
            left = [draft for draft in drafts if draft.topic_id not in taken]
            return self._record(
                connection, unseen.recipient, left, unseen.trace, unseen.reference
            )

    def doubtful(self, recipient: Recipient) -> set[str]:
        """The topics for which an old request may yet take effect."""
        values = _of(recipient) | moments(self._now())
        with self._database.reading() as connection:
            return set(connection.execute(sql.DOUBTFUL, values).scalars())

    def doubt(self, recipient: Recipient, draft: Draft, trace: Trace) -> None:
        """Writes down a request that was sent without the ledger and may yet land.

        Nothing is to be done for it; the last choice of its topic is looked at.
        """
        with self._database.recording() as connection:
            times = moments(self._now())
            job: Row = {"at": times["now"], "due_at": None, "lease": None}
            job |= {"doubt_until": times["doubt"], "state": State.REFUSED.value}
            job |= {"last_error": "uncertain: sent without the ledger"}
            row = rows.written(recipient, draft, trace) | job
            self._number(connection, [row], None)
            topic = {"topic": draft.topic_id}
            connection.execute(sql.LOOK, _of(recipient) | topic | times)

    def refuse(
        self, recipient: Recipient, drafts: Sequence[Draft], trace: Trace, reason: str
    ) -> list[Choice]:
        """Writes down what somebody asked for and we did not do, and why."""
        over: Row = {"at": int(self._now() * 1000), "due_at": None, "lease": None}
        over |= {"doubt_until": None, "state": State.REFUSED.value}
        over |= {"last_error": reason}
        with self._database.recording() as connection:
            new = [rows.written(recipient, draft, trace) | over for draft in drafts]
            self._number(connection, new, None)
        return [rows.choice(row) for row in new]

    def noted(
        self, recipient: Recipient, since: float
    ) -> tuple[list[Choice], list[Choice]]:
        """What is open, as `open` has it, and what a mail program has turned off
        since then, if nobody has chosen again."""
        values = _of(recipient) | {"since": int(since * 1000)}
        if self._database.first(IS_NOTED, values) is None:
            return [], []
        with self._database.reading() as connection:
            found = connection.execute(sql.NOTED, values).mappings().all()
        told = [rows.choice(row) for row in found if row["is_one_click"]]
        return self._newest_of([r for r in found if not r["is_one_click"]]), told

    def open(self, recipient: Recipient) -> list[Choice]:
        """What something is still to be done for: the newest choice of each topic.

        What is pending is not at Courier yet; what is delivered is looked at again.
        """
        with self._database.reading() as connection:
            found = connection.execute(sql.OPEN, _of(recipient)).mappings().all()
        return self._newest_of(found)

    def _newest_of(self, found: Iterable[rows.Row]) -> list[Choice]:
        late = int((self._now() - OVERDUE) * 1000)
        newest = {row["topic_id"]: row for row in found}
        return [rows.choice(r, is_overdue=r["at"] < late) for r in newest.values()]

    def newest(self, recipient: Recipient) -> list[Choice]:
        """The last choice of each topic that Courier took or still may take."""
        return self._choices(sql.NEWEST, _of(recipient))

    def recent(self, recipient: Recipient, topic_ids: Sequence[str]) -> Choice | None:
        """The last choice of these that counts, if it is not long ago.

        Which is the last, its number says; some clock may have been wrong.
        """
        values = _of(recipient) | {"topics": list(topic_ids)}
        last = next(iter(self._choices(sql.RECENT, values)), None)
        return last if last and last.at > self._now() - RECENT else None

    def history(self, recipient: Recipient, limit: int = 1000) -> list[Choice]:
        """The newest choices of one recipient, newest first."""
        return self._choices(sql.HISTORY, _of(recipient) | {"limit": limit})

    def act(self, recipient: Recipient, reference: str) -> list[Choice]:
        """The rows of one act of this recipient; none where it is somebody else's."""
        return self._choices(sql.ACT, _of(recipient) | {"reference": reference})

    def by_reference(self, reference: str) -> list[Recipient]:
        """Whose act has this reference: one user, mostly, in one tenant or several."""
        values = {"reference": reference, "limit": MOST_OF_AN_ACT}
        with self._database.reading() as connection:
            found = connection.execute(sql.BY_REFERENCE, values).all()
        return [Recipient(row.user_id, row.tenant_id or None) for row in found]

    def find(self, recipient: Recipient, ids: Iterable[int]) -> list[Choice]:
        """Those of the rows that are this recipient's."""
        return self._choices(sql.FIND, _of(recipient) | {"ids": list(ids)})

    def _choices(self, query: Executable, values: Mapping[str, Any]) -> list[Choice]:
        with self._database.reading() as connection:
            found = connection.execute(query, values).mappings()
            return [rows.choice(row) for row in found]

    def _record(
        self,
        connection: Connection,
        recipient: Recipient,
        drafts: Sequence[Draft],
        trace: Trace,
        reference: str | None = None,
    ) -> list[Choice]:
        if not drafts:
            return []
        times = moments(self._now())
        stream = _stream(recipient, drafts)
        if not self._database.is_sqlite:
            connection.execute(sql.LOCK, stream)
        connection.execute(sql.GIVE_WAY, stream | times)
        unsettled = connection.execute(sql.UNSETTLED, stream | times).all()
        busy = {row.topic_id for row in unsettled if row.lease}
        new = [
            rows.written(recipient, draft, trace)
            | _job(times["now"], is_busy=draft.topic_id in busy)
            for draft in drafts
        ]
        self._number(connection, new, reference)
        doubtful = {row.topic_id for row in unsettled}
        return [rows.choice(r, has_doubt=r["topic_id"] in doubtful) for r in new]

    def _number(
        self, connection: Connection, new: list[Row], reference: str | None
    ) -> None:
        """Gives rows their numbers, reference and place in the chain; writes them."""
        head = connection.execute(sql.HEAD).first()
        number, before = (head.number, head.hash) if head else (0, chain.BEGINNING)
        reference = reference or chain.reference(number + 1)
        links = []
        for row in new:
            number += 1
            row |= {"id": number, "reference": reference, "salt": chain.new_salt()}
            commitment = chain.commitment(row["salt"], rows.content(row))
            before = chain.link(before, number, commitment)
            links.append({"number": number, "commitment": commitment, "hash": before})
        connection.execute(sql.ADD_ENTRIES, links)
        connection.execute(sql.ADD_CHOICES, new)


def moments(now: float) -> dict[str, int]:
    """The times that statements ask for, in milliseconds."""
    return {
        "now": int(now * 1000),
        "horizon": int((now + HORIZON) * 1000),
        "doubt": int((now + DOUBT) * 1000),
        "lately": int((now - OUT_OF_STEP) * 1000),
        "ago": int((now - FORGOTTEN) * 1000),
    }


def new_lease() -> str:
    return secrets.token_hex(8)


def _job(now: int, *, is_busy: bool) -> Row:
    """What is to be done with a new row: its recorder delivers it, or it waits."""
    lease = None if is_busy else new_lease()
    due_at = now if is_busy else now + int(LEASE * 1000)
    return {"at": now, "due_at": due_at, "lease": lease, "doubt_until": None}


def _of(recipient: Recipient) -> Row:
    user_id, tenant_id = rows.stream(recipient)
    return {"user": user_id, "tenant": tenant_id}


def _stream(recipient: Recipient, drafts: Sequence[Draft]) -> Row:
    return _of(recipient) | {"topics": [draft.topic_id for draft in drafts]}
