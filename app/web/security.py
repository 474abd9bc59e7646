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


FOR_A_YEAR = "max-age=31536000"


def init_app(app: Flask, *, is_https: bool) -> None:
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if is_https:
        headers["Strict-Transport-Security"] = FOR_A_YEAR

    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(add_headers)
