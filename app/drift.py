"""Where Courier says otherwise than the last choice that it took from here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from app.preferences.choice import Choice
from app.preferences.model import Standing
from app.reading import Reader
from app.sender import Sender


@dataclass(frozen=True, slots=True)
class Drift:
    """A choice that was delivered, and what Courier says of its topic now."""

    choice: Choice
    seen: Standing


def drift(
    delivered: Iterable[Choice], reader: Reader, sender: Sender
) -> Iterator[Drift]:
    """`delivered`: the last of each topic, sorted by recipient.

    Costs one call to Courier per recipient; raises `CourierError`.
    """
    for recipient, choices in groupby(delivered, lambda choice: choice.recipient):
        current = reader.current(recipient)
        for choice in choices:
            row = current.find(choice.topic_id)
            if row and not sender.is_as(row.standing, choice.after):
                yield Drift(choice, row.standing)
