"""The tenants of one user, for a link that opens all of them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from app.extras import Extras
from app.preferences.model import Recipient
from app.workspace import Workspace

AT_ONCE = 8
"""Questions to Courier at the same time."""


class NotKnown(Exception):
    """Courier does not say just now which tenants a user has."""


@dataclass(frozen=True, slots=True)
class Place:
    """The user's preferences in one tenant, or outside of any; and what it is called.

    Without a name it is outside of any tenant.
    """

    recipient: Recipient
    name: str


class Tenants:
    """`ids` gives the ids of a user's tenants by user id."""

    def __init__(self, workspace: Workspace, ids: Extras[str, tuple[str, ...]]) -> None:
        self._workspace = workspace
        self._ids = ids

    def name(self, recipient: Recipient) -> str:
        """What the recipient's tenant is called; nothing where nobody knows."""
        return self._workspace.known_tenant(recipient).name

    def within(self, home: Recipient, tenant_id: str) -> Recipient | None:
        """The same user in another tenant of theirs; None where it is not theirs.

        Raises `NotKnown`.
        """
        if tenant_id in self._known(home):
            return replace(home, tenant_id=tenant_id)
        return None

    def places(self, home: Recipient) -> tuple[Place, ...]:
        """Where the link itself leads, and each tenant of the user. Or `NotKnown`."""
        ids = dict.fromkeys([home.tenant_id, *self._known(home)])
        each = [replace(home, tenant_id=id_) for id_ in ids]
        new = [r for r in each if self._workspace.last_tenant(r) is None]
        if new:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._workspace.known_tenant, new))
        return tuple(map(self._place, each))

    def _place(self, recipient: Recipient) -> Place:
        """By the name that was last known: it need not be today's."""
        last = self._workspace.last_tenant(recipient)
        name = last.name if last else ""
        return Place(recipient, name or recipient.tenant_id or "")

    def _known(self, home: Recipient) -> Sequence[str]:
        ids = self._ids.get(home.user_id)
        if ids is None:
            raise NotKnown
        return ids
