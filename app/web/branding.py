"""A page in its brand: whose it is, its colors, its logo.

`brand()` in a template is the brand of whoever the page is for. Its colors are a
style sheet of their own, which depends on the color alone: `colors(color)` stands in
the page, `theme(color)` is its address for who prints ours in theirs. `image(logo)`
lets this one page show an image from elsewhere.
"""

import re
from functools import lru_cache

from flask import Flask, Response, g, request, url_for
from werkzeug.exceptions import NotFound

from app.branding import Branding
from app.preferences import brand as brands
from app.preferences.brand import NETWORKS, Brand
from app.web import assets, palette, security

DIGITS = re.compile(r"[0-9a-f]{6}")


def init_app(app: Flask, branding: Branding) -> None:
    def brand() -> Brand:
        if "brand" not in g:
            g.brand = branding.of(g.get("recipient"))
        return g.brand  # type: ignore[no-any-return]

    app.add_url_rule("/theme/<digits>.css", "theme", _theme)
    app.jinja_env.globals.update(
        brand=brand,
        colors=_colors,
        theme=lambda color: _address(color[1:], request.root_url),
        image=_image,
        networks=frozenset(NETWORKS.values()),
    )


def _theme(digits: str) -> Response:
    if not DIGITS.fullmatch(digits):
        raise NotFound
    return assets.answer(_sheet(digits))


def _colors(color: str) -> assets.Asset:
    """The sheet, and leave for this page to have it within."""
    sheet = _sheet(color[1:])
    security.allow("style-src", sheet.source)
    return sheet


@lru_cache(maxsize=256)
def _sheet(digits: str) -> assets.Asset:
    return assets.Asset.of("text/css", palette.sheet(f"#{digits}").encode())


@lru_cache(maxsize=256)
def _address(digits: str, _root: str) -> str:
    return url_for("theme", digits=digits, v=_sheet(digits).version)


def _image(address: str) -> str:
    """The address, and leave for this page to show what is there."""
    security.allow("img-src", brands.origin(address))
    return address
