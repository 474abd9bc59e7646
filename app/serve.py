"""The production server: gunicorn with threads, its settings in one place.

Recipient pages spend their time waiting for Courier, so a process has many
threads. gunicorn's own access log would write down addresses, which are keys: it
stays off, the app writes a line per request itself, and what gunicorn says of a
request that it could not read is said without the address.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import mkdtemp
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from app.deliver import create_workers
from app.factory import Outside, Parts, create_app, create_parts
from app.ledger.schema import migrate
from app.links import PATHS
from app.settings import Settings
from app.workers import Workers

GRACE_SECONDS = 30
"""How long requests under way may take once the server was asked to stop."""


BEGINNINGS = "|".join(path.strip("/") for path in PATHS.values())
TOKEN = re.compile(rf"(/(?:{BEGINNINGS})/+)[^\s/?]+")
"""What follows these beginnings in an address is somebody's key."""


class AddresslessLogger(Logger):
    """gunicorn's own log, without the addresses that it quotes."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.addFilter(without_tokens)


def without_tokens(record: logging.LogRecord) -> bool:
    record.msg, record.args = TOKEN.sub(r"\1…", record.getMessage()), ()
    return True


def run(settings: Settings, outside: Outside) -> None:
    """Brings the ledger's tables up to date, then serves until a signal comes."""
    parts = create_parts(settings, outside)
    migrate(parts.database)
    with counting_together():
        Server(create_app(settings, outside, parts), settings, parts).run()


@contextmanager
def counting_together() -> Iterator[None]:
    """Has the metrics of this process and its children count into one folder.

    prometheus_client looks for the folder in the environment. How it counts it
    settles when imported, long before, but takes up anew for every app it is told.
    A child leaves the block as well when it ends: only we remove the folder.
    """
    folder, owner = mkdtemp(prefix="metrics"), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # noqa: TID251  as it is found
    values.ValueClass = values.MultiProcessValue()
    try:
        yield
    finally:
        values.close_all_multiprocess_files()
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


class Server(BaseApplication):
    """Each of its processes delivers from the ledger as well."""

    def __init__(self, app: Flask, settings: Settings, parts: Parts) -> None:
        self._app = app
        self._settings = settings
        self._parts = parts
        self._delivering: Workers | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._start_delivering)
        self.cfg.set("worker_exit", self._stop_delivering)
        self.cfg.set("child_exit", forget_child)

    def load(self) -> Any:  # noqa: ANN401  gunicorn knows WSGI by a wider type
        return self._app

    def _start_delivering(self, _worker: object) -> None:
        self._parts.database.forget_connections()
        count = self._settings.delivery_workers
        self._delivering = create_workers(self._parts, self._settings, count)
        self._delivering.start()

    def _stop_delivering(self, _server: object, _worker: object) -> None:
        if self._delivering:
            self._delivering.stop()


def forget_child(_server: object, worker: Worker) -> None:
    """What it counted stays; what it was about to answer is over."""
    mark_process_dead(worker.pid)


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
