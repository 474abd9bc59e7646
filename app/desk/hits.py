"""Whom a look-up found: each recipient once, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.preferences.model import Recipient
from app.preferences.subject import Subject

MOST_HITS = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody it may be, and why. `subject` is what an unsubscribe link is about.

    `name` is masked, and empty where finding them told none.
    """

    recipient: Recipient
    why: str
    subject: Subject | None = None
    name: str = ""


def once(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Each recipient once, users in order; none before their tenants.

    Of several hits for one, the first tells why; what it lacks comes from the others.
    """
    found: dict[Recipient, Hit] = {}
    for hit in hits:
        first = found.setdefault(hit.recipient, hit)
        merged = replace(
            first, subject=first.subject or hit.subject, name=first.name or hit.name
        )
        found[hit.recipient] = merged
    users = list(dict.fromkeys(recipient.user_id for recipient in found))
    order = {user_id: place for place, user_id in enumerate(users)}
    by_user = sorted(
        found.values(),
        key=lambda h: (order[h.recipient.user_id], h.recipient.tenant_id or ""),
    )
    return tuple(by_user[:MOST_HITS])
