"""Taking over, reloading and replacing: nobody who asked stays without an answer."""

import gc
import os
import signal
import socket
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.parts import Outside
from app.serve import Server
from app.serving.bounds import Bounds
from app.settings import Settings
from tests.house.test_cli import SECRET
from tests.peer import Peer
from tests.serving.people import people_at, token
from tests.serving.served import GET, Served, eventually, read, serving

TWO = {"WORKERS": "2"}


def test_who_comes_after_takes_over_the_port_and_nobody_is_refused(
    session_peer: Peer, tmp_path: Path
) -> None:
    """The socket is handed in, as by a supervisor that holds it."""
    session_peer.reset()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as held:
        port = held.getsockname()[1]
        with handed(held) as (words, files):
            given = {"LISTEN_FDS": "1", **TWO}
            args = (session_peer.url, tmp_path, given, port, words, files)
            with serving(*args) as first, people_at(first) as people:
                first.stop()
                with serving(*args):
                    assert people.has_answers()
                    people.go()

    assert (people.lost, people.refused) == ([], 0)


@contextmanager
def handed(held: socket.socket) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """The words that give a socket on as systemd does, as the third file."""
    number = held.fileno()
    words = (
        "import os, sys",
        f"os.dup2({number}, 3)",
        "os.environ['LISTEN_PID'] = str(os.getpid())",
        "os.execv(sys.argv[1], sys.argv[1:])",
    )
    yield (sys.executable, "-c", "; ".join(words)), (number,)


def test_a_fresh_server_beside_takes_over(session_peer: Peer, tmp_path: Path) -> None:
    """SIGUSR2: the code on disk and the settings as they are now, on the same port."""
    session_peer.reset()
    with serving(session_peer.url, tmp_path) as served, people_at(served) as people:
        old = served.workers
        served.process.send_signal(signal.SIGUSR2)
        (fresh,) = fresh_of(served, old)
        try:
            assert eventually(lambda: bool(children(fresh)))
            served.stop()
            assert people.has_answers()
        finally:
            os.kill(fresh, signal.SIGTERM)
            assert eventually(lambda: people.refused > 0)

    assert people.lost == []


def fresh_of(served: Served, old: set[int]) -> set[int]:
    assert eventually(lambda: bool(served.workers - old))
    return served.workers - old


def children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def test_a_reload_reads_secrets_anew_and_loses_nothing(
    session_peer: Peer, tmp_path: Path
) -> None:
    """And leaves all as it is where they are not right."""
    session_peer.reset()
    key = tmp_path / "key"
    key.write_text(SECRET)
    more = {**TWO, "SECRET_KEY": "", "SECRET_KEY_FILE": str(key)}
    with serving(session_peer.url, tmp_path, more) as served:
        old = served.workers
        with people_at(served) as people:
            served.process.send_signal(signal.SIGHUP)
            assert eventually(lambda: len(served.workers - old) == 2)
            assert eventually(lambda: not served.workers & old)
            assert people.has_answers()
        assert people.lost == []

        fresh = "another-secret-of-the-tests-long-enough"
        key.write_text(fresh)
        served.process.send_signal(signal.SIGHUP)
        opened = GET % (f"/p/{token('ada', fresh)}".encode(), b"")
        assert eventually(lambda: served.ask(opened).status == 200)

        assert eventually(lambda: len(served.workers) == 2)
        old = served.workers
        key.write_text("short")
        served.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: bool(served.lines("reload_failed")))
        assert served.workers == old
        assert served.ask(opened).status == 200


def test_who_dies_is_replaced(session_peer: Peer, tmp_path: Path) -> None:
    """Killed, frozen, or with threads that all stand still."""
    session_peer.reset()
    more = {"THREADS": "1"}
    with serving(session_peer.url, tmp_path, more, bounds={"hang": 4}) as served:
        for act in (kill, freeze, hang):
            old = served.workers
            act(served, session_peer)
            assert fresh_of(served, old), act
            assert eventually(served.answers), act
            session_peer.mend()


def kill(served: Served, _peer: Peer) -> None:
    for pid in served.workers:
        os.kill(pid, signal.SIGKILL)


def freeze(served: Served, _peer: Peer) -> None:
    for pid in served.workers:
        os.kill(pid, signal.SIGSTOP)


def hang(served: Served, peer: Peer) -> None:
    """Courier keeps the only thread longer than any may be kept."""
    peer.fault("accept_late", delay_ms=60_000, methods=["GET"])
    with suppress(OSError), served.connect() as one, served.connect() as two:
        for door in (one, two):
            door.sendall(served.page)
        assert read(two).status == 0


def test_a_reload_lets_the_app_of_before_go(settings: Settings) -> None:
    """What is frozen is never looked through again."""
    server = Server(settings, Outside(), Bounds(), lambda: settings)
    before = weakref.ref(server.load())

    is_renewed = server.renew()
    gc.unfreeze()  # what these tests have made may go

    assert is_renewed
    assert before() is None
