"""Security headers, as data: one policy per audience.

Nothing inline is allowed: no script, no style, no handler; but for style sheets of
ours that stand in the page itself, by their hash (`app.extensions["styles"]`).
Recipient pages are never framed, never cached, never indexed, and send no Referer,
because their address is the key. What one page needs beyond that, it alone is
allowed: `allow("img-src", "https://logos.example")` while it is made.
"""

import re
from functools import lru_cache

from flask import Flask, Response, g, request

Policy = dict[str, tuple[str, ...]]

PAGE: Policy = {
    "default-src": ("'none'",),
    "style-src": ("'self'",),
    "script-src": ("'self'",),
    "connect-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
}

POLICY = "Content-Security-Policy"
FRAMED = "frame-ancestors"
NONE = "'none'"

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}

FILES = frozenset({"static", "theme"})
OF_FILES = {
    POLICY: "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""A script or a sheet is no page: it needs little, and each byte travels."""

FOR_A_YEAR = "max-age=31536000"
SOURCE = re.compile(r"[!-+\--:<-~]+")
"""Plain text; no space, comma or semicolon, which would begin something else."""

Added = tuple[tuple[str, tuple[str, ...]], ...]


def init_app(app: Flask, *, is_https: bool) -> None:
    more = {"Strict-Transport-Security": FOR_A_YEAR} if is_https else {}
    styles: tuple[str, ...] = app.extensions["styles"]
    always: Added = (("style-src", styles),)
    plain = {POLICY: _policy(always), **HEADERS, **more}

    def add_headers(response: Response) -> Response:
        added: Policy | None = g.get("allowed")
        headers = plain
        if added:
            headers = {**plain, **_changed((*always, *added.items()))}
        elif request.endpoint in FILES:
            headers = {**OF_FILES, **more}
        told = {name.lower() for name, _ in response.headers}
        response.headers.extend(
            (name, value)
            for name, value in headers.items()
            if value and name.lower() not in told
        )
        return response

    app.after_request(add_headers)


def allow(directive: str, *sources: str) -> None:
    """Adds sources to the policy of the response that is being made.

    What was `'none'` gives way to them. A page that may be framed says so by the
    policy alone: X-Frame-Options knows no origins.
    """
    for source in sources:
        if not SOURCE.fullmatch(source):
            raise ValueError(f"{source!r} cannot stand in a policy")
    allowed: Policy = g.setdefault("allowed", {})
    known = (*allowed.get(directive, ()), *sources)
    allowed[directive] = tuple(dict.fromkeys(known))


@lru_cache(maxsize=256)
def _changed(added: Added) -> dict[str, str]:
    """The headers that differ where something was added; an empty one is left out."""
    is_framed = any(name == FRAMED and sources for name, sources in added)
    return {POLICY: _policy(added), **({"X-Frame-Options": ""} if is_framed else {})}


def _policy(added: Added) -> str:
    policy = dict(PAGE)
    for name, sources in added:
        before = [s for s in policy.get(name, ()) if s != NONE or not sources]
        policy[name] = (*before, *sources)
    return "; ".join(f"{name} {' '.join(s)}" for name, s in policy.items())
