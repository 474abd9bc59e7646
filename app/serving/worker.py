"""A process that serves: gunicorn's to begin and to end, waitress's between."""

import os
import sys
import time
from heapq import nsmallest
from types import FrameType
from typing import Any

import structlog
from gunicorn.workers.base import Worker
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from app.serving.application import Application
from app.serving.bounds import Bounds
from app.serving.channel import Channel
from app.serving.figures import Figures
from app.serving.loop import Loop

TICK = 0.5
"""Seconds between two looks at who has had their time."""

AT_ONCE = 250
"""Connections taken in one turn of the loop."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("serving")


class Server(TcpWSGIServer):  # type: ignore[misc]  # it has no types
    """At the limit, whoever has been silent longest makes room."""

    channel_class = Channel
    loop: Loop
    bounds: Bounds
    figures: Figures
    most: int
    """Connections that there may be."""
    parting_at = 0.0
    """Since when it stops, if it does."""

    def handle_accept(self) -> None:
        """Several at once."""
        for _ in range(AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                break

    def pull_trigger(self) -> None:
        """Nobody is woken by each answer: a connection that waits for more says so."""

    def part(self, now: float) -> None:
        """Whoever is answered from now on is told to come by another connection."""
        self.parting_at = now
        for channel in list(self.active_channels.values()):
            channel.say_last()

    def make_room(self) -> None:
        """Not while the loop has a list of who is open, nor does `maintenance`: numbers
        of files are used again, and whoever comes next would be taken for who went."""
        if len(self.active_channels) < self.most:
            return
        silent = [c for c in self.active_channels.values() if not c.requests]
        longest = nsmallest(
            max(self.most // 8, len(self.active_channels) - self.most),
            silent,
            key=lambda channel: channel.since or channel.creation_time,
        )
        self.figures.cut("full", len(longest))
        for channel in longest:
            channel.handle_close()

    def maintenance(self, now: float) -> None:
        for channel in list(self.active_channels.values()):
            if now > channel.until:
                channel.give_up()


class WaitressWorker(Worker):
    app: Application

    def init_process(self) -> None:
        """In a process of its own, but before a signal can come."""
        self._loop = Loop()
        super().init_process()

    def run(self) -> None:
        self._bounds: Bounds = self.app.bounds
        self._figures = Figures()
        self._threads = ThreadedTaskDispatcher()
        self._threads.set_thread_count(self.cfg.threads)
        self._first: tuple[object, float] = (None, 0.0)
        self._tick_at = 0.0
        self._servers = [self._server(listener) for listener in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self._turn(TICK)
        self._stop()

    def handle_exit(self, _signal: int, _frame: FrameType | None) -> None:
        """A second signal changes nothing."""
        self.alive = False
        self._loop.wake()

    def _server(self, listener: Any) -> Server:  # noqa: ANN401  gunicorn's, of any kind
        sock = listener.sock
        info = (sock.family, sock.type, sock.proto, sock.getsockname())
        server = Server(
            self.wsgi,
            self._loop,
            _start=False,
            _sock=sock,
            dispatcher=self._threads,
            adj=self.app.adjusted(),
            sockinfo=info,
            bind_socket=False,
        )
        server.loop = self._loop
        server.bounds, server.figures = self._bounds, self._figures
        server.most = self.app.most
        server.accept_connections()
        return server

    def _turn(self, patience: float) -> None:
        for server in self._servers:
            server.make_room()
        self._loop.turn(patience)
        if time.monotonic() >= self._tick_at:
            self._tick_at = time.monotonic() + patience
            self._tick()

    def _tick(self) -> None:
        self.notify()
        for server in self._servers:
            server.maintenance(time.time())
        open_now = sum(len(server.active_channels) for server in self._servers)
        self._figures.show(open_now, len(self._threads.queue))
        self._figures.tell()
        self.app.keep()
        self._require_progress()

    def _require_progress(self) -> None:
        """A request that is first in line for so long finds all threads stuck."""
        queue, now = self._threads.queue, time.monotonic()
        first = queue[0] if queue else None
        if first is None or first is not self._first[0]:
            self._first = (first, now)
        elif now - self._first[1] > self._bounds.hang:
            log.critical("threads_stand_still", waiting=len(queue))
            sys.exit(1)

    def _stop(self) -> None:
        """Answers what has arrived and what arrives at once, then closes."""
        self.alive, began = False, time.time()
        self.app.retire()
        for server in self._servers:
            server.part(began)
        while time.time() < began + self._bounds.accepting:
            self._turn(0.05)
        for server in self._servers:
            server.close()
        while time.time() < began + self._bounds.grace:
            if not any(server.active_channels for server in self._servers):
                return
            self._turn(0.05)
        log.warning("requests_cut_off")
