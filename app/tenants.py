"""The tenants of one user, for a link that opens all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.errand import Hands
from app.extras import Extras
from app.preferences.model import Recipient, Tenant
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
    """`ids` gives the ids of a user's tenants, `known` a tenant by its id."""

    def __init__(
        self,
        workspace: Workspace,
        ids: Extras[str, tuple[str, ...]],
        known: Extras[str, Tenant],
    ) -> None:
        self._workspace = workspace
        self._ids = ids
        self._known_tenants = known

    def name(self, recipient: Recipient) -> str:
        """What the recipient's tenant was called last; nothing where nobody knows."""
        last = self._workspace.last_tenant(recipient)
        return last.name if last else ""

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
        new = [r.tenant_id for r in each if not self._workspace.last_tenant(r)]
        if new:
            with Hands(AT_ONCE) as pool:
                list(pool.map(self._known_tenants.get, filter(None, new)))
        return tuple(Place(r, self.name(r) or r.tenant_id or "") for r in each)

    def _known(self, home: Recipient) -> Sequence[str]:
        ids = self._ids.get(home.user_id)
        if ids is None:
            raise NotKnown
        return ids
