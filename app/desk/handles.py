"""What stands for a recipient in an address of the desk.

Encrypted, so that neither a log nor a browser's history tells whose page it was, and
nobody goes from one user to the next by counting. It opens nothing by itself: whoever
comes with it must have signed in.
"""

from app import errand
from app.preferences.model import Recipient
from app.signing import LinkInvalid, Signing

PURPOSE = "staff recipient"


class Handles:
    def __init__(self, signing: Signing) -> None:
        self._signing = signing

    def of(self, recipient: Recipient) -> str:
        named = [recipient.user_id, recipient.tenant_id or ""]
        return self._signing.encrypt(PURPOSE, named)

    def read(self, handle: str) -> Recipient:
        """`LinkInvalid` for anything that we did not make."""
        match self._signing.decrypt(PURPOSE, handle)[0]:
            case [str(user_id), str(tenant_id)]:
                errand.hide(user_id)
                return Recipient(user_id, tenant_id or None)
        raise LinkInvalid

    def seal(self, purpose: str, value: object) -> str:
        """Signs JSON that a page of the desk hands back, for one purpose only."""
        return self._signing.sign(f"staff {purpose}", value)

    def unseal(self, purpose: str, text: str, max_age: int | None = None) -> object:
        """The sealed JSON; `max_age` in seconds; `LinkInvalid` for all else."""
        return self._signing.read(f"staff {purpose}", text, max_age)[0]
