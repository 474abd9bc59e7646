"""Whether a page can be served and a choice be kept now, and what stands in the way.

Each part is asked for itself and has a line. What a page can do without makes the whole
degraded, and only what it cannot do without makes it down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.ledger.database import Database
from app.ledger.errors import Fault, LedgerDown
from app.ledger.schema import Age, age
from app.tally import Tally, Word
from app.workspace import Workspace

STANDS_STILL = 120.0
"""Seconds without a look for what is due, after which the loop is taken for dead."""

PATIENCE = 0.2
"""Seconds for Redis to connect, and for it to answer."""

FAULTS = {
    Fault.FULL: "the disk is full",
    Fault.DISK: "the disk does not do what it is asked",
    Fault.LOCKED: "somebody holds a lock for too long",
    Fault.READ_ONLY: "it may only be read",
    Fault.TABLES: "its tables are not as expected",
    Fault.GONE: "it is out of reach",
}

UNPROVED = frozenset({Fault.FULL, Fault.DISK, Fault.TABLES})
"""What may last although the probe could be written."""


@dataclass(frozen=True, slots=True)
class Check:
    """No reason means that all is well. `is_needed`: without it nothing is served.

    `is_unknown`: what would tell how it is does not.
    """

    name: str
    reason: str = ""
    is_needed: bool = False
    is_unknown: bool = False

    @property
    def is_ok(self) -> bool:
        return not self.reason


class Verdict(StrEnum):
    """How it is as a whole."""

    READY = "ready"
    DEGRADED = "degraded"
    DOWN = "down"

    @classmethod
    def of(cls, checks: Sequence[Check]) -> "Verdict":
        bad = [check for check in checks if not check.is_ok]
        if any(check.is_needed for check in bad):
            return cls.DOWN
        return cls.DEGRADED if bad else cls.READY


class Readiness:
    """`is_left_alone`: Courier failed so often that nobody asks it for a moment."""

    def __init__(
        self,
        workspace: Workspace,
        is_left_alone: Callable[[], bool],
        database: Database,
        tally: Tally,
        redis_url: str = "",
    ) -> None:
        self._workspace = workspace
        self._is_left_alone = is_left_alone
        self._database = database
        self._tally = tally
        self._redis = _ping(redis_url) if redis_url else None

    def checks(self, *, may_ask: bool = True) -> list[Check]:
        """The catalog first: asking for it shows how Courier is, and may take a while.

        Where Courier may not be asked, what is known counts.
        """
        workspace = self._workspace
        catalog = _catalog(workspace.is_ready() if may_ask else workspace.is_known())
        redis = [Check("redis", self._redis())] if self._redis else []
        return [
            self._courier(),
            self._key(),
            catalog,
            self._kept(),
            self._tables(),
            *redis,
            self._delivery(),
        ]

    def states(self) -> dict[str, bool]:
        """Whether each part is well, by its name, at once; as far as is known."""
        known = (c for c in self.checks(may_ask=False) if not c.is_unknown)
        return {check.name: check.is_ok for check in known}

    def _courier(self) -> Check:
        if self._is_left_alone():
            return Check("courier", "it failed repeatedly and is left alone for now")
        is_silent = self._tally.last_word is Word.UNAVAILABLE
        return Check("courier", "the last call to it failed" if is_silent else "")

    def _key(self) -> Check:
        """A process that Courier never let in has nobody's choices to show."""
        is_denied = self._tally.last_word is Word.DENIED
        refused = "Courier refuses it: look at COURIER_API_KEY"
        is_needed = not self._tally.was_let_in
        return Check("courier_key", refused if is_denied else "", is_needed=is_needed)

    def _kept(self) -> Check:
        """A choice may need more room than the probe does, and other tables."""
        fault = self._database.why_not()
        if fault:
            return Check(
                "database", f"nothing is kept: {FAULTS[fault]}", is_needed=True
            )
        fault = self._database.unrecorded
        if fault not in UNPROVED:
            return Check("database")
        return Check("database", f"the last choice was not kept: {FAULTS[fault]}")

    def _tables(self) -> Check:
        try:
            found = age(self._database)
        except LedgerDown:
            unknown = "the database does not say how its tables are"
            return Check("migrations", unknown, is_unknown=True)
        if found is Age.OLDER:
            older = "the tables are older than this version: start it anew"
            return Check("migrations", older, is_needed=True)
        newer = "a newer version has been here: start that"
        return Check("migrations", newer if found is Age.NEWER else "")

    def _delivery(self) -> Check:
        """A process that has no loop leaves deliveries to those that have one."""
        since = self._tally.since_round
        is_still = since is not None and since > STANDS_STILL
        return Check("delivery", "its loop stands still" if is_still else "")


def _catalog(is_there: bool) -> Check:
    missing = "Courier has not said what is on offer, and nothing is kept"
    return Check("catalog", "" if is_there else missing, is_needed=True)


def _ping(url: str) -> Callable[[], str]:
    """Why Redis is not there, or nothing; asked anew each time."""
    from redis import Redis, RedisError  # noqa: PLC0415  for who has one
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    client = Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )

    def ping() -> str:
        try:
            client.ping()
        except RedisError:
            return "it is out of reach, so each process counts for itself"
        return ""

    return ping
