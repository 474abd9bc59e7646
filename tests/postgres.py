"""A PostgreSQL of the tests' own: made for them, reached by a socket, thrown away."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg import sql

DEBIAN = Path("/usr/lib/postgresql")
USER = "tester"
PATIENCE = 60.0
"""Seconds for anything that a program should do; a fault, not a rhythm."""

Mode = Literal["smart", "fast", "immediate"]


class Failed(Exception):
    """A program of PostgreSQL's ended badly; with what it said."""


@dataclass(frozen=True)
class Cluster:
    """A server whose databases come and go, and which itself can go and come back."""

    home: Path
    """Holds the data, the log and the socket, and belongs to the owner."""

    programs: Path
    owner: pwd.struct_passwd | None
    """Whom the programs run as, if not as ourselves."""

    def url(self, database: str) -> str:
        host = quote(str(self.home))
        return f"postgresql://{USER}@/{quote(database, safe='')}?host={host}"

    def create(self, name: str) -> str:
        """Make an empty database, and say its address."""
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        self._execute(statement.format(sql.Identifier(name)))

    def start(self) -> None:
        """Returns when connections are welcome."""
        self._control("start", f"--log={self._log}")

    def stop(self, mode: Mode = "immediate") -> None:
        """Returns when the server is gone; "immediate" is how a crash looks."""
        self._control("stop", f"--mode={mode}")

    @property
    def is_running(self) -> bool:
        return self._run("pg_ctl", "status", self._data).returncode == 0

    def make(self, *, is_durable: bool) -> None:
        """What is not durable outlives the server's crash, but not the machine's."""
        self._check(
            "initdb",
            self._data,
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )
        durable = "on" if is_durable else "off"
        with (self.home / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                "listen_addresses = ''\n"
                f"unix_socket_directories = '{self.home}'\n"
                "max_connections = 100\n"
                f"fsync = {durable}\n"
                f"full_page_writes = {durable}\n"
            )

    @property
    def _data(self) -> str:
        return f"--pgdata={self.home / 'data'}"

    @property
    def _log(self) -> Path:
        return self.home / "log"

    def _control(self, *words: str) -> None:
        self._check("pg_ctl", "--wait", self._data, *words)

    def _check(self, *words: str) -> None:
        done = self._run(*words)
        if done.returncode != 0:
            log = self._log.read_text("utf-8") if self._log.exists() else ""
            raise Failed(f"{words}:\n{done.stdout}{done.stderr}{log}")

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        owner = self.owner
        return subprocess.run(
            [self.programs / program, *words],
            cwd=self.home,
            user=owner and owner.pw_uid,
            group=owner and owner.pw_gid,
            extra_groups=[] if owner else None,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_cluster(*, is_durable: bool = False) -> Iterator[Cluster]:
    """A cluster for the block; a durable one keeps its word to the disk as well."""
    with _home() as home:
        cluster = Cluster(home, _programs(), _owner())
        if cluster.owner:
            os.chown(home, cluster.owner.pw_uid, cluster.owner.pw_gid)
        cluster.make(is_durable=is_durable)
        try:
            cluster.start()
            yield cluster
        finally:
            if cluster.is_running:
                cluster.stop()


@contextmanager
def _home() -> Iterator[Path]:
    """Right below /tmp, as a socket's path has room for about 100 characters."""
    home = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        yield home
    finally:
        shutil.rmtree(home)


def _programs() -> Path:
    """Where initdb is, looked for as scripts/postgres does; Debian's newest."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = [path for path in _candidates() if (path / "initdb").exists()]
    if not found:
        raise Failed("PostgreSQL's server programs are not here; run scripts/postgres")
    return found[0]


def _candidates() -> Iterator[Path]:
    config = shutil.which("pg_config")
    if config:
        said = subprocess.run(
            [config, "--bindir"], capture_output=True, text=True, check=False
        )
        yield Path(said.stdout.strip())
    versions = DEBIAN.glob("[0-9]*/bin")
    yield from sorted(versions, key=lambda path: float(path.parent.name), reverse=True)


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: somebody to run it instead."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")
