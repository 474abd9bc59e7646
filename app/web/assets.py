"""Static files, made small once, under addresses that change with them.

`asset("css/staff.css")` in a template gives `/static/css/staff.css?v=…`; such an
address may be kept for a year. Without the right version it is checked each time.
The sheet of all pages stands in each of them, so that it is shown by its own HTML
alone; the policy allows it by its hash. Files that are wanted together come as one.
An operator's own style sheet is one of them, as `own.css`.
There are a handful of small files, so they are kept in memory.
"""

import base64
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Self

import brotli
import rcssmin
import rjsmin
from flask import Flask, Response, request, url_for
from werkzeug.exceptions import NotFound

from app.web import security

FOREVER = "public, max-age=31536000, immutable"
CHECKED = "public, no-cache"
WORTH_COMPRESSING = ("text/", "image/svg")
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress,
    "gzip": partial(gzip.compress, mtime=0),
}
OWN = "own.css"
SHEET = "css/app.css"
TOGETHER = {"js/preferences.js": ("vendor/htmx-4.0.1.min.js", "js/page.js")}
"""What is wanted at the same time comes in one answer, one after the other."""

REM = re.compile(r"(\d*\.?\d+)rem\b")
ROOT = re.compile(r"(:root|\bhtml)(,\s*:host)?(?=\s*\{)")
ALONE = b"@layer shadow {\n  .printed {\n    all: initial;\n  }\n}\n"
"""Takes over nothing of what is inherited there."""


@dataclass(frozen=True)
class Asset:
    media_type: str
    version: str
    body: bytes
    encodings: tuple[str, ...]

    @classmethod
    def of(cls, media_type: str, body: bytes) -> Self:
        """`body` is as small as it can be."""
        is_worth = media_type.startswith(WORTH_COMPRESSING)
        version = hashlib.sha256(body).hexdigest()[:12]
        return cls(media_type, version, body, tuple(ENCODERS) if is_worth else ())

    def __html__(self) -> str:
        """A style sheet within a page: its own text, which ends no element."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return self.body.decode().replace("</", "<\\/")

    @cached_property
    def source(self) -> str:
        """By what the policy allows it within a page."""
        digest = hashlib.sha256(self._text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


def init_app(app: Flask, folder: Path, stylesheet: str = "") -> None:
    """`stylesheet` is the path of the operator's own, if there is one."""
    assets = {
        path.relative_to(folder).as_posix(): _read(path.name, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    for together, names in TOGETHER.items():
        assets[together] = _joined(*(assets[name] for name in names))
    ours = (folder / SHEET).read_bytes()
    assets["css/fragment.css"] = _read("fragment.css", ALONE + for_a_shadow(ours))
    if stylesheet:
        own = Path(stylesheet).read_bytes()
        assets[OWN] = Asset.of("text/css", own)
        assets[f"fragment-{OWN}"] = Asset.of("text/css", for_a_shadow(own))

    def static(name: str) -> Response:
        if name not in assets:
            raise NotFound
        return answer(assets[name])

    @cache
    def address(name: str, _root: str) -> str:
        return url_for("static", name=name, v=assets[name].version)

    def asset(name: str) -> str:
        return address(name, request.root_url)

    def sheet(name: str = SHEET) -> Asset:
        """To stand in the page; what not every page has, this one is allowed."""
        if name != SHEET:
            security.allow("style-src", assets[name].source)
        return assets[name]

    app.add_url_rule("/static/<path:name>", "static", static)
    app.extensions["styles"] = (assets[SHEET].source,)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["sheet"] = sheet
    app.jinja_env.globals["stylesheet"] = OWN if stylesheet else ""


@cache
def _read(name: str, body: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset.of(media_type, _small(name, body))


def _small(name: str, body: bytes) -> bytes:
    """Without comments and spaces; what comes from elsewhere is left as it is."""
    if ".min." in name:
        return body
    if name.endswith(".css"):
        return rcssmin.cssmin(body.decode()).encode()
    if name.endswith(".js"):
        return rjsmin.jsmin(body.decode()).encode()
    return body


def _joined(*assets: Asset) -> Asset:
    return Asset.of(assets[0].media_type, b";\n".join(asset.body for asset in assets))


@cache
def for_a_shadow(sheet: bytes) -> bytes:
    """A style sheet of pages for what a page of somebody else has in a shadow.

    What is said of the root is said of that instead, whose `rem` would be another's.
    """
    text = ROOT.sub(".printed", sheet.decode("utf-8"))
    text = text.replace("font: 100%/", "font: 1rem/")
    text = REM.sub(lambda found: f"{float(found[1]) * 16:g}px", text)
    return text.encode()


@cache
def _encoded(body: bytes, encoding: str) -> bytes:
    """Made as small as can be, once, for who asks first: a start does not wait."""
    return ENCODERS[encoding](body)


def answer(asset: Asset) -> Response:
    encoding = request.accept_encodings.best_match(asset.encodings)
    body = _encoded(asset.body, encoding) if encoding else asset.body
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
