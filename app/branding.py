"""Which brand a page has: the tenant's, else the default one, else the settings' own.

A page never fails for its brand and never waits for it twice; see `app.extras`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.extras import Extras
from app.preferences.brand import Brand
from app.preferences.model import Recipient


@dataclass(frozen=True)
class Branding:
    """`own` is the settings' brand; `default_id` the one at Courier, or empty."""

    brands: Extras[str, Brand | None]
    own: Brand
    default_id: str
    tenant_brand_id: Callable[[Recipient], str | None]

    def of(self, recipient: Recipient | None) -> Brand:
        """A tenant's brand stands for itself; the settings fill what others lack."""
        tenants = self._of_tenant(recipient)
        if tenants:
            return tenants if tenants.name else tenants.named(self.own.name)
        default = self.brands.get(self.default_id) if self.default_id else None
        return default.named(self.own.name).or_else(self.own) if default else self.own

    def _of_tenant(self, recipient: Recipient | None) -> Brand | None:
        """None also where it is the default one, which goes by the product's name."""
        if recipient is None or recipient.tenant_id is None:
            return None
        id_ = self.tenant_brand_id(recipient)
        return self.brands.get(id_) if id_ and id_ != self.default_id else None
