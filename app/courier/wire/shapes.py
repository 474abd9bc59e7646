"""The shapes of Courier's answers, field by field, as `wire` reads them.

Exact types, because a 200 can be wrong; a field that Courier adds later is no fault.
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.preferences.model import Status

Id = Annotated[str, Field(min_length=1)]
ChannelName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]


class Answer(BaseModel):
    """What every shape has in common: exact types, and patience with new fields."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Paging(Answer):
    more: bool = False
    cursor: str | None = None


class TopicPreference(Answer):
    topic_id: Id
    topic_name: str
    status: Status
    default_status: Status
    has_custom_routing: bool | None = None
    custom_routing: list[ChannelName] | None = None
    digest_schedule_id: str | None = None
    section_name: str | None = None


class PreferenceList(Answer):
    items: list[TopicPreference]
    paging: Paging = Paging()


class OnePreference(Answer):
    topic: TopicPreference


class LogValue(Answer):
    status: Status
    has_custom_routing: bool
    custom_routing: list[ChannelName]


class LogEntry(LogValue):
    id: Id
    user_id: Id
    topic_id: Id
    topic_name: str
    timestamp: AwareDatetime
    previous: LogValue | None = None
    tenant_id: str | None = None


class Log(Answer):
    items: list[LogEntry]
    paging: Paging = Paging()


class Message(Answer):
    message: str


class Sent(Answer):
    requestId: str  # noqa: N815  as Courier has it


class BulkError(Answer):
    topic_id: str
    reason: str = ""


class BulkItem(Answer):
    topic_id: str


class BulkAnswer(Answer):
    items: list[BulkItem]
    errors: list[BulkError]


class ReplaceAnswer(Answer):
    items: list[dict[str, Any]]
    deleted: list[str]


class DigestSchedule(Answer):
    schedule_id: Id
    frequency: str | None = None
    time: str | None = None
    timezone: str | None = None
    day_of_week: str | None = None
    days_of_week: list[str] | None = None
    day_of_month: int | None = None
    is_default: bool | None = None
    disabled: bool | None = None


class Digest(Answer):
    schedules: list[DigestSchedule]


class CatalogTopic(Answer):
    id: Id
    name: str
    default_status: Status
    description: str | None = None
    topic_data: dict[str, Any] | None = None
    digest: Digest | None = None


class CatalogSection(Answer):
    id: Id
    name: str
    has_custom_routing: bool
    routing_options: list[ChannelName]
    topics: list[CatalogTopic]
    description: str | None = None


class SectionList(Answer):
    results: list[CatalogSection]


class TenantDefault(Answer):
    id: Id
    status: Status
    has_custom_routing: bool | None = None
    custom_routing: list[ChannelName] | None = None


class TenantDefaults(Answer):
    items: list[TenantDefault] | None = None


class Tenant(Answer):
    id: Id
    name: str
    brand_id: str | None = None
    parent_tenant_id: str | None = None
    default_preferences: TenantDefaults | None = None
