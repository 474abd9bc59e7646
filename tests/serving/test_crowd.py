"""Ten thousand who connect and say nothing: nobody else notices."""

import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from app.serving.bounds import MB, Bounds
from app.serving.worker import AT_ONCE
from tests.house.test_cli import ROOT
from tests.peer import PATIENCE, Peer
from tests.serving.served import (
    HEALTH,
    Probe,
    Served,
    eventually,
    is_closed,
    read,
    serving,
)

CROWD = 10_000


def test_a_crowd_that_says_nothing_locks_nobody_out(
    session_peer: Peer, tmp_path: Path
) -> None:
    """As many are kept as may be; the longest silent make room for who comes."""
    session_peer.reset()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with serving(session_peer.url, tmp_path) as served, ExitStack() as doors:
        with Probe(served) as probe:
            before = served.memory()
            crowd = [doors.enter_context(door) for door in connected(served)]
            count = partial(served.number, "server_connections")
            assert eventually(lambda: served.number("server_connections_cut_total") > 0)
            assert is_closed(crowd[0], PATIENCE)
            assert count() <= Bounds().connections + AT_ONCE
            crowd[-1].sendall(HEALTH)
            assert read(crowd[-1]).status == 200
        grown = served.memory() - before

    assert probe.is_content, probe
    assert grown < 64 * MB


def connected(served: Served) -> Iterator[socket.socket]:
    """Some thousand in a second: with a breath now and then, for the sake of who else
    is in this process."""
    pause = threading.Event()
    for number in range(CROWD):
        yield served.connect()
        if number % 250 == 0:
            pause.wait(0.05)


def test_as_many_files_as_may_be_are_opened() -> None:
    """Whatever a shell begins with."""
    code = (
        "import resource; from app.serving.bounds import raise_files; raise_files(200);"
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    limits = [(64, 128), (64, 400), (300, 400)]
    for (soft, hard), raised in zip(limits, [128, 200, 300], strict=True):
        words = ["sh", "-c", f'ulimit -Sn {soft}; ulimit -Hn {hard}; exec "$@"', "sh"]
        ran = subprocess.run(
            [*words, sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.split() == [str(raised), str(hard)]


def test_who_has_few_files_still_serves(session_peer: Peer, tmp_path: Path) -> None:
    words = ("sh", "-c", 'ulimit -n 256; exec "$@"', "sh")
    with (
        serving(session_peer.url, tmp_path, words=words) as served,
        ExitStack() as doors,
    ):
        for _ in range(400):
            doors.enter_context(served.connect())
        with Probe(served) as probe:
            assert eventually(lambda: len(probe.seconds) > 10)
    assert probe.is_content, probe
