"""Everything about one recipient that support needs, asked for at once.

What each source says stands for itself: where one of them is silent, its part is None
and the page says so. Courier is asked in parallel, one round trip for all of it; a
tenant's parents, where they are not kept yet, are one more each.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from app.circuit import Circuit
from app.courier.errors import CourierError
from app.courier.people import People
from app.errand import Hands
from app.extras import Extras
from app.history import History, Past, Sources
from app.ledger.ledger import Ledger
from app.ledger.trail import Trail
from app.outcome import Down, Shown
from app.preferences.choice import Choice, State
from app.preferences.message import Message, Template, Verdict, verdict
from app.preferences.model import Defaults, Preference, Recipient
from app.preferences.person import Profile
from app.preferences.staff import Entry
from app.preferences.timeline import Event, stood
from app.preferences.why import Why, newest, why
from app.reading import Reader
from app.tenants import NotKnown, Place, Tenants

AT_ONCE = 8
"""Questions at the same time."""

LATELY = 20
"""Choices and entries that are looked at for news."""

T = TypeVar("T")
Templates = Extras[None, Mapping[str, Template]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of Courier's, and how its topic stood at that moment.

    `topic` is None where its template belongs to none, or where nobody knows to which.
    """

    message: Message
    verdict: Verdict
    name: str
    topic: Preference | None


@dataclass(frozen=True, slots=True)
class Picture:
    """None stands for what is out of reach.

    `latest` are the numbers of the last choice and the last entry of the trail,
    `makers` who of staff had made the links by which something was chosen.
    """

    recipient: Recipient
    shown: Shown | Down
    whys: Mapping[str, Why]
    past: Past
    entries: tuple[Entry, ...]
    sent: tuple[Sent, ...] | None
    profile: Profile | None
    places: tuple[Place, ...] | None
    latest: tuple[int, int]
    makers: Mapping[str, str]


class Pictures:
    def __init__(  # noqa: PLR0913, PLR0917  wired once
        self,
        reader: Reader,
        history: History,
        ledger: Ledger,
        tenants: Tenants,
        people: People,
        templates: Templates,
        trail: Trail,
        circuit: Circuit,
    ) -> None:
        self._reader = reader
        self._history = history
        self._ledger = ledger
        self._tenants = tenants
        self._people = people
        self._templates = templates
        self._trail = trail
        self._circuit = circuit

    def of(self, recipient: Recipient) -> Picture:
        """Raises `LedgerDown`: who cannot be recorded is not shown anybody."""
        latest = self._trail.newest(recipient.user_id)
        entries = self._trail.of(recipient.user_id)
        workspace = self._reader.workspace
        with Hands(AT_ONCE) as pool:
            lines = pool.submit(self._reader.lines, recipient)
            tenant = pool.submit(workspace.known_tenant, recipient)
            shown = pool.submit(self._reader.show, recipient, lines.result)
            sources = pool.submit(self._history.sources, recipient, 1)
            sent = pool.submit(self._asked, lambda: self._people.messages(recipient))
            templates = pool.submit(self._templates.get, None)
            profile = pool.submit(self.profile, recipient)
            places = pool.submit(self._places, recipient)
        seen, known = shown.result(), sources.result()
        return Picture(
            recipient,
            seen,
            _whys(seen, tenant.result().defaults, known),
            self._history.page(recipient, known),
            tuple(entries),
            _sent(sent.result(), templates.result() or {}, seen, known),
            profile.result(),
            places.result(),
            latest,
            self._trail.makers(_marks(known)),
        )

    def since(
        self, recipient: Recipient, choice: int, entry: int
    ) -> tuple[list[Choice], list[Entry]]:
        """What was chosen and done of late, after these numbers."""
        choices = self._ledger.history(recipient, LATELY)
        entries = self._trail.of(recipient.user_id, LATELY)
        return (
            [c for c in choices if c.id > choice],
            [e for e in entries if e.id > entry],
        )

    def why(self, recipient: Recipient, row: Preference) -> Why:
        """Why a topic stands so after an act of ours, which is its last event."""
        choices = self._ledger.newest(recipient)
        last = {c.topic_id: c for c in choices if c.topic_id == row.topic.id}
        waiting = {k: c for k, c in last.items() if c.state is State.PENDING}
        defaults = self._reader.workspace.known_tenant(recipient).defaults
        return why(row, defaults, last, waiting)

    def topic_name(self, topic_id: str) -> str:
        """As the workspace calls a topic, as far as is known without asking."""
        catalog = self._reader.workspace.last_catalog(Recipient(""))
        found = catalog.find(topic_id) if catalog else None
        return found[1].name if found else ""

    def profile(self, recipient: Recipient) -> Profile | None:
        """What Courier knows of a user; None where it does not answer."""
        return self._asked(lambda: self._people.profile(recipient.user_id))

    def _places(self, recipient: Recipient) -> tuple[Place, ...] | None:
        with suppress(NotKnown):
            return self._tenants.places(replace(recipient, tenant_id=None))
        return None

    def _asked(self, ask: Callable[[], T]) -> T | None:
        if self._circuit.is_open:
            return None
        with suppress(CourierError):
            return ask()
        return None


def _marks(known: Sources) -> set[str]:
    """Of the links by which something was chosen."""
    return {c.trace.link for c in known.choices or () if c.trace.link}


def _whys(seen: Shown | Down, defaults: Defaults, known: Sources) -> dict[str, Why]:
    if isinstance(seen, Down):
        return {}
    last = newest(known.events)
    return {
        row.topic.id: why(row, defaults, last, seen.waiting) for row in seen.preferences
    }


def _sent(
    messages: list[Message] | None,
    templates: Mapping[str, Template],
    seen: Shown | Down,
    known: Sources,
) -> tuple[Sent, ...] | None:
    """Each with its topic as it stood when Courier took the message."""
    if messages is None:
        return None
    events: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(known.events, key=lambda e: e.at):
        events[event.topic_id].append(event)
    return tuple(
        _matched(message, templates.get(message.template_id), seen, events)
        for message in messages
    )


def _matched(
    message: Message,
    template: Template | None,
    seen: Shown | Down,
    events: Mapping[str, list[Event]],
) -> Sent:
    topic_id = template.topic_id if template else None
    now = None
    if topic_id and isinstance(seen, Shown):
        now = seen.preferences.find(topic_id)
    if now and topic_id:
        then = stood(now.standing, events.get(topic_id, []), message.at)
        now = replace(now, standing=then)
    name = (template.name if template else "") or message.template_id
    return Sent(message, verdict(message), name, now)
