"""The shapes of Courier's answers, field by field, as `wire` reads them.

Exact types, because a 200 can be wrong; a field that Courier adds later is no fault.
"""

from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from app.preferences.model import Status

Id = Annotated[str, Field(min_length=1)]
ChannelName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]


def _or_nothing(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value)
    except ValidationError:
        return None


AtBest = WrapValidator(_or_nothing)
"""Of what a page can do without: of the wrong type counts as not given."""

TextAtBest = Annotated[str | None, AtBest]


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


class BrandColors(Answer):
    primary: TextAtBest = None


class BrandLogo(Answer):
    image: TextAtBest = None
    href: TextAtBest = None


class BrandHeader(Answer):
    logo: Annotated[BrandLogo | None, AtBest] = None


class BrandPlace(Answer):
    url: TextAtBest = None


class BrandFooter(Answer):
    social: Annotated[
        dict[str, Annotated[BrandPlace | None, AtBest]] | None, AtBest
    ] = None


class BrandEmail(Answer):
    header: Annotated[BrandHeader | None, AtBest] = None
    footer: Annotated[BrandFooter | None, AtBest] = None


class BrandInApp(Answer):
    colors: Annotated[BrandColors | None, AtBest] = None


class BrandSettings(Answer):
    colors: Annotated[BrandColors | None, AtBest] = None
    email: Annotated[BrandEmail | None, AtBest] = None
    inapp: Annotated[BrandInApp | None, AtBest] = None


class Brand(Answer):
    id: Id
    name: TextAtBest = None
    settings: Annotated[BrandSettings | None, AtBest] = None


class OwnProfile(Answer):
    profile: dict[str, Any]


class Membership(Answer):
    tenant_id: Id


class Memberships(Answer):
    items: list[Membership] | None = None
    has_more: bool = False
    cursor: str | None = None


class SentMessage(Answer):
    id: Id
    recipient: str
    status: str
    enqueued: int
    notification: TextAtBest = None
    reason: TextAtBest = None
    error: TextAtBest = None
    sent: Annotated[int | None, AtBest] = None
    delivered: Annotated[int | None, AtBest] = None
    opened: Annotated[int | None, AtBest] = None
    clicked: Annotated[int | None, AtBest] = None


class SentMessages(Answer):
    results: list[SentMessage]
    paging: Paging = Paging()


class TemplateLine(Answer):
    """Of either kind: a legacy one has a title, a newer one a name."""

    id: Id
    name: TextAtBest = None
    title: TextAtBest = None
    topic_id: TextAtBest = None
    subscription_topic_id: TextAtBest = None


class TemplateLines(Answer):
    results: list[TemplateLine]
    paging: Paging = Paging()


class TenantUser(Answer):
    user_id: Id
    profile: Annotated[dict[str, Any] | None, AtBest] = None


class TenantUsers(Answer):
    items: list[TenantUser] | None = None
    has_more: bool = False
    cursor: str | None = None


class TenantLine(Answer):
    id: Id
    name: TextAtBest = None


class TenantLines(Answer):
    items: list[TenantLine]
    has_more: bool = False
    cursor: str | None = None
