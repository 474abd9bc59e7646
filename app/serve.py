"""The production server: gunicorn's processes, waitress in each, their settings here.

Recipient pages spend their time waiting for Courier, so a process has many
threads. gunicorn's own access log would write down addresses, which are keys: it
stays off, and the app writes a line per request itself. docs/serving.md tells what
signals do.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import structlog
from gunicorn.workers.base import Worker
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from app.deliver import create_workers
from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, create_parts
from app.serving.application import Application
from app.serving.bounds import Bounds, raise_files
from app.serving.channel import Adjusted
from app.serving.log import AddresslessLogger
from app.serving.master import Master
from app.settings import Settings
from app.web.bodies import LARGEST_MAIL
from app.workers import Workers

BACKLOG = 4096
"""Connections that the system accepts for us while we are busy."""

NEVER = 10**9
"""For what waitress has of its own and `app.serving` does another way."""

MAILS = "/staff/lookup"
"""Where staff send mails, which may be larger than anything else."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108  a file of no name and no content
"""Where processes tell that they live, so that a slow disk does not kill them."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("serving")


def from_environ() -> Settings:
    return Settings.from_environ(os.environ)  # noqa: TID251  to read it anew


def run(
    settings: Settings,
    outside: Outside,
    bounds: Bounds | None = None,
    again: Callable[[], Settings] = from_environ,
) -> None:
    """Brings the ledger's tables up to date, then serves until a signal comes.

    `again` reads the settings once more, when SIGHUP asks for it.
    """
    with counting_together():
        Server(settings, outside, bounds or Bounds(), again).run()


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


class Server(Application):
    """Each of its processes delivers from the ledger as well."""

    def __init__(
        self,
        settings: Settings,
        outside: Outside,
        bounds: Bounds,
        again: Callable[[], Settings],
    ) -> None:
        self.bounds = bounds
        self._files = raise_files()
        self._outside = outside
        self._again = again
        self._delivering: Workers | None = None
        self._build(settings)
        super().__init__()
        gc.freeze()  # what was built stays, and children share it

    def run(self) -> None:
        Master(self).run()

    def renew(self) -> bool:
        try:
            self._build(self._again())
        except Exception:
            log.exception("reload_failed")
            return False
        self.callable = None
        gc.unfreeze()  # the app of before may go
        gc.collect()
        gc.freeze()
        return True

    def retire(self) -> None:
        if self._delivering:
            self._delivering.retire()

    def keep(self) -> None:
        if self._delivering:
            self._delivering.keep()

    def adjusted(self) -> Adjusted:
        bounds, settings = self.bounds, self._settings
        more = {MAILS: LARGEST_MAIL + bounds.largest_head} if settings.has_desk else {}
        return Adjusted(
            more,
            threads=settings.threads,
            connection_limit=NEVER,
            cleanup_interval=NEVER,
            max_request_header_size=bounds.largest_head,
            max_request_body_size=bounds.largest_body,
            backlog=BACKLOG,
            asyncore_use_poll=True,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=not settings.proxies,
            ident=None,
        )

    def load_config(self) -> None:
        for name, value in options(self._settings, self.bounds).items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._start_delivering)
        self.cfg.set("worker_exit", self._stop_delivering)
        self.cfg.set("child_exit", forget_child)

    def load(self) -> Any:  # noqa: ANN401  gunicorn knows WSGI by a wider type
        return self._app

    def _build(self, settings: Settings) -> None:
        parts = create_parts(settings, self._outside)
        migrate(parts.database)
        self._app = create_app(settings, self._outside, parts)
        self._settings, self._parts = settings, parts
        self.most = self.bounds.connections_within(self._files, settings.threads)

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


def options(settings: Settings, bounds: Bounds) -> dict[str, Any]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "backlog": BACKLOG,
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "app.serving.worker.WaitressWorker",
        "worker_tmp_dir": str(IN_MEMORY) if os.access(IN_MEMORY, os.W_OK) else None,
        "graceful_timeout": bounds.stopping,
        "timeout": bounds.hang,
        "accesslog": None,
        "logger_class": AddresslessLogger,
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "courier-preference-center",
    }
