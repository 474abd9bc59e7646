"""Routes by the path as it was sent, so that an id may contain a slash.

WSGI servers decode `%2F` before routing; Courier does not. The raw path is
put back before Flask sees it, and each id is decoded once it is one segment.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from werkzeug.routing import BaseConverter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

RAW = "sandbox.raw_path"
RESET = "sandbox.reset"

# Where no raw path is to be had (httpx.WSGITransport decodes it), the words
# around an id tell where it begins and ends.
SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(/users/)(.+)(/preferences/)([^/]+)",
        r"(/users/)(.+)(/preferences)",
        r"(/users/)(.+)(/tenants/)([^/]+)",
        r"(/users/)(.+)(/tenants)",
        r"(/tenants/)(.+)(/default_preferences/items/)(.+)",
        r"(/tenants/)(.+)(/users)",
        r"(/tenants/)(.+)",
        r"(/profiles/)(.+)",
        r"(/messages/)(.+)(/output|/history)",
    )
)


class IdConverter(BaseConverter):
    """One percent-encoded path segment, decoded."""

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


class RawPaths:
    """The WSGI wrapper that puts the raw path back, and drops connections."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path, query = _raw_path(environ), environ.get("QUERY_STRING", "")
        environ["PATH_INFO"] = path
        environ[RAW] = f"{path}?{query}" if query else path
        answer = self.app(environ, start_response)
        if environ.get(RESET):
            # The server turns this into a dropped connection; under
            # httpx.WSGITransport it reaches the caller as it is.
            raise ConnectionResetError("The sandbox dropped the connection.")
        return answer


def _raw_path(environ: "WSGIEnvironment") -> str:
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if isinstance(raw, str) and raw.startswith("/"):
        return raw.partition("?")[0]
    path = _as_text(environ.get("PATH_INFO", "/"))
    for shape in SHAPES:
        match = shape.fullmatch(path)
        if match:
            words, ids = match.groups()[::2], match.groups()[1::2]
            quoted = [quote(part, safe="@+:!$&'()*,;=") for part in ids]
            pairs = zip(words, [*quoted, ""], strict=False)
            return "".join(word + part for word, part in pairs)
    return quote(path, safe="/@+:!$&'()*,;=")


def _as_text(path: str) -> str:
    """WSGI passes UTF-8 dressed as Latin-1; httpx passes the text itself."""
    try:
        return path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return path
