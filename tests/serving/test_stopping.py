"""Stopping: nobody who asked stays without an answer, and it has an end."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.peer import PATIENCE, Peer
from tests.serving.people import crowd, people_at
from tests.serving.served import HEALTH, Served, eventually, read, serving

WAITING = 600
"""People who connect while nobody looks; more than are taken at once."""

GRACE = 2
"""Seconds for requests under way, where nobody is in a hurry."""


def test_no_request_is_lost_by_stopping(session_peer: Peer, tmp_path: Path) -> None:
    session_peer.reset()
    with (
        serving(session_peer.url, tmp_path, {"WORKERS": "2"}) as served,
        people_at(served) as people,
    ):
        served.stop()
        assert eventually(lambda: people.refused > 0)

    assert people.lost == []
    assert served.process.returncode == 0


def test_what_is_under_way_is_answered_and_settled(
    session_peer: Peer, tmp_path: Path
) -> None:
    """What Courier has not answered yet, what has not arrived yet, and what is asked
    at that moment on a connection that was kept."""
    session_peer.reset()
    with serving(session_peer.url, tmp_path, bounds={"parting": 30}) as served:
        people = crowd(served)
        form = people.forms[0]
        session_peer.fault("accept_late", delay_ms=4000, methods=["PUT"])
        said = people.said(0)
        late = people.said(2)
        with (
            served.connect() as door,
            served.connect() as slow,
            served.connect() as kept,
        ):
            kept.sendall(HEALTH)
            assert read(kept).status == 200
            door.sendall(said)
            slow.sendall(late[:-9])
            assert eventually(lambda: served.number("http_requests_in_flight") == 2)
            served.process.send_signal(signal.SIGTERM)
            threading.Event().wait(1.0)
            slow.sendall(late[-9:])
            kept.sendall(HEALTH)
            answers = [read(door), read(slow), read(kept)]
        served.process.wait(30)

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert all("connection: close" in answer.head.lower() for answer in answers)
    session_peer.mend()
    topic = session_peer.topic("user 0", form.topic)
    assert (topic["status"] != "OPTED_OUT") is not form.is_on


def test_who_was_accepted_by_the_system_is_answered_and_nobody_else_is_accepted(
    session_peer: Peer, tmp_path: Path
) -> None:
    """Whoever comes while it stops is not cut off later, but tries again by itself."""
    long = {"accepting": 5}
    with (
        serving(session_peer.url, tmp_path, bounds=long) as served,
        ExitStack() as doors,
    ):
        for pid in served.workers:
            os.kill(pid, signal.SIGSTOP)
        waiting = [doors.enter_context(served.connect()) for _ in range(WAITING)]
        for door in waiting:
            door.sendall(HEALTH)
        served.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: is_dropped(served, doors))
        for pid in served.workers:
            os.kill(pid, signal.SIGCONT)

        assert {read(door).status for door in waiting} == {200}
        served.process.wait(PATIENCE)
        with pytest.raises(ConnectionRefusedError):
            served.connect()


def is_dropped(served: Served, doors: ExitStack) -> bool:
    try:
        doors.enter_context(served.connect(0.5))
    except TimeoutError:
        return True
    return False


def test_stopping_has_an_end(session_peer: Peer, tmp_path: Path) -> None:
    """Whatever is under way; a second SIGTERM changes nothing, a SIGINT does.

    SIGQUIT waits for nobody from the beginning, nor does SIGINT.
    """
    session_peer.reset()
    term, hurry, leave = signal.SIGTERM, signal.SIGINT, signal.SIGQUIT
    ends = [(term, term, GRACE), (term, hurry, 60), (leave, leave, 60)]
    urls = [session_peer.url] * len(ends)
    folders = [tmp_path / str(number) for number in range(len(ends))]
    with ThreadPoolExecutor(len(ends)) as hands:
        seconds = list(
            hands.map(stopped_twice, urls, folders, *zip(*ends, strict=True))
        )

    assert seconds[0] >= GRACE
    assert max(seconds) < PATIENCE


def stopped_twice(
    url: str, folder: Path, first: signal.Signals, second: signal.Signals, grace: int
) -> float:
    """Seconds from the first signal to the end, with somebody who never ends."""
    folder.mkdir()
    bounds = {"grace": grace, "settling": 1}
    with serving(url, folder, bounds=bounds) as served, served.connect() as door:
        door.sendall(b"POST /p/x/choose HTTP/1.1\r\nHost: here\r\n")
        door.sendall(b"Content-Length: 9\r\n\r\n")
        assert served.answers()
        began = time.monotonic()
        served.process.send_signal(first)
        threading.Event().wait(0.5)
        served.stop(second)
        return time.monotonic() - began
