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
    """The label is for the preference page alone; unsubscribing shows none."""

    def __init__(self, access: Access) -> None:
        self._mint = access.links.mint
        self._address = access.address

    def fits(self, recipient: Recipient, label: str | None, subject: Subject) -> None:
        """`ValueError` for what is too long for either link."""
        self._mint(Scope.PREFERENCES, recipient, label)
        self._mint(Scope.UNSUBSCRIBE, recipient, None, subject)

    def links(self, wanted: LinkRequest) -> dict[str, Any]:
        """As `models.Links` describes it."""
        recipient = wanted.recipient
        page = self._mint(Scope.PREFERENCES, recipient, wanted.label)
        leave = self._mint(Scope.UNSUBSCRIBE, recipient, None, wanted.subject)
        unsubscribe_url = self._address(Scope.UNSUBSCRIBE, leave)
        return {
            "user_id": wanted.user_id,
            "tenant_id": wanted.tenant_id,
            "preferences_url": self._address(Scope.PREFERENCES, page),
            "unsubscribe_url": unsubscribe_url,
            "headers": {
                "List-Unsubscribe": f"<{unsubscribe_url}>",
                "List-Unsubscribe-Post": ONE_CLICK,
            },
        }
