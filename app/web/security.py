"""Security headers, as data: one policy per audience.

Nothing inline is allowed, in either direction: no script, no style, no handler.
Recipient pages are never framed, never cached, never indexed, and send no Referer,
because their address is the key.
"""

from flask import Flask, Response

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

HEADERS = {
    "Content-Security-Policy": "; ".join(
        f"{name} {' '.join(sources)}" for name, sources in PAGE.items()
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "browsing-topics=(), camera=(), geolocation=(), "
    "microphone=(), payment=()",
}


def init_app(app: Flask) -> None:
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
