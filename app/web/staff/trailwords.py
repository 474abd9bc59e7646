"""What the trail's lines say, as finished values."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.preferences.choice import Door, State
from app.preferences.rules import Effect
from app.preferences.staff import Kind
from app.preferences.subject import Subject, is_unseen
from app.preferences.trail import Line, Source
from app.web.staff import words
from app.web.staff.seat import desk, recipient_url

DOORS: dict[Door, str] = {
    Door.PAGE: "Preferences page",
    Door.EMBED: "In the product",
    Door.UNSUBSCRIBE_PAGE: "Unsubscribe page",
    Door.ONE_CLICK: "One click in a mail program",
    Door.STAFF: "Support desk",
    Door.API: "The product itself",
    Door.UNDO: "Undo",
}

EFFECTS: dict[Effect, str] = {
    Effect.TURNED_ON: "Turned on",
    Effect.TURNED_OFF: "Turned off",
    Effect.CHANNELS_CHANGED: "Changed the channels",
    Effect.SCHEDULE_CHANGED: "Changed how often",
    Effect.RESET: "Put back to the default",
    Effect.RESTORED: "Put back as it was before",
}

DETAILS: dict[Kind | None, str] = {
    Kind.ASKED: "Asked for",
    Kind.READ_TRAIL: "Filter",
    Kind.EXPORTED_TRAIL: "File",
}
"""What the detail of an entry is."""

NO_DETAIL = {Kind.FAILED, Kind.CONFIRMED, Kind.DECLINED}
"""Whose detail is for programs, or told in other words."""

STRANGE = "Something that only a newer version of this program can tell"


@dataclass(frozen=True, slots=True)
class Told:
    """`iso` is the moment for programs; `url` is empty where nobody is named."""

    when: str
    iso: str
    who: str
    what: str
    door: str
    whom: str
    tenant: str
    url: str
    topic: str
    reference: str
    more: tuple[str, ...]


def told(line: Line) -> Told:
    whom, at = line.recipient, datetime.fromtimestamp(line.at, UTC)
    return Told(
        when=f"{at.day} {at:%b %Y %H:%M:%S}",
        iso=at.isoformat(timespec="seconds"),
        who=_who(line),
        what=_what(line),
        door=DOORS[line.door] if line.door else "",
        whom=whom.user_id if whom else "",
        tenant=(whom.tenant_id or "") if whom else "",
        url=recipient_url(whom) if whom else "",
        topic=topic(line),
        reference=line.reference or "",
        more=tuple(_more(line)),
    )


def topic(line: Line) -> str:
    """Its name, or what stands for several topics; else the id."""
    if line.topic_id is None:
        return ""
    if not is_unseen(line.topic_id):
        known = line.topic_name or desk().pictures.topic_name(line.topic_id)
        return known or line.topic_id
    subject = Subject.of_key(line.topic_id)
    named = line.topic_name or subject.topic_id or subject.section_id
    return named or "Everything optional"


def _who(line: Line) -> str:
    if line.actor:
        return line.actor
    who = "the product itself" if line.door is Door.API else "the recipient"
    maker = line.link_made_by
    return f"{who}, with a link that {maker} had made" if maker else who


def _what(line: Line) -> str:
    if line.source is Source.ENTRY:
        return _did(line.kind, line.detail)
    if line.effect is None:
        return STRANGE
    text = EFFECTS.get(line.effect, "Changed")
    has_channels = " by " in line.what
    return f"{text}{line.what[line.what.index(' by ') :]}" if has_channels else text


def _did(kind: Kind | None, detail: str | None) -> str:
    if kind is Kind.FAILED and detail in words.FAILED:
        return words.FAILED[detail]
    return words.KINDS[kind] if kind else STRANGE


def _more(line: Line) -> list[str]:
    """What became of it, and what was said with it."""
    found = []
    match line.state:
        case State.PENDING:
            found.append("Waits for Courier.")
        case State.REFUSED:
            found.append(f"Not accepted: {words.reason(line.error)}.")
        case State.SUPERSEDED:
            found.append("Replaced by a newer choice.")
    found += [f"Reason: {line.reason}"] if line.reason else []
    found += [f"Legal basis: {line.basis}"] if line.basis else []
    if line.detail and line.kind not in NO_DETAIL:
        found.append(f"{DETAILS.get(line.kind, 'Detail')}: {line.detail}")
    return found
