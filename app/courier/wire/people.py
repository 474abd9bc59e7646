"""What support asks about people: their messages and profiles, who is in a tenant."""

from collections.abc import Mapping

from app.courier.wire import shapes
from app.courier.wire.reading import read
from app.preferences.message import Message, Template
from app.preferences.person import Member, Profile

Cursor = str | None

KNOWN = ("name", "email", "phone_number", "locale")
MOST_FIELDS = 50
LONGEST_TEXT = 500
"""Of a profile's other fields; whoever needs more of them looks at Courier's page."""


def messages(body: bytes) -> tuple[list[tuple[str, Message]], Cursor]:
    """Each with whom it is to."""
    answer = read(shapes.SentMessages, body)
    lines = [(line.recipient, _message(line)) for line in answer.results]
    return lines, answer.paging.cursor if answer.paging.more else None


def templates(body: bytes) -> tuple[list[Template], Cursor]:
    answer = read(shapes.TemplateLines, body)
    found = [_template(line) for line in answer.results]
    return found, answer.paging.cursor if answer.paging.more else None


def profile(body: bytes) -> Profile:
    said = {
        name: value[:LONGEST_TEXT]
        for name, value in read(shapes.OwnProfile, body).profile.items()
        if isinstance(value, str) and value
    }
    more = [(name, text) for name, text in said.items() if name not in KNOWN]
    return Profile(
        said.get("name") or _parts(said),
        said.get("email", ""),
        said.get("phone_number", ""),
        said.get("locale", ""),
        dict(more[:MOST_FIELDS]),
    )


def members(body: bytes) -> tuple[list[Member], Cursor]:
    answer = read(shapes.TenantUsers, body)
    found = [_member(line) for line in answer.items or ()]
    return found, answer.cursor if answer.has_more else None


def tenant_list(body: bytes) -> tuple[list[tuple[str, str]], Cursor]:
    """Each id with what it is called."""
    answer = read(shapes.TenantLines, body)
    named = [(line.id, (line.name or "")[:LONGEST_TEXT]) for line in answer.items]
    return named, answer.cursor if answer.has_more else None


def _message(line: shapes.SentMessage) -> Message:
    return Message(
        line.id,
        line.notification or "",
        line.status,
        line.reason,
        line.error,
        line.enqueued / 1000,
        _seconds(line.sent),
        _seconds(line.delivered),
        _seconds(line.opened),
        _seconds(line.clicked),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _template(line: shapes.TemplateLine) -> Template:
    topic_id = line.topic_id or line.subscription_topic_id
    return Template(line.id, line.name or line.title or "", topic_id or None)


def _member(line: shapes.TenantUser) -> Member:
    said = {k: v for k, v in (line.profile or {}).items() if isinstance(v, str)}
    email, number = said.get("email", ""), said.get("phone_number", "")
    return Member(line.user_id, email, number, said.get("name") or _parts(said))


def _parts(said: Mapping[str, str]) -> str:
    """A name that was given in two parts."""
    both = said.get("given_name", ""), said.get("family_name", "")
    return " ".join(filter(None, both))
