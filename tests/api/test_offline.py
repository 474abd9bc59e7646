"""Minting without the server: the format as documented, and the two examples.

The vectors are of another program than ours; both examples run as they are.
"""

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.factory import create_app
from app.ledger.schema import migrate
from app.links import SKEW, Links, Scope
from app.parts import Outside, create_parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from app.signing import LONGEST, LinkInvalid
from tests.commands import COMMANDS
from tests.conftest import SECRET
from tests.house.client import Visitor

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
VECTORS: dict[str, Any] = json.loads((DOCS / "link-vectors.json").read_text("utf-8"))
PYTHON = [sys.executable, "docs/examples/mint_links.py"]
NODE = [shutil.which("node") or "node", "docs/examples/mint-links.mjs"]
URL = "http://preferences.example"
Vector = dict[str, Any]


def name(vector: Vector) -> str:
    return str(vector.get("why") or f"{vector['scope']}-{len(vector['claims'])}")


def reader(vector: Vector) -> Links:
    return Links([vector["secret"]], lambda: float(vector["timestamp"]))


def vectors(*kinds: str) -> pytest.MarkDecorator:
    """The vectors of those kinds, one test each."""
    found = [vector for kind in kinds for vector in VECTORS[kind]]
    assert found
    return pytest.mark.parametrize("vector", found, ids=name)


# The format


@vectors("signed", "encrypted", "read")
def test_we_read_what_the_format_says(vector: Vector) -> None:
    scope, claims = Scope(vector["scope"]), vector["claims"]
    link = reader(vector).read(scope, vector["token"])

    assert link.recipient == Recipient(claims["u"], claims.get("t"))
    assert link.label == claims.get("l")
    assert link.recipient.language == claims.get("g", "")
    assert link.has_all_tenants is (claims.get("a") == 1)
    assert link.minted_at.timestamp() == vector["timestamp"]
    if scope is Scope.UNSUBSCRIBE:
        assert link.subject == Subject(claims.get("o"), claims.get("s"))


@vectors("signed")
def test_we_write_what_the_format_says(vector: Vector) -> None:
    assert minted(vector, reader(vector)) == vector["token"]


@vectors("encrypted")
def test_what_we_encrypt_is_read_by_the_format(vector: Vector) -> None:
    now = float(vector["timestamp"])
    token = minted(vector, Links([vector["secret"]], lambda: now, is_private=True))
    text = token + "=" * (-len(token) % 4)
    fernet = Fernet(key_of(vector))

    assert not token.endswith("=")
    assert json.loads(fernet.decrypt(text)) == vector["claims"]
    assert fernet.extract_timestamp(text) == vector["timestamp"]


@vectors("refused")
def test_everything_else_is_refused(vector: Vector) -> None:
    links = Links([vector["secret"]], lambda: float(vector["at"]))
    with pytest.raises(LinkInvalid):
        links.read(Scope(vector["scope"]), vector["token"])


def minted(vector: Vector, links: Links) -> str:
    claims = vector["claims"]
    return links.mint(
        Scope(vector["scope"]),
        Recipient(claims["u"], claims.get("t"), claims.get("g", "")),
        claims.get("l"),
        Subject(claims.get("o"), claims.get("s")),
        has_all_tenants=claims.get("a") == 1,
    )


def key_of(vector: Vector) -> bytes:
    info = f"encrypted {vector['scope']}".encode()
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
    return base64.urlsafe_b64encode(derive.derive(vector["secret"].encode()))


# The examples


def ran(
    command: list[str], privacy: str = "signed", key: str = SECRET
) -> subprocess.CompletedProcess[str]:
    """Given nothing but the key and where recipients reach us."""
    environment = [f"SECRET_KEY={key}", f"PUBLIC_URL={URL}/"]
    environment.append(f"LINK_PRIVACY={privacy}")
    return subprocess.run(
        ["env", "-i", *environment, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def run(command: list[str], privacy: str = "signed") -> list[str]:
    """What it prints."""
    done = ran(command, privacy)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("command", [PYTHON, NODE], ids=["python", "node"])
def test_an_example_makes_no_link_that_could_not_work(command: list[str]) -> None:
    told = [
        ran(command),
        ran([*command, ".."]),
        ran([*command, ""]),
        ran([*command, "user-ada", "--topic", "T", "--section", "S"]),
        ran([*command, "user-ada"], key="short"),
    ]
    if command == PYTHON:
        told.append(ran([*command, "user-ada"], "encrypted"))

    for done in told:
        assert (done.returncode, done.stdout) == (2, ""), done.args
        assert "Traceback" not in done.stderr
        assert done.stderr


@pytest.mark.parametrize(
    ("command", "privacy"),
    [(PYTHON, "signed"), (NODE, "signed"), (NODE, "encrypted")],
    ids=["python", "node", "node-encrypted"],
)
def test_an_example_s_links_open_and_its_headers_are_ready(
    settings: Settings, command: list[str], privacy: str
) -> None:
    """By the real clock, which is the examples' as well."""
    who = ["user-ada", "--label", "a•••@example.com"]
    page, leave, *headers = run([*command, *who, "--topic", "due-dates"], privacy)

    assert headers == [
        f"List-Unsubscribe: <{leave}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]
    links = Links(settings.keys)
    token = leave.removeprefix(f"{URL}/u/")
    link = links.read(Scope.UNSUBSCRIBE, token)
    assert link.recipient == Recipient("user-ada")
    assert link.subject == Subject("due-dates")
    assert token.startswith("gAAAA") is (privacy == "encrypted")
    parts = create_parts(settings, Outside())
    migrate(parts.database)
    visitor = Visitor(create_app(settings, Outside(), parts).test_client())
    shown = visitor.open(page.removeprefix(URL))
    parts.center.close()
    assert "a•••@example.com" in shown.html


@pytest.mark.parametrize("command", [PYTHON, NODE], ids=["python", "node"])
def test_an_example_takes_all_that_a_link_can_say(command: list[str]) -> None:
    who = ["日本/1", "--tenant", "harbor-collective", "--section", "projects"]
    page, leave, *_ = run([*command, *who])
    recipient = Recipient("日本/1", "harbor-collective")

    reading = Links([SECRET])
    assert reading.read(Scope.PREFERENCES, page.rpartition("/")[2]).recipient == (
        recipient
    )
    link = reading.read(Scope.UNSUBSCRIBE, leave.rpartition("/")[2])
    assert (link.recipient, link.subject) == (recipient, Subject(None, "projects"))


@pytest.mark.parametrize("command", [PYTHON, NODE], ids=["python", "node"])
def test_an_example_makes_a_link_for_an_iframe(command: list[str]) -> None:
    more = ["--language", "de", "--all-tenants", "--label", "A", "--embed"]
    (url,) = run([*command, "user-ada", *more])

    link = Links([SECRET]).read(Scope.EMBED, url.removeprefix(f"{URL}/embed/"))
    assert (link.recipient.language, link.has_all_tenants) == ("de", True)
    assert link.label == "A"


def test_node_writes_every_vector_to_the_letter() -> None:
    script = """
      import { readFileSync } from "node:fs";
      import { sign, encrypt } from "./docs/examples/mint-links.mjs";
      const { signed, encrypted } = JSON.parse(
        readFileSync("docs/link-vectors.json", "utf8"));
      const out = [
        ...signed.map((v) => sign(v.scope, v.claims, v.secret, v.timestamp)),
        ...encrypted.map((v) => encrypt(
          v.scope, v.claims, v.secret, v.timestamp, Buffer.from(v.iv, "hex"))),
      ];
      console.log(JSON.stringify(out));
    """
    done = subprocess.run(
        [NODE[0], "--input-type=module", "--eval", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    expected = [v["token"] for kind in ("signed", "encrypted") for v in VECTORS[kind]]
    assert json.loads(done.stdout) == expected


def test_the_examples_lean_on_nothing_else() -> None:
    python = (ROOT / PYTHON[1]).read_text("utf-8")
    node = (ROOT / NODE[1]).read_text("utf-8")
    imported = [line.split()[1] for line in python.splitlines() if "import" in line[:7]]
    imported += [li.split()[1] for li in python.splitlines() if li.startswith("from ")]

    assert set(imported) == {"argparse", "hashlib", "os", "itsdangerous"}
    packages = [line for line in node.splitlines() if line.startswith("import ")]
    assert packages
    assert all('from "node:' in line for line in packages)
    assert "app" not in imported


# The page about it


def test_the_page_tells_the_ages_and_the_length() -> None:
    page = (DOCS / "links.md").read_text("utf-8")
    fields = Settings.model_fields

    assert f"`LINK_FULL_DAYS` ({fields['link_full_days'].default} days)" in page
    assert f"`EMBED_HOURS` ({fields['embed_hours'].default} hours)" in page
    assert f"at most {LONGEST:,} characters" in page
    assert f"more than {SKEW:.0f} seconds ahead" in page


@pytest.mark.parametrize("name", ["links.md", "courier-send.md", "embedding.md"])
def test_every_command_and_link_of_a_page_is_there(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")

    for command in re.findall(r"python -m app (\w+)", page):
        assert command in COMMANDS
    for target, anchor in re.findall(r"\]\(([\w./-]+)(?:#([\w-]+))?\)", page):
        assert (DOCS / target).exists(), target
        headings = re.findall(
            r"^## (.+)", (DOCS / target).read_text("utf-8"), re.MULTILINE
        )
        slugs = [heading.lower().replace(" ", "-") for heading in headings]
        assert not anchor or anchor in slugs, anchor


def test_the_page_names_what_there_is() -> None:
    page = (DOCS / "links.md").read_text("utf-8")

    for scope in Scope:
        assert f"`{scope.value}`" in page
        assert f"`{scope.path}`" in page
    for path in ("link-vectors.json", "examples/mint_links.py"):
        assert path in page
        assert (DOCS / path).exists()
    assert "examples/mint-links.mjs" in page
    for setting in ("SECRET_KEY_FALLBACKS", "LINK_PRIVACY", "LINK_FULL_DAYS"):
        assert setting in page
        assert setting.lower() in Settings.model_fields
