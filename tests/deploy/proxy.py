"""The proxy of the compose project as a process, in front of whatever a test names."""

import re
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from tests import web
from tests.deploy.places import PATIENCE, prepared
from tests.house.test_cli import free_port


@dataclass(frozen=True)
class Proxy:
    """`port` speaks TLS, `plain` does not."""

    folder: Path
    port: int
    plain: int

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """All that it wrote into its logs about what was asked until now."""
        end = f"/theme/{uuid4().int}.css"
        web.get(f"http://127.0.0.1:{self.plain}{end}")
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while end not in (written := self._written()):
            assert time.monotonic() < deadline
            pause.wait(0.02)
        return "".join(line for line in written.splitlines(True) if end not in line)

    def _written(self) -> str:
        """A line comes a moment after its answer."""
        logs = [self.folder / "access.log", self.folder / "error.log"]
        return "".join(log.read_text("utf-8") for log in logs)

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A browser at that address of ours, which believes the certificate."""
        transport = httpx.HTTPTransport(verify=self.context(), local_address=address)
        return httpx.Client(transport=transport, base_url=self.url, timeout=PATIENCE)

    def context(self) -> ssl.SSLContext:
        own = self.folder / "compose" / "secrets" / "tls_certificate"
        context = ssl.create_default_context(cafile=str(own))
        context.check_hostname = False  # its name is that of the project's example
        return context


@contextmanager
def running_proxy(folder: Path, app_port: int) -> Iterator[Proxy]:
    """As in the container, but for paths, ports, and where the app is."""
    proxy = Proxy(folder, free_port(), free_port())
    settings = rendered(proxy, prepared(folder), app_port)
    words = [nginx(), "-e", str(folder / "error.log"), "-c", str(settings)]
    process = subprocess.Popen([*words, "-g", "daemon off;"])
    try:
        _await(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait(PATIENCE)


def nginx() -> str:
    found = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(found).exists(), "nginx is not here; run scripts/nginx"
    return found


def rendered(proxy: Proxy, project: Path, app_port: int) -> Path:
    text = (project / "nginx.conf").read_text("utf-8")
    for given, own in {
        " /tmp/": f" {proxy.folder}/",
        "server app:8000 resolve;": f"server 127.0.0.1:{app_port};",
        "listen 8443 ssl;": f"listen 127.0.0.1:{proxy.port} ssl;",
        "listen 8080;": f"listen 127.0.0.1:{proxy.plain};",
        "listen 127.0.0.1:8081;": f"listen 127.0.0.1:{free_port()};",
        "error_log /dev/stderr ": f"error_log {proxy.folder}/error.log ",
        "access_log /dev/stdout ": f"access_log {proxy.folder}/access.log ",
        "/run/secrets/": f"{project}/secrets/",
        "worker_processes auto;": "worker_processes 1;",
        "http2 on;": "http2 on;" if _version() >= (1, 25, 1) else "",
    }.items():
        assert given in text, given
        text = text.replace(given, own)
    settings = proxy.folder / "nginx.conf"
    settings.write_text(text, "utf-8")
    return settings


def _version() -> tuple[int, ...]:
    said = subprocess.run(
        [nginx(), "-v"], capture_output=True, text=True, check=True
    ).stderr
    found = re.search(r"/(\d+)\.(\d+)\.(\d+)", said)
    assert found
    return tuple(map(int, found.groups()))


def _await(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while True:
        try:
            web.get(f"http://127.0.0.1:{proxy.plain}/")
        except httpx.TransportError:
            assert process.poll() is None, "nginx did not start"
            assert time.monotonic() < deadline
            pause.wait(0.02)
        else:
            return
