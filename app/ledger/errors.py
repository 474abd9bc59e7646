"""What can go wrong with the ledger."""


class LedgerDown(Exception):
    """The database cannot be read or written now: gone, locked, full, read-only."""


class SchemaNewer(Exception):
    """A newer version of this program has been at the database."""
