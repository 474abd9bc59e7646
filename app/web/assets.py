"""Static files, read and compressed once, under addresses that change with them.

`asset("css/app.css")` in a template gives `/static/css/app.css?v=…`; such an
address may be kept for a year. Without the right version it is checked each time.
An operator's own style sheet is one of them, as `own.css`.
There are a handful of small files, so they are kept in memory.
"""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import brotli
from flask import Flask, Response, request, url_for
from werkzeug.exceptions import NotFound

FOREVER = "public, max-age=31536000, immutable"
CHECKED = "public, no-cache"
WORTH_COMPRESSING = ("text/", "image/svg")
OWN = "own.css"
REM = re.compile(r"(\d*\.?\d+)rem\b")
ROOT = re.compile(r"(:root|\bhtml)(,\s*:host)?(?=\s*\{)")
ALONE = b"@layer shadow {\n  .printed {\n    all: initial;\n  }\n}\n"
"""Takes over nothing of what is inherited there."""


@dataclass(frozen=True)
class Asset:
    media_type: str
    version: str
    body: bytes
    encoded: dict[str, bytes]

    @classmethod
    def of(cls, media_type: str, body: bytes) -> Self:
        is_worth = media_type.startswith(WORTH_COMPRESSING)
        version = hashlib.sha256(body).hexdigest()[:12]
        return cls(media_type, version, body, _encoded(body) if is_worth else {})


def init_app(app: Flask, folder: Path, stylesheet: str = "") -> None:
    """`stylesheet` is the path of the operator's own, if there is one."""
    assets = {
        path.relative_to(folder).as_posix(): _read(path.name, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    ours = (folder / "css" / "app.css").read_bytes()
    assets["css/fragment.css"] = _read("fragment.css", ALONE + for_a_shadow(ours))
    if stylesheet:
        own = Path(stylesheet).read_bytes()
        assets[OWN] = _read(OWN, own)
        assets[f"fragment-{OWN}"] = _read(OWN, for_a_shadow(own))

    def static(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return answer(assets[name])

    @cache
    def address(name: str, _root: str) -> str:
        return url_for("static", name=name, v=assets[name].version)

    def asset(name: str) -> str:
        return address(name, request.root_url)

    app.add_url_rule("/static/<path:name>", "static", static)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["stylesheet"] = OWN if stylesheet else ""


@cache
def _read(name: str, body: bytes) -> Asset:
    return Asset.of(mimetypes.guess_type(name)[0] or "application/octet-stream", body)


@cache
def for_a_shadow(sheet: bytes) -> bytes:
    """A style sheet of pages for what a page of somebody else has in a shadow.

    What is said of the root is said of that instead, whose `rem` would be another's.
    """
    text = ROOT.sub(".printed", sheet.decode("utf-8"))
    text = text.replace("font: 100%/", "font: 1rem/")
    text = REM.sub(lambda found: f"{float(found[1]) * 16:g}px", text)
    return text.encode()


def _encoded(body: bytes) -> dict[str, bytes]:
    return {"br": brotli.compress(body), "gzip": gzip.compress(body, mtime=0)}


def answer(asset: Asset) -> Response:
    encoding = request.accept_encodings.best_match(asset.encoded)
    body = asset.encoded[encoding] if encoding else asset.body
    response = Response(body, content_type=asset.media_type)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    is_current = request.args.get("v") == asset.version
    response.headers["Cache-Control"] = FOREVER if is_current else CHECKED
    # whose pages embed ours load it from elsewhere, be it by a module
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.set_etag(f"{asset.version}-{encoding or 'plain'}")
    response.make_conditional(request)
    return response
