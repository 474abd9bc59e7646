"""What a person may ask for by law: a copy of what we hold of them, and its erasure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.desk.picture import Picture, Pictures
from app.desk.watching import Watching
from app.ledger.errors import LedgerDown
from app.ledger.evidence import Evidence
from app.ledger.trail import Trail
from app.outcome import Shown
from app.preferences.choice import Choice
from app.preferences.model import Preference, Recipient
from app.preferences.rules import Reset
from app.preferences.staff import Agent, Entry, Kind

Json = Mapping[str, Any]
MOST = 10_000
"""Entries of the trail about one person that are told."""


class Data:
    """`revoke_all` takes links away, and tells whose. Raises `LedgerDown` only."""

    def __init__(
        self,
        evidence: Evidence,
        trail: Trail,
        pictures: Pictures,
        watching: Watching,
        revoke_all: Callable[[Iterable[str]], list[str]],
    ) -> None:
        self._evidence = evidence
        self._trail = trail
        self._pictures = pictures
        self._watching = watching
        self._revoke_all = revoke_all

    def export(self, agent: Agent, recipient: Recipient, reason: str) -> Json:
        """Of the user in every tenant; how they stand is that of this one.

        What Courier does not say just now is null.
        """
        self._watching.note(agent, Kind.EXPORTED_DATA, recipient, reason=reason)
        picture = self._pictures.of(recipient)
        return {
            "user_id": recipient.user_id,
            "tenant_id": recipient.tenant_id,
            "profile": asdict(picture.profile) if picture.profile else None,
            "tenants": _tenants(picture),
            "preferences": _standings(picture),
            "choices": [
                _choice(c) for c in self._evidence.choices_of(recipient.user_id)
            ],
            "messages": _messages(picture),
            "handled_by_support": [
                _entry(e) for e in self._trail.of(recipient.user_id, MOST)
            ],
        }

    def erase(self, agent: Agent, recipient: Recipient, reason: str) -> tuple[int, int]:
        """How many choices went, and how many go once they are at Courier.

        The links that were made until now end with it: what was asked by one of them
        is not known any more. The reason is kept, and must not name anybody.
        """
        if not self._revoke_all([recipient.user_id]):
            raise LedgerDown("the links of whom to erase cannot be revoked")
        erased = self._evidence.erase(recipient.user_id)
        kind, detail = Kind.ERASED_DATA, str(erased[0])
        self._trail.note(Entry(kind, agent.actor, reason=reason or None, detail=detail))
        return erased


def _tenants(picture: Picture) -> list[str] | None:
    if picture.places is None:
        return None
    return [p.recipient.tenant_id for p in picture.places if p.recipient.tenant_id]


def _standings(picture: Picture) -> list[Json] | None:
    if not isinstance(picture.shown, Shown):
        return None
    return [_standing(row) for row in picture.shown.preferences]


def _standing(row: Preference) -> Json:
    return {
        "topic_id": row.topic.id,
        "topic": row.topic.name,
        "is_on": row.is_on,
        "is_required": row.is_locked,
        "channels": list(row.ticked),
        "schedule_id": row.schedule_id,
    }


def _choice(choice: Choice) -> Json:
    draft, trace = choice.draft, choice.trace
    after = choice.after
    return {
        "reference": choice.reference,
        "at": _moment(choice.at),
        "tenant_id": choice.recipient.tenant_id,
        "topic_id": draft.topic_id,
        "topic": draft.topic_name,
        "status": None if isinstance(draft.act, Reset) else after.status.value,
        "channels": list(after.routing.channels) if after.routing.is_custom else None,
        "door": trace.door.value,
        "by": trace.actor,
        "reason": trace.reason,
        "state": choice.state.value,
    }


def _messages(picture: Picture) -> list[Json] | None:
    if picture.sent is None:
        return None
    return [
        {
            "id": sent.message.id,
            "at": _moment(sent.message.at),
            "notification": sent.name,
            "status": sent.message.status,
            "reason": sent.message.reason,
        }
        for sent in picture.sent
    ]


def _entry(entry: Entry) -> Json:
    return {
        "at": _moment(entry.at),
        "what": entry.kind.value,
        "by": entry.actor,
        "tenant_id": entry.recipient.tenant_id if entry.recipient else None,
        "topic_id": entry.topic_id,
        "reason": entry.reason,
        "legal_basis": entry.basis,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
