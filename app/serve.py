"""The production server: gunicorn with threads, its settings in one place.

Recipient pages spend their time waiting for Courier, so a process has many
threads. gunicorn's own access log would write down addresses, which are keys: it
stays off, the app writes a line per request itself, and what gunicorn says of a
request that it could not read is said without the address.
"""

import logging
import re
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from app.settings import Settings

GRACE_SECONDS = 30
"""How long requests under way may take once the server was asked to stop."""


TOKEN = re.compile(r"(/p/+)[^\s'\"/?]+")
"""What follows these beginnings in an address is somebody's key."""


class AddresslessLogger(Logger):
    """gunicorn's own log, without the addresses that it quotes."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.addFilter(without_tokens)


def without_tokens(record: logging.LogRecord) -> bool:
    record.msg, record.args = TOKEN.sub(r"\1…", record.getMessage()), ()
    return True


class Server(BaseApplication):
    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401  gunicorn knows WSGI by a wider type
        return self._app


def options(settings: Settings) -> dict[str, Any]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "gthread",
        "keepalive": 75,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": GRACE_SECONDS,
        "accesslog": None,
        "logger_class": AddresslessLogger,
        "loglevel": "warning",
        "forwarder_headers": "",
        "limit_request_line": 8190,
        "proc_name": "courier-preference-center",
    }
