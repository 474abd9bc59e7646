"""Static files under addresses that change with their content.

`asset("css/app.css")` in a template gives `/static/css/app.css?v=…`; such an
address may be kept for a year. Without the right version it is checked each time.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for

FOREVER = "public, max-age=31536000, immutable"
CHECKED = "public, no-cache"


def init_app(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    @cache
    def version(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=version(name))

    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code < 400:  # noqa: PLR2004
            name = (request.view_args or {})["filename"]
            current = request.args.get("v") == version(name)
            response.headers["Cache-Control"] = FOREVER if current else CHECKED
        return response

    app.jinja_env.globals["asset"] = asset
    app.after_request(keep)
