"""What can go wrong at the desk, beside what its answers say."""

from app.ledger.errors import LedgerDown

__all__ = ["LedgerDown", "NotMailed", "TooLong", "TooMany"]


class TooMany(Exception):
    """More look-ups in an hour than the setting allows."""


class TooLong(Exception):
    """What should be in a link does not fit in."""


class NotMailed(Exception):
    """Courier did not take a mail to a recipient."""
