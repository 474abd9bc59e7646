"""Our page as it runs in production: `serve` in front of a sandbox, each a process."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.links import Links, Scope
from app.preferences.model import Recipient
from app.settings import Settings
from bench.page.workspace import fill

KEY = "sandbox-key"
SECRET = "a-key-for-the-benchmark-only-0123456789"  # noqa: S105  no secret
PATIENCE = 30.0


class Site:
    """Where the app is, and a fresh recipient's link each time."""

    def __init__(self, settings: Settings) -> None:
        self._links = Links(settings.keys)
        self._base = settings.public_url
        self._count = 0

    def link(self) -> str:
        self._count += 1
        recipient = Recipient(f"user-{self._count}")
        return f"{self._base}/p/{self._links.mint(Scope.PREFERENCES, recipient)}"


@contextmanager
def serving(latency_ms: int) -> Iterator[Site]:
    """The app with one worker; its upstream answers after the latency."""
    with tempfile.TemporaryDirectory() as name, _sandbox(latency_ms, Path(name)) as url:
        folder, port = Path(name), _free_port()
        environ = {
            "COURIER_API_KEY": KEY,
            "COURIER_BASE_URL": url,
            "SECRET_KEY": SECRET,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WORKERS": "1",
            "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
        }
        ready = f"http://127.0.0.1:{port}/readyz"
        with _running("serve", ready=ready, folder=folder, environ=environ):
            yield Site(Settings.from_environ(environ))


@contextmanager
def _sandbox(latency_ms: int, folder: Path) -> Iterator[str]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = ("sandbox", "--port", str(port))
    headers = {"Authorization": f"Bearer {KEY}"}
    with (
        _running(*command, ready=f"{url}/_sandbox/switches", folder=folder),
        httpx.Client(base_url=url, headers=headers, trust_env=False) as client,
    ):
        fill(client)
        switches = {"latency_ms": latency_ms}
        client.patch("/_sandbox/switches", json=switches).raise_for_status()
        yield url


@contextmanager
def _running(
    *command: str, ready: str, folder: Path, environ: dict[str, str] | None = None
) -> Iterator[None]:
    """A process of the app, from the moment at which it answers."""
    log = folder / f"{command[0]}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "app", *command],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )
    try:
        _await(process, ready, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    last = log.read_text("utf-8")[-2000:]
    raise SystemExit(f"nobody answers at {url}:\n{last}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
