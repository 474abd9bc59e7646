"""Courier's field names: only this package knows them.

Every answer is checked field by field, because a 200 can be wrong; a field that
Courier adds later is no fault. The bodies of requests are built here as well.
"""

from app.courier.wire.brands import brand
from app.courier.wire.catalog import catalog
from app.courier.wire.choices import (
    BULK_LIMIT,
    accepted,
    bulk_body,
    bulk_confirmed,
    change_body,
    log,
    replaced,
    saved_list,
    saved_one,
)
from app.courier.wire.messages import letter_body, sent
from app.courier.wire.people import (
    members,
    messages,
    profile,
    templates,
    tenant_list,
)
from app.courier.wire.profiles import locale
from app.courier.wire.reading import error_reason, nothing
from app.courier.wire.review import published, review
from app.courier.wire.tenants import memberships, tenant

__all__ = [
    "BULK_LIMIT",
    "accepted",
    "brand",
    "bulk_body",
    "bulk_confirmed",
    "catalog",
    "change_body",
    "error_reason",
    "letter_body",
    "locale",
    "log",
    "members",
    "memberships",
    "messages",
    "nothing",
    "profile",
    "published",
    "replaced",
    "review",
    "saved_list",
    "saved_one",
    "sent",
    "templates",
    "tenant",
    "tenant_list",
]
