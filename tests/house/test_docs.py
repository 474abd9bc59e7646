"""The documentation keeps its word: it can be built, its links lead somewhere, its
commands exist, and its tables are the code's.
"""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from app.cli import main
from app.factory import LARGEST_BODY
from app.settings import SECRETS, Settings
from app.signing import LONGEST
from app.web.bodies import LARGEST_MAIL, LARGEST_OF_PROGRAMS
from app.web.limits import AMOUNTS, Kind
from scripts import settings_page
from tests.commands import commands_of
from tests.house import docsite
from tests.house.docsite import CONFIG, DOCS, ROOT
from tests.house.test_settings import ENOUGH

PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
MAKE = (ROOT / "Makefile").read_text("utf-8")
MAKES = set(re.findall(r"^([a-z.][\w./]*):", MAKE, re.MULTILINE))
TOOLS = {
    "caddy",
    "cat",
    "cp",
    "docker",
    "install",
    "journalctl",
    "jq",
    "kubectl",
    "mkdir",
    "mv",
    "nginx",
    "pg_dump",
    "pg_restore",
    "promtool",
    "psql",
    "rm",
    "sh",
    "sqlite3",
    "sudo",
    "systemctl",
    "systemd-analyze",
    "umask",
}
"""What stands in our commands and is not ours; files that they name must be there."""

OURS = ("https://preferences.example", "http://127.0.0.1:8000", "$PUBLIC_URL")
NAMED = re.compile(r"(?:app|deploy|docs|examples|scripts|tests)/[\w./-]+")
Words = list[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return docsite.build(tmp_path_factory.mktemp("docs"))


def commands(page: Path) -> Iterator[Words]:
    """The commands in blocks marked sh, each as its words."""
    text = page.read_text("utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        whole = block.replace("\\\n", " ")
        lines = shlex.shlex(whole, posix=True, punctuation_chars=";&|\n")
        lines.whitespace, lines.whitespace_split = " \t", True
        words: Words = []
        for word in [*lines, "\n"]:
            if set(word) <= set(";&|\n"):
                yield from [words] if words else []
                words = []
            else:
                words.append(word)


def test_it_is_built_strictly_and_every_page_has_its_place(site: Path) -> None:
    nav = CONFIG.read_text("utf-8")
    named = re.findall(r'= "([\w-]+\.md)"', nav)

    assert sorted(named) == sorted(page.name for page in DOCS.glob("*.md"))
    for name in named:
        folder = "" if name == "index.md" else name.removesuffix(".md")
        assert (site / folder / "index.html").is_file()
    assert "zensical build --strict" in MAKE
    assert "invalid_link_anchors = true" in nav


def test_every_link_and_anchor_leads_somewhere(site: Path) -> None:
    assert list(docsite.broken(site)) == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert list(docsite.foreign(site)) == []
    for path, page in docsite.pages(site).items():
        assert page.policy.startswith("default-src 'self' "), path


def test_what_is_broken_or_from_elsewhere_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<h1 id="here">x</h1><a href="#here"></a><a href="#there"></a>'
        '<a href="gone/"></a><img src="https://a.example/b.png">'
        "<style>@import url(//c.example/d.css)</style>"
    )

    assert [fault.partition(": ")[2] for fault in docsite.broken(tmp_path)] == [
        "#there has no such place",
        "gone/ is not there",
    ]
    assert [fault.partition(" loads ")[2] for fault in docsite.foreign(tmp_path)] == [
        "https://a.example/b.png",
        "//c.example/d.css",
    ]


@pytest.mark.parametrize("told_in", PAGES, ids=lambda path: path.name)
def test_every_command_is_known(told_in: Path, app: Flask) -> None:
    for words in commands(told_in):
        rest = [*words]
        while rest and re.match(r"[A-Z_]+=", rest[0]):
            rest.pop(0)
        assert fault(rest, app) == "", " ".join(words)
        for name in NAMED.findall(" ".join(rest)):
            assert (ROOT / name).exists(), name


def fault(words: Words, app: Flask) -> str:
    """What is wrong with a command; empty where nothing is."""
    match words:
        case [] | ["export", *_]:
            return ""
        case ["make", *targets]:
            wanted = {word for word in targets if "=" not in word}
            return "no such target" if wanted - MAKES else ""
        case [*_] if "-m app " in " ".join(words):
            return told(words[words.index("app", words.index("-m")) + 1 :])
        case [program, *_] if program in (".venv/bin/python", "python", "node"):
            return ""
        case ["curl", *rest]:
            return asked(rest, app)
        case [program, *_]:
            return "" if program in TOOLS else "nobody knows this program"
    raise AssertionError(words)


def told(words: Words) -> str:
    """Walks down to the command, and looks whether it has these options."""
    command: click.Command = main
    while words and isinstance(command, click.Group):
        below, pair = commands_of(command), " ".join(words[:2])
        name = pair if pair in below else words[0]
        if name not in below:
            return f"no command {name}"
        command, words = below[name], words[len(name.split()) :]
    known = {option for given in command.params for option in given.opts}
    unknown = {w.partition("=")[0] for w in words if w.startswith("--")} - known
    return f"no option {unknown}" if unknown else ""


def asked(words: Words, app: Flask) -> str:
    """Whether an address of ours that is asked is one that we answer."""
    address = next(word for word in words if not word.startswith("-"))
    ours = next((start for start in OURS if address.startswith(start)), None)
    if ours is None:
        return ""
    method = "POST" if {"--json", "--data", "-d"} & set(words) else "GET"
    path = address.removeprefix(ours).partition("?")[0]
    is_known = app.url_map.bind("").test(path or "/", method)
    return "" if is_known else f"nobody answers {method} {path}"


def test_a_command_that_is_not_there_would_be_found(app: Flask) -> None:
    for wrong in [
        "make coffee",
        "python -m app brew",
        "docker compose run app python -m app brew",
        "python -m app link ada --mug",
        "python -m app ledger burn",
        "curl https://preferences.example/api/tea",
        "brew install",
    ]:
        assert fault(wrong.split(), app), wrong
    for right in [
        "python -m app ledger verify --head 1:a",
        "curl https://preferences.example/healthz",
    ]:
        assert fault(right.split(), app) == "", right


# Settings


def rows() -> dict[str, tuple[str, str]]:
    text = (DOCS / "settings.md").read_text("utf-8")
    found = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    return {name: (default, meaning) for name, default, meaning in found}


def test_the_settings_page_is_the_settings() -> None:
    names = [name.upper() for name in Settings.model_fields]

    assert (DOCS / "settings.md").read_text("utf-8") == settings_page.page(), (
        "run `make docs`"
    )
    assert sorted(rows()) == sorted(names)
    assert f"## {settings_page.OTHERS}" not in settings_page.page(), (
        "put the new setting into a group of scripts/settings_page.py"
    )


def test_a_default_told_is_the_default() -> None:
    given = {
        name: found[1]
        for name, (default, _) in rows().items()
        if (found := re.match(r"`(.+?)`", default))
    }

    assert len(given) > 20
    assert Settings.from_environ({**given, **ENOUGH}) == Settings.from_environ(ENOUGH)
    for name, (default, _) in rows().items():
        field = Settings.model_fields[name.lower()]
        assert default.startswith("required") is field.is_required()
        assert ("secret" in default) is (name.lower() in SECRETS)


# What else it tells


def test_the_bounds_in_the_security_model_are_those_of_the_code() -> None:
    text = (DOCS / "security.md").read_text("utf-8")
    told_of: dict[str, str] = dict(
        re.findall(r"^\| (.+?) \| (\d.+?) \|$", text, re.MULTILINE)
    )

    def told_as(kind: Kind) -> str:
        number, _, unit = AMOUNTS[kind].partition(" per ")
        return f"{number} {'a minute' if unit == 'minute' else 'an hour'}"

    def begins(what: str, bound: str) -> bool:
        found: str = next(v for k, v in told_of.items() if k.startswith(what))
        return found.startswith(bound)

    assert begins("posts by one link", told_as(Kind.POSTS_OF_LINK))
    assert begins("posts from one address", told_as(Kind.POSTS_OF_ADDRESS))
    assert begins("damaged links", told_as(Kind.DAMAGED))
    assert begins("sign-ins begun", told_as(Kind.SIGN_IN))
    assert AMOUNTS[Kind.MAIL_OF_LINK] == AMOUNTS[Kind.MAIL_OF_USER] == "3 per hour"
    assert begins("fresh links", "3 an hour for a link and for a user, 30 an hour")
    assert AMOUNTS[Kind.MAIL_OF_ADDRESS] == "30 per hour"
    assert begins("a form", f"{LARGEST_BODY // 1024} KB")
    assert begins("a call of the API", f"{LARGEST_OF_PROGRAMS // 1024**2} MB")
    assert begins("a customer's mail", f"{LARGEST_MAIL // 1024**2} MB")
    assert begins("a token", f"{LONGEST:,} characters")


def test_a_diagram_has_words_both_schemes_and_nothing_from_elsewhere() -> None:
    drawn = sorted((DOCS / "diagrams").glob("*.svg"))

    assert drawn
    for path in drawn:
        text = path.read_text("utf-8")
        assert re.search(r"<title[^>]*>[^<]{5,}</title>", text), path
        assert re.search(r"<desc[^>]*>[^<]{20,}</desc>", text), path
        assert "prefers-color-scheme: dark" in text, path
        assert "href" not in text.replace("http://www.w3.org/2000/svg", ""), path
        assert "<script" not in text, path


def test_the_site_s_tool_is_configured_by_what_it_knows() -> None:
    project = tomllib.loads(CONFIG.read_text("utf-8"))["project"]

    assert project["theme"]["font"] is False
    assert project["site_dir"] == docsite.OUTPUT
