"""The index: every state in a frame of its own, and links that choose how.

The frames are of this machine's other name, which is another origin to a browser:
within the same one, a page that leads to a place in itself moves the index as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, Response, render_template, request
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as BaseResponse

from app.preview import scenes
from app.preview.state import State
from app.web.i18n import codes

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "frame-src http://127.0.0.1:* http://localhost:*; img-src data:; "
    "base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
THEMES = {"": "Auto", "light": "Light", "dark": "Dark"}
WIDTHS = ("320", "390", "768", "1280")
HEIGHTS = ("700", "1400", "2800")

NAMES = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
"""The other name of this machine, by the one that was used."""

Show = Callable[[str, Request], BaseResponse]


@dataclass(frozen=True)
class View:
    """How the states are looked at; an address repeats what differs from the usual."""

    lang: str = "en"
    theme: str = ""
    width: str = "390"
    height: str = "700"

    @property
    def address(self) -> str:
        return f"/preview?{urlencode(self._said())}"

    def state(self, state: State) -> str:
        asked = {n: v for n, v in self._said().items() if n in ("lang", "theme")}
        return f"/preview/states/{state.name}?{urlencode(asked)}{state.place}"

    def _said(self) -> dict[str, str]:
        pairs = zip(vars(self).items(), vars(View()).values(), strict=True)
        return {n: mine for (n, mine), usual in pairs if mine != usual or n == "lang"}


@dataclass(frozen=True)
class Choice:
    """One of a control's links."""

    words: str
    address: str
    is_chosen: bool
    lang: str = ""


def init_app(app: Flask, show: Show) -> Flask:
    """`show` gives a state's page by its name."""
    app.template_folder = str(HERE)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.get("/preview")
    def index() -> str:
        view = _view()
        return render_template(
            "index.html",
            view=view,
            controls=_controls(view),
            scenes=scenes.ALL,
            frames=_other_origin(),
        )

    @app.get("/preview/preview.css")
    def sheet() -> Response:
        return Response((HERE / "preview.css").read_bytes(), mimetype="text/css")

    @app.get("/preview/states/<name>")
    def state(name: str) -> BaseResponse:
        return show(name, request)

    @app.after_request
    def guard(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _other_origin() -> str:
    name, _, port = request.host.partition(":")
    return f"http://{NAMES[name]}:{port}" if name in NAMES and port else ""


def _view() -> View:
    """As the address says; what it says of nothing known is as usual."""
    known = {
        "lang": list(_languages()),
        "theme": list(THEMES),
        "width": WIDTHS,
        "height": HEIGHTS,
    }
    asked = {n: request.args.get(n, "") for n in known}
    return View(**{n: v for n, v in asked.items() if v and v in known[n]})


def _controls(view: View) -> dict[str, list[Choice]]:
    return {
        "Language": [
            Choice(words, replace(view, lang=tag).address, tag == view.lang, tag)
            for tag, words in _languages().items()
        ],
        "Theme": [_choice(view, words, theme=v) for v, words in THEMES.items()],
        "Width": [_choice(view, v, width=v) for v in WIDTHS],
        "Height": [_choice(view, v, height=v) for v in HEIGHTS],
    }


def _choice(view: View, words: str, **changed: str) -> Choice:
    other = replace(view, **changed)
    return Choice(words, other.address, other == view)


def _languages() -> dict[str, str]:
    """The name of each language in itself, by its tag."""
    return {code.replace("_", "-"): _name(code) for code in codes()}


def _name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]
