"""Delivery alone: what waits in the ledger goes to Courier, until a signal comes."""

import signal
import threading

import structlog

from app.factory import Outside, Parts, create_parts
from app.ledger.schema import migrate
from app.settings import Settings
from app.workers import Workers

log: structlog.stdlib.BoundLogger = structlog.get_logger("delivery")


def run(settings: Settings, outside: Outside, workers: int) -> None:
    """SIGTERM and SIGINT end it, once what is in flight has been settled."""
    parts = create_parts(settings, outside)
    migrate(parts.database)
    asked_to_stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: asked_to_stop.set())
    delivering = create_workers(parts, settings, workers)
    delivering.start()
    asked_to_stop.wait()
    delivering.stop()
    parts.center.close()


def create_workers(parts: Parts, settings: Settings, count: int) -> Workers:
    """With the chores that every process does that delivers."""
    days = settings.retention_days

    def chores() -> None:
        if days:
            parts.evidence.expire(days)
        overdue = parts.queue.backlog().overdue
        if overdue:
            log.critical("choices_overdue", choices=overdue)

    return Workers(parts.delivery, count, chores)
