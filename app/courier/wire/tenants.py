"""A tenant: whose it is, and what it sets for its users."""

from app.courier.wire import shapes
from app.courier.wire.reading import read, routing
from app.preferences.model import Default, Tenant

LONGEST_NAME = 120
"""Characters of a tenant's name that a page has room for."""


def tenant(body: bytes) -> Tenant:
    """One level: what this tenant sets itself."""
    answer = read(shapes.Tenant, body)
    name = answer.name.strip()[:LONGEST_NAME]
    lines = answer.default_preferences.items if answer.default_preferences else None
    return Tenant(
        name,
        answer.parent_tenant_id,
        answer.brand_id,
        {line.id: _default(line, name) for line in lines or ()},
    )


def memberships(body: bytes) -> tuple[tuple[str, ...], str | None]:
    """The tenants' ids of one page, and the cursor of the next if there is one."""
    answer = read(shapes.Memberships, body)
    ids = tuple(item.tenant_id for item in answer.items or ())
    return ids, answer.cursor if answer.has_more else None


def _default(line: shapes.TenantDefault, name: str) -> Default:
    is_silent = line.has_custom_routing is None
    routed = routing(line.has_custom_routing, line.custom_routing)
    return Default(line.status, None if is_silent else routed, name)
