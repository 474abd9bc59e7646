"""Whose pages may embed ours, and where ours may lead back to.

Origins come from the settings, for everybody or for one tenant: `https://a.example`,
`https://*.b.example`, `tenant=https://c.example`. Nothing else is ever believed.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, current_app

LONGEST = 1000
"""Characters of an address that is led back to."""

ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?([/?#].*)?", re.IGNORECASE)
"""An address that every browser reads alike: no user, no escapes in its host."""

NEVER = re.compile(r"[^!-~]|[\\\"<>^`{|}]")
USUAL_PORT = {"http": ":80", "https": ":443"}

Origins = tuple[str, ...]


class Hosts:
    def __init__(self, frames: Iterable[str], returns: Iterable[str]) -> None:
        self._frames = tuple(map(_split, frames))
        self._returns = tuple(map(_split, returns))

    def framing(self, tenant_id: str | None) -> Origins:
        """Who may embed the pages of a recipient in this tenant."""
        return tuple(o for tenant, o in self._frames if tenant in ("", tenant_id))

    def may_return(self, address: str, tenant_id: str | None) -> bool:
        """Whether an address belongs to one of the origins."""
        origin = origin_of(address)
        known = (*self._frames, *self._returns)
        return origin is not None and any(
            _covers(allowed, origin)
            for tenant, allowed in known
            if tenant in ("", tenant_id)
        )


def init_app(app: Flask, frames: Iterable[str], returns: Iterable[str]) -> None:
    app.extensions["hosts"] = Hosts(frames, returns)


def hosts() -> Hosts:
    found: Hosts = current_app.extensions["hosts"]
    return found


def origin_of(address: str) -> str | None:
    """Of a plain http address; None for all else, however a browser would read it."""
    if len(address) > LONGEST or NEVER.search(address):
        return None
    return _origin(address) if ADDRESS.fullmatch(address) else None


def _origin(address: str) -> str:
    """As browsers write it: in lower case, and without the usual port."""
    parts = urlsplit(address)
    place = parts.netloc.lower().removesuffix(USUAL_PORT.get(parts.scheme, ""))
    return f"{parts.scheme}://{place}"


def _covers(allowed: str, origin: str) -> bool:
    begin, star, rest = allowed.partition("://*.")
    if not star:
        return origin == allowed
    scheme, _, place = origin.partition("://")
    return scheme == begin and place.endswith(f".{rest}")


def _split(host: str) -> tuple[str, str]:
    """The tenant, empty for everybody, and the origin."""
    tenant, _, origin = host.rpartition("=")
    return tenant, _origin(origin)
