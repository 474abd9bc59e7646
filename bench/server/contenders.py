"""Who serves: ours as it is run in production, what one writes first, and nginx.

Each is pinned to the core of the measured and asks the same upstream.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from itsdangerous import URLSafeTimedSerializer

from app.links import Links, Scope
from app.preferences.model import Recipient
from app.settings import Settings
from bench.server.canned import KEY, Answers
from bench.server.processes import await_answer, cores, free_port, running

SECRET = "a-key-for-the-benchmark-only-0123456789"  # noqa: S105  no secret
USERS = 3000
"""More than any cache of what was read for one of them."""

HOST = "127.0.0.1"
GUNICORN = [sys.executable, "-m", "gunicorn", "bench.server.bare:app"]
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream courier {{ server {upstream}; keepalive 512; }}
  server {{
    listen {host}:{port} backlog=4096;
    location / {{
      proxy_pass http://courier;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer {key}";
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Contender:
    """What is asked of whom."""

    name: str
    port: int
    pid: int
    paths: list[str] = field(repr=False)

    @property
    def requests(self) -> list[str]:
        return [get(path) for path in self.paths]


def get(path: str, **headers: str) -> str:
    """As it goes over the line; the address is one of a proxy's clients."""
    lines = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\n{lines}\r\n"


@contextmanager
def upstream(answers: Answers, kind: str = "many") -> Iterator[str]:
    """Where it is; on the core of those who measure. `fine` has exact timers, and
    room for a thousand connections only."""
    port = free_port()
    command = [sys.executable, "-m", "bench.server.upstream", str(port), kind]
    told = json.dumps(answers).encode()
    with running(command, cores()[1], told=told) as process:
        base = f"http://{HOST}:{port}"
        await_answer(f"{base}/_counts", process)
        yield base


def set_latency(base: str, milliseconds: float, **more: str | int) -> None:
    query = {"ms": milliseconds, **more}
    httpx.get(f"{base}/_latency", params=query, trust_env=False).raise_for_status()


@contextmanager
def serving(
    name: str,
    command: list[str],
    environ: dict[str, str],
    ready: str,
    paths: list[str],
) -> Iterator[Contender]:
    """Where `PORT` in the environment says; tells what it said if it fails."""
    with (
        tempfile.TemporaryFile() as log,
        running(command, cores()[0], environ, log) as process,
    ):
        port = int(environ["PORT"])
        try:
            await_answer(f"http://{HOST}:{port}{ready}", process)
        except SystemExit:
            log.seek(0)
            raise SystemExit(f"{name}: {log.read().decode()[-2000:]}") from None
        yield Contender(name, port, process.pid, paths)


def settings(base: str, folder: str, **more: str) -> dict[str, str]:
    """The environment of ours: one worker for one core, else its defaults."""
    port = free_port()
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": base,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
        "HOST": HOST,
        "PORT": str(port),
        "WORKERS": "1",
        "PROXIES": "1",  # so that the load comes from many addresses
        **more,
    }


def page_paths(
    environ: dict[str, str], users: int = USERS, name: str = "user-"
) -> list[str]:
    links = Links(Settings.from_environ(environ).keys)
    people = (Recipient(f"{name}{number}") for number in range(users))
    return [f"/p/{links.mint(Scope.PREFERENCES, one)}" for one in people]


@contextmanager
def ours(base: str, **more: str) -> Iterator[Contender]:
    with tempfile.TemporaryDirectory() as folder:
        environ = settings(base, folder, **more)
        command = [sys.executable, "-m", "app", "serve"]
        paths = page_paths(environ)
        with serving("ours", command, environ, "/readyz", paths) as contender:
            yield contender


@contextmanager
def bare(base: str, name: str, *options: str) -> Iterator[Contender]:
    port, serializer = str(free_port()), URLSafeTimedSerializer(SECRET)
    environ = {"COURIER_BASE_URL": base, "SECRET_KEY": SECRET, "PORT": port}
    command = [*GUNICORN, "--bind", f"{HOST}:{port}", "--backlog", "4096", *options]
    paths = [f"/p/{serializer.dumps(f'user-{number}')}" for number in range(USERS)]
    with serving(name, command, environ, paths[0], paths) as contender:
        yield contender


def sync(base: str) -> AbstractContextManager[Contender]:
    return bare(base, "bare, sync x 2", "--workers", "2")


def threads(base: str) -> AbstractContextManager[Contender]:
    options = ("--worker-class", "gthread", "--workers", "2", "--threads", "64")
    return bare(base, "bare, threads 2 x 64", *options)


def direct(base: str) -> Contender:
    """The upstream itself, by nobody."""
    paths = [f"/users/user-{number}/preferences" for number in range(USERS)]
    return Contender("upstream alone", int(base.rpartition(":")[2]), 0, paths)


@contextmanager
def nginx(base: str) -> Iterator[Contender]:
    """Hands Courier's list on as it is: nobody can be faster."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    paths = [f"/users/user-{number}/preferences" for number in range(USERS)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "nginx.conf")
        where = base.removeprefix("http://")
        file.write_text(
            NGINX.format(folder=folder, host=HOST, port=port, upstream=where, key=KEY)
        )
        command = [program, "-p", folder, "-c", str(file)]
        environ = {"PORT": str(port)}
        with serving("nginx, proxy alone", command, environ, paths[0], paths) as found:
            yield found
