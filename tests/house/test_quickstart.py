"""Every command of docs/quickstart.md, run as it stands there, in front of a sandbox.

What a reader fills in is filled in here: a key, addresses, a user, a topic. Nothing
else is changed. `curl` is played by a few lines of Python that send the same request.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import httpx
import pytest

from tests.chaos.world import waited
from tests.house.test_cli import free_port
from tests.peer import KEY, Peer

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "quickstart.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PATIENCE = 90.0
"""Seconds until it must serve, on a machine that has much else to do."""

CURL = """#!{python}
import sys
import httpx
url, *rest = sys.argv[1:]
given = dict(zip(rest[::2], rest[1::2], strict=True))
assert set(given) == {{"--header", "--json"}}, given
name, value = given["--header"].split(": ", 1)
headers = {{name: value, "Content-Type": "application/json"}}
answer = httpx.post(url, headers=headers, content=given["--json"], timeout=60)
sys.stdout.write(answer.text)
sys.exit(0 if answer.is_success else answer.status_code % 256)
"""


@dataclass
class Reader:
    """Somebody at a terminal, in a folder that looks like the project's."""

    folder: Path
    filled_in: dict[str, str]
    environ: dict[str, str] = field(default_factory=dict)

    def filled(self, block: str) -> str:
        for hole, value in self.filled_in.items():
            block = block.replace(hole, value)
        return block

    def type(self, block: str, *codes: int) -> str:
        """What it prints; what it exports is there for the next block."""
        left = self.folder / "environ"
        script = f"{self.filled(block)}\ncode=$?\nenv -0 > {left}\nexit $code"
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (codes or (0,)), done.stdout + done.stderr
        entries = left.read_text("utf-8").rstrip("\0").split("\0")
        self.environ = dict(entry.split("=", 1) for entry in entries)
        return done.stdout

    def begin(self, block: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            shlex.split(self.filled(block)),
            cwd=self.folder,
            env=self.environ,
            stderr=subprocess.DEVNULL,
        )


def block(beginning: str) -> str:
    (found,) = [b for b in BLOCKS if beginning in b]
    return found


@pytest.fixture
def reader(tmp_path: Path, peer: Peer, topic_ids: dict[str, str]) -> Reader:
    for name in ("app", "static", "templates"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    curl = tmp_path / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text(CURL.format(python=sys.executable))
    curl.chmod(0o755)
    port = str(free_port())
    filled_in = {
        "pk_test_YOURS": KEY,
        "https://api.courier.com": peer.url,
        "http://127.0.0.1:8000": f"http://127.0.0.1:{port}",
        "YOUR_USER_ID": "user-ada",
        "TOPIC_ID": topic_ids["Due dates"],
    }
    path = f"{curl.parent}:{os.defpath}"
    return Reader(tmp_path, filled_in, {"PATH": path, "PORT": port, "WORKERS": "1"})


@pytest.fixture
def serving(reader: Reader) -> Iterator[Reader]:
    """The settings are given, and the app serves by them."""
    reader.type(block("export SECRET_KEY_FILE"))
    server = reader.begin(block("app serve"))
    try:
        url = reader.environ["PUBLIC_URL"]
        assert waited(lambda: _answers(url) or server.poll() is not None, PATIENCE)
        assert server.poll() is None, "it did not serve"
        yield reader
    finally:
        server.terminate()
        server.wait(timeout=40)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False, timeout=2).is_success
    except httpx.TransportError:
        return False


def test_every_command_of_the_quick_start_does_what_it_says(
    serving: Reader, peer: Peer
) -> None:
    secret = serving.folder / "var" / "secret_key"
    assert secret.stat().st_mode & 0o077 == 0
    assert "Courier" in serving.type(block("app check"))
    assert "topics." in serving.type(block("app lint"), 0, 1)

    link = serving.type(block("app link")).strip()
    assert "Due dates" in httpx.get(link, trust_env=False, timeout=PATIENCE).text

    answer = json.loads(serving.type(block("/api/links")))["links"][0]
    serving.filled_in |= {
        "PREFERENCES_URL": answer["preferences_url"],
        "UNSUBSCRIBE_URL": answer["unsubscribe_url"],
    }
    assert "requestId" in serving.type(block("/send"))
    assert answer["preferences_url"] in peer.mailed_links()
    _is_in_order(serving, answer)


def _is_in_order(reader: Reader, answer: dict[str, object]) -> None:
    """The headers of the page's send, in a mail as it might arrive."""
    body = reader.filled(block("/send")).partition("--json '")[2].rpartition("'")[0]
    sent = json.loads(body)["message"]["providers"]["sendgrid"]["override"]["body"]
    assert sent["headers"] == answer["headers"]
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    mail["From"], mail["To"] = "product@tidewell.example", "ada@example.com"
    mail["Subject"] = "Three tasks are due"
    for name, value in sent["headers"].items():
        mail[name] = value
    mail.set_content(f"Choose what you get: {answer['preferences_url']}")
    (reader.folder / "message.eml").write_bytes(mail.as_bytes())
    said = reader.type(".venv/bin/python -m app mail check message.eml", 0, 1)
    assert "List-Unsubscribe" in said


def test_the_demo_is_the_readme_s() -> None:
    assert BLOCKS[0] == "make demo\n"
    assert len(BLOCKS) == 8
