"""The units are ones that systemd takes, and the server speaks with it as they say."""

import re
import shutil
import socket
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from app.serving.bounds import Bounds
from tests.commands import COMMANDS
from tests.deploy.places import PATIENCE, ROOT, SYSTEMD, missing, ran, unknown
from tests.house.test_cli import ENVIRON, answer, free_port, running, whole
from tests.peer import Peer

SERVICES = sorted(SYSTEMD.glob("*.service"))
PYTHON = "/opt/preferences/.venv/bin/python"
MOST_EXPOSED = 20
"""Tenths; systemd calls what is below 2 fine, and a unit without bounds has 9.6."""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a program that is there."""
    own = tmp_path / "units"
    shutil.copytree(SYSTEMD, own)
    for file in own.glob("*.service"):
        text = file.read_text("utf-8")
        assert f"ExecStart={PYTHON} -m app " in text
        file.write_text(text.replace(PYTHON, "/bin/true"), "utf-8")
    return own


def test_systemd_finds_no_fault(units: Path) -> None:
    files = [str(file) for file in units.iterdir() if file.is_file()]
    done = ran("systemd-analyze", "--man=no", "verify", *files)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(files) == 5


def test_a_fault_would_be_found(units: Path) -> None:
    common = units / "preferences-.service.d" / "common.conf"
    common.write_text(common.read_text("utf-8").replace("=strict", "=stricter"))
    done = ran("systemd-analyze", "--man=no", "verify", str(units / SERVICES[0].name))

    assert "protect system" in done.stderr.lower()


@pytest.mark.parametrize("service", [file.name for file in SERVICES])
def test_no_service_may_do_more_than_it_needs(units: Path, service: str) -> None:
    words = ["security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}"]
    done = ran("systemd-analyze", *words, str(units / service))

    assert done.returncode == 0, done.stdout


def test_the_app_is_given_all_that_it_needs() -> None:
    common = (SYSTEMD / "preferences-.service.d" / "common.conf").read_text("utf-8")
    given = dict(re.findall(r"([A-Z_]+_FILE)=%d/(\w+)", common))
    loaded = dict(re.findall(r"LoadCredential=(\w+):(\S+)", common))

    assert not unknown(given)
    assert missing(given) == {"PUBLIC_URL"}  # no secret: a line of the environment
    assert set(given.values()) == set(loaded)
    assert loaded == {name: f"/etc/preferences/{name}" for name in loaded}


@pytest.mark.parametrize("service", [file.name for file in SERVICES])
def test_every_service_runs_a_command_that_there_is(service: str) -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(SYSTEMD / service)
    _, _, _, command, *words = unit["Service"]["ExecStart"].split()
    options = {o for p in COMMANDS[command].params for o in p.opts}

    assert {word for word in words if word.startswith("--")} <= options
    if unit["Service"].get("Type") != "oneshot":
        assert int(unit["Service"]["TimeoutStopSec"]) > Bounds().stopping


@pytest.fixture
def environ(peer: Peer, tmp_path: Path) -> dict[str, str]:
    return {
        **ENVIRON,
        "COURIER_BASE_URL": peer.url,
        "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "WORKERS": "1",
        "DELIVERY_WORKERS": "0",
    }


def test_the_server_says_when_it_is_ready(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """As `Type=notify` has it."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(PATIENCE)
        with running({**environ, "NOTIFY_SOCKET": str(address)}, "serve"):
            assert b"READY=1" in systemd.recv(1000).splitlines()


@pytest.fixture
def activated(environ: dict[str, str]) -> Iterator[tuple[str, Popen[str]]]:
    """A server that is given its listening socket, and would listen nowhere itself."""
    port = free_port()
    words = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}"]
    given = [f"--setenv={name}={value}" for name, value in whole(environ).items()]
    with Popen(
        [*words, *given, sys.executable, "-m", "app", "serve"],
        cwd=ROOT,
        stdout=PIPE,
        stderr=PIPE,
        text=True,
    ) as process:
        yield f"http://127.0.0.1:{port}", process
        process.terminate()
        process.communicate(timeout=PATIENCE)


def test_the_server_takes_the_socket_that_it_is_given(
    activated: tuple[str, Popen[str]], environ: dict[str, str]
) -> None:
    url, process = activated

    assert answer(f"{url}/healthz", process).json() == {"status": "alive"}
    with socket.socket() as door:
        assert door.connect_ex(("127.0.0.1", int(environ["PORT"]))) != 0
