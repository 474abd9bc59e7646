"""Makes the links of one recipient, and the two headers for an e-mail."""

from typing import Any

from app.access import Access
from app.links import Scope
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.web.api.models import LinkRequest

ONE_CLICK = "List-Unsubscribe=One-Click"
"""The one value that RFC 8058 knows."""


class Minting:
    """The label is for the pages with all preferences; unsubscribing shows none."""

    def __init__(self, access: Access) -> None:
        self._mint = access.links.mint
        self._address = access.address

    def fits(
        self,
        recipient: Recipient,
        label: str | None,
        subject: Subject,
        has_all_tenants: bool,
    ) -> None:
        """`ValueError` for what is too long for any of the links."""
        self._mint(Scope.PREFERENCES, recipient, label, has_all_tenants=has_all_tenants)
        self._mint(Scope.UNSUBSCRIBE, recipient, None, subject)

    def links(self, wanted: LinkRequest) -> dict[str, Any]:
        """As `models.Links` describes it."""
        leave = self._mint(Scope.UNSUBSCRIBE, wanted.recipient, None, wanted.subject)
        unsubscribe_url = self._address(Scope.UNSUBSCRIBE, leave)
        return {
            "user_id": wanted.user_id,
            "tenant_id": wanted.tenant_id,
            "preferences_url": self._opening(Scope.PREFERENCES, wanted),
            "unsubscribe_url": unsubscribe_url,
            "headers": {
                "List-Unsubscribe": f"<{unsubscribe_url}>",
                "List-Unsubscribe-Post": ONE_CLICK,
            },
            **self._embedding(wanted),
        }

    def _opening(self, scope: Scope, wanted: LinkRequest) -> str:
        """The address of a link that opens the preferences."""
        token = self._mint(
            scope, wanted.recipient, wanted.label, has_all_tenants=wanted.all_tenants
        )
        return self._address(scope, token)

    def _embedding(self, wanted: LinkRequest) -> dict[str, str]:
        """Only where it was asked for, because it is worth nothing in a mail."""
        if not wanted.with_embed:
            return {}
        return {"embed_url": self._opening(Scope.EMBED, wanted)}
