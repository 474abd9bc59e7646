"""What can go wrong with the ledger."""

import re
from enum import StrEnum


class Fault(StrEnum):
    """Why the database does not do what it is asked, as far as its words tell."""

    FULL = "full"
    DISK = "disk"
    LOCKED = "locked"
    READ_ONLY = "read_only"
    TABLES = "tables"
    GONE = "gone"


SAID = {
    Fault.FULL: r"is full|no space left|DiskFull",
    Fault.DISK: r"disk I/O|malformed|not a database|IoError|DataCorrupted",
    Fault.LOCKED: r"locked|LockNotAvailable|QueryCanceled|QueuePool",
    Fault.READ_ONLY: r"read-?only|ReadOnlySql",
    Fault.TABLES: r"no such (table|column)|Undefined(Table|Column)",
}
"""What SQLite, PostgreSQL and the pool of connections say."""


class LedgerDown(Exception):
    """The database cannot be read or written now: gone, locked, full, read-only.

    `is_doubtful`: the connection broke at the commit, which may have happened.
    """

    is_doubtful = False

    @property
    def fault(self) -> Fault:
        text = str(self)
        found = (
            f for f, words in SAID.items() if re.search(words, text, re.IGNORECASE)
        )
        return next(found, Fault.GONE)


class SchemaNewer(Exception):
    """A newer version of this program has been at the database."""
