"""What the tests ask of a recipient, and links of every scope."""

from dataclasses import replace

from app.links import Links, Scope
from app.preferences.asking import Asking
from app.preferences.model import Recipient, Standing, Status

OFF = Standing(Status.OPTED_OUT, Status.OPTED_IN)
NEWS = Asking("T1", "Product news", "The customer asked for it in writing", 7, OFF)


def minted(links: Links, scope: Scope, recipient: Recipient, **asked: object) -> str:
    """A token of any scope; one to confirm asks about product news."""
    if scope is not Scope.CONFIRM:
        return links.mint(scope, recipient)
    asking = replace(NEWS, **asked)  # type: ignore[arg-type]
    return links.mint(scope, recipient, asking=asking)
