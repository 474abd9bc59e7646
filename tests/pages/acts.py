"""What the tests of unsubscribing do over and over, and what they call things."""

from collections.abc import Callable

from app.parts import Parts
from app.preferences.choice import Choice
from tests.conftest import ALICE
from tests.house.client import Page, Visitor
from tests.house.rules import elements
from tests.peer import Peer

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
HOUR = 3600.0
DAY = 24 * HOUR
DUE, MENTIONS, TASKS = "Due dates", "Mentions and replies", "Tasks assigned to you"
REQUIRED = "Security alerts"
Mint = Callable[..., str]
Work = Callable[[], None]
Standings = Callable[[str], tuple[str, list[str]]]
"""Status and channels of a topic by its name or id, as Courier has them."""

Elsewhere = Callable[..., None]
"""Takes a topic's name, its status, and channels, if they are the recipient's own."""

Start = Callable[[], Visitor]
"""Gives a visitor of one more process, which knows the topics and nobody's choices."""


def choices(parts: Parts) -> list[Choice]:
    return parts.evidence.choices_of(ALICE.user_id)


def submit(visitor: Visitor, page: Page, words: str) -> Page:
    """Presses the button of the form with these words, as a browser does."""
    form = page.form(words)
    inputs = [i for i in elements(form, "input") if i.get("name")]
    fields = {str(i.get("name")): i.get("value") for i in inputs}
    return visitor.send(form.get("action") or "", fields)


def section(peer: Peer, name: str) -> str:
    return next(str(s["id"]) for s in peer.sections() if s["name"] == name)


def brand_new(peer: Peer) -> str:
    """A topic that was created at Courier just now; its id."""
    path = f"/preferences/sections/{section(peer, 'Projects')}/topics"
    made = peer.create(path, {"name": "Brand new", "default_status": "OPTED_IN"})
    return str(made.get("id") or made["topic"]["id"])


def redefine(peer: Peer, of: str, topic_id: str, name: str, default: str) -> None:
    path = f"/preferences/sections/{section(peer, of)}/topics/{topic_id}"
    peer.replace(path, {"name": name, "default_status": default})
