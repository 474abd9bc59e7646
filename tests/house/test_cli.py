"""The commands as an operator meets them: real processes and their exit codes."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests import web
from tests.peer import KEY, PATIENCE, Peer

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-key-of-the-tests-long-enough"
"""Seconds for anything that a process should do; a fault, not a rhythm."""

MENTIONS = "/users/ada/preferences/KINJO13Q6S287RAM6WZLFRIE5S51"
ENVIRON = {
    "COURIER_API_KEY": KEY,
    "COURIER_BASE_URL": "http://127.0.0.1:9",
    "SECRET_KEY": SECRET,
    "PUBLIC_URL": "https://preferences.example.com",
    "DATABASE_URL": f"sqlite:///{tempfile.mkdtemp()}/ledger.db",
}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "app", *words]


def test_serving_reads_nothing_that_only_other_commands_want() -> None:
    """Each of them is a tenth of a start."""
    others = ("app.preview", "app.provider", "app.sandbox", "app.checks", "redis")
    told = f"print([name for name in {others} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, app.cli.serving; {told}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


def whole(environ: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONWARNINGS": "error", **environ}


def run(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        cwd=ROOT,
        env=whole(environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def running(environ: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with the block, whatever happened in it."""
    process = subprocess.Popen(
        command(*words),
        cwd=ROOT,
        env=whole(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def answer(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    """The first answer, asked for until the deadline."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return web.get(url)
        except httpx.TransportError:
            pause.wait(0.05)
    pytest.fail(f"{url} does not answer; the exit code is {process.returncode}")


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def token_of(result: subprocess.CompletedProcess[str]) -> str:
    assert (result.returncode, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    start = "https://preferences.example.com/p/"
    assert line.startswith(start)
    return line.removeprefix(start)


def test_link_prints_one_url_and_nothing_else() -> None:
    link = Links([SECRET]).read(
        Scope.PREFERENCES, token_of(run(ENVIRON, "link", "lin wei/07"))
    )
    assert (link.recipient, link.label) == (Recipient("lin wei/07"), None)


def test_link_takes_a_tenant_a_scope_and_a_label() -> None:
    words = ["--tenant", "t 1", "--scope", "preferences", "--label", "a•••@b.com"]
    link = Links([SECRET]).read(
        Scope.PREFERENCES, token_of(run(ENVIRON, "link", "ada", *words))
    )
    assert (link.recipient, link.label) == (Recipient("ada", "t 1"), "a•••@b.com")


@pytest.mark.parametrize(
    "words",
    [
        ["link"],
        ["link", ".."],
        ["link", ""],
        ["link", "ada", "--tenant", "."],
        ["link", "ada", "--scope", "everything"],
        ["sandbox", "--port", "many"],
        ["dance"],
    ],
)
def test_a_wrong_command_line_is_told_on_standard_error(words: list[str]) -> None:
    result = run(ENVIRON, *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("words", [["serve"], ["check"], ["link", "ada"]])
def test_all_faults_of_the_settings_are_told_on_standard_error(
    words: list[str],
) -> None:
    result = run({"SECRET_KEY": "short", "PORT": "none"}, *words)
    assert (result.returncode, result.stdout) == (1, "")
    for name in ("COURIER_API_KEY", "SECRET_KEY", "PUBLIC_URL", "PORT"):
        assert f"\n{name} " in result.stderr
    assert "short" not in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_refuses_to_run_without_a_key() -> None:
    environ = {k: v for k, v in ENVIRON.items() if k != "SECRET_KEY"}
    result = run(environ, "serve")
    assert result.returncode == 1
    assert result.stderr.splitlines()[1:] == ["SECRET_KEY is missing"]


def test_sandbox_keeps_its_data_across_restarts(tmp_path: Path) -> None:
    file, port = tmp_path / "courier.sqlite", free_port()
    words = ["sandbox", "--port", str(port), "--database", str(file)]
    url, key = f"http://127.0.0.1:{port}", {"Authorization": "Bearer sandbox-key"}
    with running({}, *words) as process:
        assert answer(f"{url}{MENTIONS}", process).status_code == 401
        wish = {"topic": {"status": "OPTED_OUT"}}
        put = web.put(f"{url}{MENTIONS}", json=wish, headers=key)
        assert put.json() == {"message": "success"}
    with running({}, *words) as process:
        answer(f"{url}{MENTIONS}", process)
        kept = web.get(f"{url}{MENTIONS}", headers=key)
    assert kept.json()["topic"]["status"] == "OPTED_OUT"


def test_sandbox_takes_its_key_from_the_environment() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/preferences/sections"
    with running(
        {"COURIER_API_KEY": "mine"}, "sandbox", "--port", str(port)
    ) as sandbox:
        assert answer(url, sandbox).status_code == 401
        mine = web.get(url, headers={"Authorization": "Bearer mine"})
    assert mine.status_code == 200


def test_serve_serves_the_printed_link_and_stops_when_asked(peer: Peer) -> None:
    """The idle connection that a proxy keeps open does not hold it back."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environ = {
        **ENVIRON,
        "COURIER_BASE_URL": peer.url,
        "PUBLIC_URL": url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": "1",
    }
    with (
        running(environ, "serve") as process,
        httpx.Client(trust_env=False, timeout=PATIENCE) as browser,
    ):
        assert answer(f"{url}/healthz", process).json() == {"status": "alive"}
        page = browser.get(run(environ, "link", "user-ada").stdout.strip())
        assert page.status_code == 200
        assert "Mentions and replies" in page.text
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE / 2)
        assert (process.returncode, output) == (0, "")
    with pytest.raises(httpx.ConnectError):
        web.get(f"{url}/healthz")
