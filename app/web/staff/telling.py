"""What the recipient's page at the desk prints, as finished values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.consent import ACTOR as RECIPIENT
from app.desk.acting import DESK, UNDONE
from app.desk.picture import Picture, Sent
from app.history import Told, ToldDeed
from app.outcome import Shown
from app.preferences.choice import Choice, Door, State
from app.preferences.message import ARRIVED, UNDERWAY, Verdict
from app.preferences.model import Group, Preference
from app.preferences.person import (
    Profile,
    masked_email,
    masked_name,
    masked_phone,
)
from app.preferences.staff import Entry, Kind, Right
from app.preferences.why import Cause, Why
from app.web.pages import forms, historywords, moments
from app.web.pages.faces import anchor
from app.web.pages.rows import Row, row
from app.web.pages.words import Note
from app.web.staff import words
from app.web.staff.messagewords import SAYS
from app.web.staff.seat import Seat, desk, recipient_url

GOOD = ARRIVED | UNDERWAY
"""What became of a message that came, or still comes."""

UNNAMED = frozenset({"", "inline"})
NAMELESS = "A message without a template"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is missing before something is done; `wish` is repeated with it."""

    wish: str
    needs_basis: bool
    reason: str = ""
    words: str = ""
    """What was wished, to be seen while the control stands as it is."""


@dataclass(frozen=True, slots=True)
class Line:
    """One topic: its row, why it stands so, and what is missing of an act."""

    row: Row
    why: str
    is_waiting: bool = False
    ask: Ask | None = None


Noted = tuple[Note | None, Ask | None]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `undo` is an address, empty where nothing can be."""

    at: float
    when: str
    lines: tuple[str, ...]
    about: str
    is_waiting: bool = False
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    when: str
    name: str
    topic: str
    status: str
    says: str
    stood: str
    is_good: bool


def line(
    seat: Seat, preference: Preference, cause: Why | None, noted: Noted, state: str
) -> Line:
    """`state` is how it stands, sealed; see `forms.seal`."""
    note, ask = noted
    is_waiting = cause is not None and cause.cause is Cause.WAITING
    told = words.why(cause) if cause else ""
    shown = replace(row(seat, preference, note, state=state), is_explained=True)
    return Line(shown, told, is_waiting, ask)


def groups(
    seat: Seat, picture: Picture, notes: Mapping[str, Noted]
) -> list[tuple[Group, list[Line]]]:
    """Each section with its lines; `notes` by a topic's anchor."""
    shown = picture.shown
    if not isinstance(shown, Shown):
        return []

    asked = {e.topic_id: e for e in reversed(picture.entries) if _is_open(e, picture)}

    def told(preference: Preference) -> Line:
        topic_id = preference.topic.id
        state = forms.seal(
            seat,
            preference,
            is_certain=shown.seen_at is None,
            is_quiet=shown.is_quiet(topic_id),
        )
        noted = notes.get(anchor(topic_id), (None, None))
        found = line(seat, preference, picture.whys.get(topic_id), noted, state)
        if topic_id not in asked:
            return found
        return replace(found, why=f"{found.why} {words.asked(asked[topic_id])}")

    return [
        (group, [told(p) for p in group.preferences])
        for group in shown.preferences.groups
    ]


def timeline(seat: Seat, picture: Picture, now: float) -> list[Happening]:
    """What changed and what staff did about it, newest first; looks are apart."""
    past = [_deed(seat, deed, picture.makers, now) for deed in picture.past.deeds]
    acts = [_entry(e, picture) for e in picture.entries if e.kind not in words.LOOKS]
    return sorted([*past, *acts], key=lambda h: h.at, reverse=True)


def looks(picture: Picture) -> list[Happening]:
    """Who only looked, newest first."""
    return [
        Happening(e.at, moments.in_words(e.at), (words.entry(e),), f"By {e.actor}.")
        for e in picture.entries
        if e.kind in words.LOOKS
    ]


def messages(picture: Picture) -> list[Message]:
    return [_message(sent) for sent in picture.sent or ()]


def _deed(
    seat: Seat, told: ToldDeed, marks: Mapping[str, str], now: float
) -> Happening:
    event = told.events[0].event
    lines = tuple(_sentence(one) for one in told.events)
    when = moments.in_words(told.deed.at)
    if not isinstance(event, Choice):
        return Happening(told.deed.at, when, lines, words.ELSEWHERE)
    trace = event.trace
    is_ours = trace.link == DESK and trace.door is Door.STAFF
    is_ours = is_ours and event.at > now - UNDONE
    may_undo = is_ours and told.deed.is_last and seat.agent.may(Right.ACT)
    reason = trace.reason if trace.reason != words.ANSWERED else None
    because = f" Reason: {reason}." if reason else ""
    return Happening(
        told.deed.at,
        when,
        lines,
        words.door(event, dict(marks)) + because,
        event.state is State.PENDING,
        seat.undo_url(event.reference) if may_undo else "",
    )


def _sentence(told: Told) -> str:
    became = words.became(told.event) if isinstance(told.event, Choice) else ""
    return f"{historywords.sentence(told)} {became}".strip()


def _entry(entry: Entry, picture: Picture) -> Happening:
    """What was asked waits until the recipient has answered."""
    is_open = _is_open(entry, picture)
    waits = ("Nothing is changed until they answer.",) if is_open else ()
    topic = f" About: {_topic(picture, entry.topic_id)}." if entry.topic_id else ""
    lines = (words.entry(entry) + topic, *waits)
    by = "By the recipient." if entry.actor == RECIPIENT else f"By {entry.actor}."
    when = moments.in_words(entry.at)
    return Happening(entry.at, when, lines, by, is_waiting=is_open)


def _is_open(entry: Entry, picture: Picture) -> bool:
    """Whether it asked the recipient something that they have not answered."""
    if entry.kind is not Kind.ASKED or entry.recipient != picture.recipient:
        return False
    answers = (Kind.CONFIRMED, Kind.DECLINED)
    over = {e.detail for e in picture.entries if e.kind in answers}
    over |= {e.reference for e in picture.entries if e.kind is Kind.FAILED}
    return str(entry.id) not in over


def _topic(picture: Picture, topic_id: str) -> str:
    shown = picture.shown
    found = shown.preferences.find(topic_id) if isinstance(shown, Shown) else None
    return found.topic.name if found else topic_id


def _message(sent: Sent) -> Message:
    topic, stood = sent.topic, ""
    if topic and sent.verdict is not Verdict.FILTERED_BY_CHOICE:
        stood = "It was on then." if topic.is_on else "It was off then."
    return Message(
        when=moments.in_words(sent.message.at),
        name=NAMELESS if sent.name in UNNAMED else sent.name,
        topic=topic.topic.name if topic else "",
        status=sent.message.status,
        says=SAYS[sent.verdict],
        stood=stood,
        is_good=sent.verdict in GOOD,
    )


def profile(found: Profile | None, *, is_revealed: bool) -> list[tuple[str, str]]:
    """Names and values; masked until somebody has asked for all of it."""
    if found is None:
        return []
    told = [
        ("Name", found.name, masked_name),
        ("Email", found.email, masked_email),
        ("Phone", found.phone_number, masked_phone),
    ]
    pairs = [(name, v if is_revealed else mask(v)) for name, v, mask in told if v]
    if found.locale:
        pairs.append(("Language", found.locale))
    more = sorted(found.more.items()) if is_revealed else ()
    return [*pairs, *((_named(name), value) for name, value in more)]


def _named(field: str) -> str:
    """`given_name` as words."""
    return field.replace("_", " ").capitalize()


def places(picture: Picture) -> list[tuple[str, str]] | None:
    """The user outside of any tenant and in each: a name and an address, which is
    empty for the one that is shown."""
    if picture.places is None:
        return None
    return [
        (
            place.name or "Outside of any tenant",
            ""
            if place.recipient == picture.recipient
            else recipient_url(place.recipient),
        )
        for place in picture.places
    ]


def news(seat: Seat, choice: int, entry: int) -> list[str]:
    """What others have done since these numbers, newest first; looks are no news."""
    choices, entries = desk().pictures.since(seat.recipient, choice, entry)
    own = seat.agent.actor
    told = [
        (c.at, f"{words.changed(c)} {words.event(c)}.")
        for c in choices
        if c.trace.actor != own
    ]
    told += [
        (e.at, f"{words.entry(e)} By {e.actor}.")
        for e in entries
        if e.actor != own and e.kind not in words.LOOKS
    ]
    return [text for _, text in sorted(told, reverse=True)]
