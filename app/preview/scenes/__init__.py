"""The states of the pages, a module for each kind."""

from app.preview.scenes import (
    around,
    consenting,
    down,
    links,
    looks,
    many,
    page,
    past,
    topics,
    unsubscribing,
)
from app.preview.state import Scene

ALL: list[Scene] = [
    page.PAGE,
    topics.TOPICS,
    down.DOWN,
    many.MANY,
    past.PAST,
    links.LINKS,
    unsubscribing.UNSUBSCRIBING,
    consenting.CONSENTING,
    around.PLACES,
    around.EMBEDDED,
    looks.LOOKS,
    looks.NAMES,
    links.ERRORS,
]
"""In the order in which they are shown."""
