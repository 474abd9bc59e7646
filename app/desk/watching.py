"""Writes down who looked at whom, and stops who looks at too many.

Who reads the trail looks as well: at somebody, or page by page at everybody.
"""

from collections.abc import Callable

import structlog

from app.desk.errors import TooMany
from app.ledger.trail import Trail
from app.preferences.model import Recipient
from app.preferences.staff import Agent, Entry, Kind
from app.preferences.trail import Filter

HOUR = 60 * 60.0
ONE_LOOK = 15 * 60.0
"""Seconds in which opening the same recipient again is the same look."""

SITTING = 12 * HOUR
"""Seconds after opening a recipient in which an open page may ask for news of them."""

COUNTED = (Kind.OPENED, Kind.READ_TRAIL)
"""What counts together, and is stopped where it is too much in an hour."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("desk")


class Watching:
    """`most`: look-ups of one member of staff in an hour. Raises `LedgerDown`."""

    def __init__(self, trail: Trail, now: Callable[[], float], most: int) -> None:
        self._trail = trail
        self._now = now
        self._most = most

    def searched(self, agent: Agent, handed: str, hits: int) -> None:
        """Before its hits are shown. Raises `TooMany`, which is an alert once an hour.

        What was looked for is not kept: only of which kind it was.
        """
        entry = Entry(Kind.LOOKED_UP, agent.actor, detail=f"{handed}: {hits}")
        self._note_of_few(entry, Kind.LOOKED_UP)

    def may_search(self, agent: Agent) -> None:
        """Before anybody is asked: the same for who has searched too much already."""
        since = self._now() - HOUR
        if self._trail.count(agent.actor, Kind.LOOKED_UP, since) >= self._most:
            self._note_of_few(Entry(Kind.LOOKED_UP, agent.actor), Kind.LOOKED_UP)

    def opened(self, agent: Agent, recipient: Recipient) -> None:
        """Before anything of a recipient is shown. Raises `TooMany`."""
        self._look(agent, Entry(Kind.OPENED, agent.actor, recipient))

    def saw(self, agent: Agent, recipient: Recipient) -> None:
        """Before the page is shown as the recipient, who was opened, sees it."""
        if not self._has(agent, Kind.SAW_PAGE, recipient, ONE_LOOK):
            self._trail.note(Entry(Kind.SAW_PAGE, agent.actor, recipient))

    def is_looking(self, agent: Agent, recipient: Recipient) -> bool:
        """Whether they opened the recipient not too long ago; asking is no look."""
        return self._has(agent, Kind.OPENED, recipient, SITTING)

    def read(self, agent: Agent, asked: Filter, before: str = "") -> None:
        """Before a page of the trail is shown. Raises `TooMany`.

        About one recipient, all pages are one look; about everybody, each is one.
        """
        is_older = before and not asked.user_id
        told = f"{asked.told}, before {before}" if is_older else asked.told
        whom = Recipient(asked.user_id) if asked.user_id else None
        topic_id, kind = asked.topic_id or None, Kind.READ_TRAIL
        self._look(agent, Entry(kind, agent.actor, whom, topic_id, detail=told))

    def note(
        self,
        agent: Agent,
        kind: Kind,
        recipient: Recipient,
        reason: str = "",
        link: str | None = None,
    ) -> None:
        """One more act of staff on somebody."""
        actor, why = agent.actor, reason or None
        self._trail.note(Entry(kind, actor, recipient, reason=why, link=link))

    def _look(self, agent: Agent, entry: Entry) -> None:
        """The same look twice within a while is one; within the hour it may be so."""
        kind, whom, detail = entry.kind, entry.recipient, entry.detail or ""
        if self._has(agent, kind, whom, ONE_LOOK, detail):
            return
        if self._has(agent, kind, whom, HOUR, detail):
            self._trail.note(entry)
        else:
            self._note_of_few(entry, *COUNTED)

    def _has(
        self,
        agent: Agent,
        kind: Kind,
        recipient: Recipient | None,
        seconds: float,
        detail: str = "",
    ) -> bool:
        since = self._now() - seconds
        return self._trail.has(agent.actor, kind, recipient, since, detail)

    def _note_of_few(self, entry: Entry, *kinds: Kind) -> None:
        since = self._now() - HOUR
        if self._trail.note_of_few(entry, kinds, since, self._most):
            return
        if not self._trail.count(entry.actor, Kind.LIMITED, since):
            log.critical("mass_lookup", actor=entry.actor, most=self._most)
            self._trail.note(Entry(Kind.LIMITED, entry.actor, detail=kinds[0].value))
        raise TooMany
