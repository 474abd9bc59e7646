"""Delivery alone: what waits in the ledger goes to Courier, until a signal comes."""

import signal
import socket
import threading

import structlog
from flask import Flask
from waitress import create_server

from app.factory import create_watch
from app.ledger.schema import migrate
from app.parts import Outside, Parts, create_parts
from app.preferences.choice import Choice
from app.settings import Settings
from app.workers import REVIVAL, Workers

log: structlog.stdlib.BoundLogger = structlog.get_logger("delivery")


def run(
    settings: Settings,
    outside: Outside,
    workers: int,
    door: socket.socket | None = None,
) -> None:
    """SIGTERM and SIGINT end it, once what is in flight has been settled.

    Whoever comes to the `door` is told how it goes.
    """
    parts = create_parts(settings, outside)
    migrate(parts.database)
    if door:
        _tell(create_watch(settings, outside, parts), door)
    asked_to_stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: asked_to_stop.set())
    delivering = create_workers(parts, settings, workers)
    delivering.start()
    while not asked_to_stop.wait(REVIVAL):
        delivering.keep()
    delivering.stop()
    parts.center.close()


def _tell(app: Flask, door: socket.socket) -> None:
    """In a thread that ends with the process: whoever asks can ask again."""
    server = create_server(app, sockets=[door], threads=2, ident=None)
    threading.Thread(target=server.run, name="telling", daemon=True).start()


def create_workers(parts: Parts, settings: Settings, count: int) -> Workers:
    """With the chores that every process does that delivers.

    One is to ask for the catalog: so a key that Courier refuses shows where nobody
    comes, and whoever comes first waits for less.
    """
    days = settings.retention_days

    def chores() -> None:
        parts.reader.workspace.is_ready()
        parts.evidence.erase_delivered()
        if days:
            parts.evidence.expire(days)
        overdue = parts.queue.backlog().overdue
        if overdue:
            log.critical("choices_overdue", choices=overdue)

    def afterwards(choice: Choice) -> None:
        """Whoever was to be erased waits for no chores."""
        parts.evidence.erase_delivered(choice.recipient.user_id)

    return Workers(parts.delivery, count, chores, afterwards=afterwards)
