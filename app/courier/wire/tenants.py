"""A tenant: whose it is, and what it sets for its users."""

from app.courier.wire.reading import read, routing
from app.courier.wire.shapes import Tenant
from app.preferences.model import Default


def tenant(body: bytes) -> tuple[str | None, dict[str, Default]]:
    """A tenant's parent, if any, and its own defaults by topic id."""
    answer = read(Tenant, body)
    lines = answer.default_preferences.items if answer.default_preferences else None
    return answer.parent_tenant_id, {
        line.id: Default(
            line.status,
            None
            if line.has_custom_routing is None
            else routing(line.has_custom_routing, line.custom_routing),
        )
        for line in lines or ()
    }
