"""The README keeps its word: every setting and every command in it is real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from app.cli import main
from app.settings import SECRETS, Settings
from tests.commands import commands_of
from tests.peer import PATIENCE

ROOT = Path(__file__).parent.parent.parent
MAKE = (ROOT / "Makefile").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def all_commands(group: click.Group, before: str = "") -> dict[str, click.Command]:
    """Every command by its words, those of groups included."""
    found: dict[str, click.Command] = {}
    for name, command in commands_of(group).items():
        if isinstance(command, click.Group):
            found |= all_commands(command, f"{before}{name} ")
        else:
            found[f"{before}{name}"] = command
    return found


def table(first: str) -> list[list[str]]:
    """The rows of the table whose header begins so."""
    block = README.partition(f"| {first} |")[2].partition("\n\n")[0]
    rows = [line.strip("|").split(" | ") for line in block.splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in rows]


def test_it_starts_with_what_it_is_a_picture_and_the_two_commands() -> None:
    beginning = README.partition("\n## ")[0]
    picture = re.search(r"!\[.+\]\((.+)\)", beginning)

    assert beginning.startswith("# Courier Preference Center\n\nA self-hosted")
    assert picture
    assert (ROOT / picture[1]).read_bytes().startswith(b"\x89PNG")
    assert "```sh\nmake demo\nmake test\n```" in beginning


def test_the_settings_table_is_the_beginning_of_the_settings() -> None:
    """All of them are in docs/settings.md; see `tests.house.test_docs`."""
    told = {row[0].strip("`"): row[1:] for row in table("name")}
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}

    assert {name for name, field in fields.items() if field.is_required()} <= set(told)
    assert len(told) > 5
    for name, (default, meaning) in told.items():
        field = fields[name]
        assert meaning == field.description
        assert ("secret" in default) is (name.lower() in SECRETS)
        assert default.startswith("required") is field.is_required()
        if not field.is_required() and field.default:
            assert default.removesuffix(", secret") in written(
                name.lower(), field.default
            )


def written(name: str, default: Any) -> tuple[str, ...]:  # noqa: ANN401
    """As it stands in the table, in the words of the environment; or none."""
    match default:
        case SecretStr():
            value = default.get_secret_value()
            return (f"`{value}`",) if value else ("none",)
        case ((str(), str()), *_):
            text = " ".join("=".join(pair) for pair in default)
        case (str(), *_):
            parting = "; " if name == "staff_legal_bases" else " "
            text = parting.join(map(str, default))
        case _:
            text = str(default)
    return (f"`{text}`",)


def test_every_command_in_it_exists() -> None:
    told = {re.search(r"-m app ([a-z ]+)", row[0])[1]: row for row in table("command")}  # type: ignore[index]
    commands = all_commands(main)

    assert {name.strip() for name in told} == set(commands)
    for name, row in told.items():
        options = set(re.findall(r"--[a-z-]+", " ".join(row)))
        known = {o for p in commands[name.strip()].params for o in p.opts}
        assert options <= known, name
        assert CliRunner().invoke(main, [*name.split(), "--help"]).exit_code == 0


def test_every_make_target_in_it_exists() -> None:
    targets = set(re.findall(r"`?\bmake ([a-z]+)", README))
    known = set(
        re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )

    assert targets <= known
    assert known - {"help", "clean"} <= targets


def test_every_file_in_it_exists() -> None:
    for name in re.findall(r"`((?:app|tests|docs)/[\w./]+)`", README):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"\]\(((?!https:)[^)#]+)", README):
        assert (ROOT / name).exists(), name


def test_make_demo_prints_links_that_open_and_a_toggle_reaches_the_sandbox() -> None:
    port, sandbox = free_port(), free_port()
    ports = f"--port {port} --sandbox-port {sandbox} --provider-port {free_port()}"
    arguments = f"ARGS={ports}"
    command = ["make", "--no-print-directory", "demo", arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as demo:
        try:
            links = _printed_links(demo)
            assert len(links) >= 6
            with httpx.Client(timeout=PATIENCE) as client:
                assert all(client.get(link).status_code == 200 for link in links)
                _toggle(client, links[0], sandbox)
            _link_by_hand(port)
        finally:
            os.killpg(demo.pid, signal.SIGTERM)
            demo.communicate(timeout=40)  # until the last of its processes has ended
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/healthz")


def _printed_links(demo: subprocess.Popen[str]) -> list[str]:
    """What it printed until it said that it is ready; a deadline is pytest's."""
    assert demo.stdout is not None
    printed = []
    for line in demo.stdout:
        printed.append(line)
        if "Ctrl-C" in line:
            break
    return re.findall(r"http://127.0.0.1:\d+/p/\S+", "".join(printed))


def _toggle(client: httpx.Client, link: str, sandbox: str) -> None:
    html = client.get(link).text
    form = next(f for f in html.split("<form")[1:] if ">Due dates<" in f)
    action = re.search(r'action="([^"]+)"', form)
    state = re.search(r'name="state" value="([^"]+)"', form)
    assert action
    assert state
    url = str(httpx.URL(link).copy_with(path=action[1]))
    answer = client.post(url, data={"state": state[1]})
    assert answer.status_code == 303
    topic = action[1].rpartition("/")[2]
    saved = client.get(
        f"http://127.0.0.1:{sandbox}/users/user-ada/preferences/{topic}",
        headers={"Authorization": "Bearer sandbox-key"},
    ).json()
    assert saved["topic"]["status"] == "OPTED_OUT"


def _link_by_hand(port: str) -> None:
    """The README's own line, which mints another link for a running demo."""
    line = next(li for li in README.splitlines() if li.startswith("`SECRET_KEY_FILE"))
    *settings, _python, _m, _app, command, user = line.strip("`.").split()
    settings[-1] = f"PUBLIC_URL=http://127.0.0.1:{port}"
    done = subprocess.run(
        ["env", *settings, sys.executable, "-m", "app", command, user],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert httpx.get(done.stdout.strip()).status_code == 200


def test_the_bench_tells_time_and_weight(tmp_path: Path) -> None:
    written = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "micro", "--quick", "--json", str(written)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert re.search(r"^whole page +[\d.]+ .* us$", done.stdout, re.MULTILINE)
    weight = json.loads(written.read_text("utf-8"))["micro"]["weight"]
    assert f"br {weight['bytes']['br']} B" in done.stdout
    assert 2 <= weight["requests"] <= 4
    assert weight["bytes"]["gzip"] <= 30 * 1024
