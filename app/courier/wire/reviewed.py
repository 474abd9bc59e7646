"""The shapes of what a lint reads, which no page needs.

Times and `topic_data` are taken as they come: what cannot be read in them is a
finding, or a thing that cannot be checked, and no reason to read nothing.
"""

from typing import Any

from app.courier.wire.shapes import Answer, ChannelName, Digest, Id, Paging
from app.preferences.model import Status


class ReviewedTopic(Answer):
    id: Id
    name: str
    default_status: Status
    description: str | None = None
    topic_data: dict[str, Any] | None = None
    digest: Digest | None = None
    include_unsubscribe_header: bool | None = None
    created: Any = None
    updated: Any = None


class ReviewedSection(Answer):
    id: Id
    name: str
    has_custom_routing: bool
    routing_options: list[ChannelName]
    topics: list[ReviewedTopic]
    description: str | None = None
    created: Any = None
    updated: Any = None


class ReviewedList(Answer):
    results: list[ReviewedSection]


class AuditEvent(Answer):
    type: str
    timestamp: Any = None


class AuditEvents(Answer):
    results: list[AuditEvent]
    paging: Paging = Paging()
