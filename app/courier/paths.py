"""Where things are at Courier. Every id becomes exactly one path segment."""

from urllib.parse import quote, urlencode

from app.courier.errors import Refused
from app.preferences.model import Recipient

SECTIONS = "/preferences/sections"
LOGS = "/preferences/logs"
AUDIT_EVENTS = "/audit-events"
SEND = "/send"
MESSAGES = "/messages"
TEMPLATES = "/notifications"
TENANTS = "/tenants"


def segment(id_: str) -> str:
    """What a path would swallow (nothing, one dot, two dots) is refused unsent."""
    if id_ in ("", ".", ".."):
        raise Refused(400, f"{id_!r} cannot be an id")
    try:
        return quote(id_, safe="@+:!$&'()*,;=")
    except UnicodeEncodeError:
        raise Refused(400, "an id must be text") from None


def preferences(recipient: Recipient) -> str:
    return f"/users/{segment(recipient.user_id)}/preferences"


def preference(recipient: Recipient, topic_id: str) -> str:
    return f"{preferences(recipient)}/{segment(topic_id)}"


def tenant(tenant_id: str) -> str:
    return f"/tenants/{segment(tenant_id)}"


def brand(brand_id: str) -> str:
    return f"/brands/{segment(brand_id)}"


def tenants(user_id: str) -> str:
    return f"/users/{segment(user_id)}/tenants"


def profile(user_id: str) -> str:
    return f"/profiles/{segment(user_id)}"


def members(tenant_id: str) -> str:
    return f"{tenant(tenant_id)}/users"


def page_query(limit: int, cursor: str | None) -> str:
    """The query of a list that is read page by page."""
    return urlencode({"limit": limit, **({"cursor": cursor} if cursor else {})})


def query(recipient: Recipient, cursor: str | None = None) -> str:
    """The query of everything under a user's preferences."""
    pairs = {"tenant_id": recipient.tenant_id, "cursor": cursor}
    return urlencode({name: value for name, value in pairs.items() if value})


def logs_query(
    recipient: Recipient, since: str | None, limit: int, cursor: str | None
) -> str:
    """The query of the log, where the recipient is no part of the path."""
    pairs = {
        "user_id": recipient.user_id,
        "tenant_id": recipient.tenant_id,
        "since": since,
        "limit": limit,
        "cursor": cursor,
    }
    return urlencode({name: value for name, value in pairs.items() if value})


def messages_query(recipient: Recipient, cursor: str | None) -> str:
    """The query of messages, where the recipient is no part of the path either."""
    try:
        return urlencode({"recipient": recipient.user_id}) + _more(recipient, cursor)
    except UnicodeEncodeError:
        raise Refused(400, "an id must be text") from None


def _more(recipient: Recipient, cursor: str | None) -> str:
    more = query(recipient, cursor)
    return f"&{more}" if more else ""


def cursor_query(cursor: str | None) -> str:
    """The query of a list that takes nothing but its own cursor."""
    return urlencode({"cursor": cursor}) if cursor else ""
