"""Static files, read and compressed once, under addresses that change with them.

`asset("css/app.css")` in a template gives `/static/css/app.css?v=…`; such an
address may be kept for a year. Without the right version it is checked each time.
There are a handful of small files, so they are kept in memory.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, Response, request, url_for
from werkzeug.exceptions import NotFound

FOREVER = "public, max-age=31536000, immutable"
CHECKED = "public, no-cache"
WORTH_COMPRESSING = ("text/", "image/svg")


@dataclass(frozen=True)
class Asset:
    media_type: str
    version: str
    body: bytes
    encoded: dict[str, bytes]


def init_app(app: Flask, folder: Path) -> None:
    assets = {
        path.relative_to(folder).as_posix(): _asset(path.name, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

    def static(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return _answer(assets[name])

    @cache
    def address(name: str, _root: str) -> str:
        return url_for("static", name=name, v=assets[name].version)

    def asset(name: str) -> str:
        return address(name, request.root_url)

    app.add_url_rule("/static/<path:name>", "static", static)
    app.jinja_env.globals["asset"] = asset


@cache
def _asset(name: str, body: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    encoded = _encoded(body) if media_type.startswith(WORTH_COMPRESSING) else {}
    return Asset(media_type, hashlib.sha256(body).hexdigest()[:12], body, encoded)


def _encoded(body: bytes) -> dict[str, bytes]:
    return {"br": brotli.compress(body), "gzip": gzip.compress(body, mtime=0)}


def _answer(asset: Asset) -> Response:
    encoding = request.accept_encodings.best_match(asset.encoded)
    body = asset.encoded[encoding] if encoding else asset.body
    response = Response(body, content_type=asset.media_type)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    is_current = request.args.get("v") == asset.version
    response.headers["Cache-Control"] = FOREVER if is_current else CHECKED
    response.set_etag(f"{asset.version}-{encoding or 'plain'}")
    response.make_conditional(request)
    return response
