"""A mail of our own, in the words that its recipient reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain text; lines are parted as in the mail."""

    title: str
    body: str
