"""How the process writes its log: a JSON object per line, or words in a terminal.

No line has a token or an address of e-mail, nor says whose request it is about: what
the errand hides is hidden, and so is whatever looks like one of those. What libraries
say by Python's own logging comes the same way.
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO
from urllib.parse import quote

import structlog

from app import errand
from app.links import PATHS

HIDDEN = "…"
UNSAID = frozenset(
    {
        *("address", "email", "phone", "label", "recipient", "user", "user_id"),
        *("link", "path", "token", "url", "tenant", "tenant_id"),
        *("authorization", "password", "secret"),
    }
)
"""Of these nothing is ever said."""

OURS = frozenset(
    {
        *("event", "level", "timestamp", "request_id", "method", "route", "language"),
        *("call", "door", "fault"),
    }
)
"""Words of our own, in which nobody's name can be; they are left as they are."""

PLAIN = (int, float, type(None))
"""What can name nobody."""

BEGINNINGS = "|".join(path.strip("/") for path in PATHS.values())
SECRETS = re.compile(
    rf"/(?:{BEGINNINGS})/+[^\s/?#\"'<]{{6,}}"  # what follows these is a key
    r"|[\w-]{8,}\.[\w-]{5,8}\.[\w-]{20,}"  # a signed link
    r"|gAAAA[\w-]{20,}"  # one that hides whose it is
    r"|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",  # an address of e-mail
    re.ASCII,
)

Line = MutableMapping[str, Any]


def configure(stream: TextIO = sys.stderr) -> None:
    is_terminal = stream.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redacted,
            _readable() if is_terminal else structlog.processors.JSONRenderer(_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _take_in_libraries()


ENCODER = json.JSONEncoder(default=repr)


def _json(line: object, **_given: object) -> str:
    """By one encoder: json makes one for each line that has its own ideas."""
    return ENCODER.encode(line)


def redacted(_logger: object, _level: str, line: Line) -> Line:
    """Says what an errand is about only by the request's id."""
    asking = errand.current()
    hidden = asking.hidden if asking else ()
    if asking and "request_id" not in line:
        line["request_id"] = asking.id
    for name, value in line.items():
        if name in UNSAID:
            line[name] = HIDDEN
        elif name not in OURS and not isinstance(value, PLAIN):
            line[name] = _hidden(value, hidden)
    return line


def _hidden(value: object, hidden: tuple[str, ...]) -> object:
    match value:
        case None | int() | float():
            return value
        case str():
            return _text(value, hidden)
        case dict():
            told = {str(k): _hidden(v, hidden) for k, v in value.items()}
            return {k: HIDDEN if k in UNSAID else v for k, v in told.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(each, hidden) for each in value]
    return _text(repr(value), hidden)


def _text(text: str, hidden: tuple[str, ...]) -> str:
    for secret in hidden:
        text = text.replace(secret, HIDDEN).replace(quote(secret), HIDDEN)
    return SECRETS.sub(HIDDEN, text)


def _readable() -> structlog.dev.ConsoleRenderer:
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(exception_formatter=plain)


class Said(logging.Handler):
    """What a library has to say, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log = structlog.get_logger()
            more = {"exc_info": record.exc_info} if record.exc_info else {}
            log.log(record.levelno, record.name, said=record.getMessage(), **more)
        except Exception:  # noqa: BLE001  as every handler does
            self.handleError(record)


def _take_in_libraries() -> None:
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, Said)]:
        root.removeHandler(handler)
    root.addHandler(Said(logging.WARNING))
