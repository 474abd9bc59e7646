"""The production server: gunicorn with threads, its settings in one place.

Recipient pages spend their time waiting for Courier, so a process has many
threads. gunicorn's own access log would write down addresses, which are keys: it
stays off, and the app writes a line per request itself.
"""

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.settings import Settings

GRACE_SECONDS = 30
"""How long requests under way may take once the server was asked to stop."""


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
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "gthread",
        "keepalive": 75,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": GRACE_SECONDS,
        "accesslog": None,
        "loglevel": "warning",
        "limit_request_line": 8190,
        "proc_name": "courier-preference-center",
    }
