"""The ground: vendored files, templates, code and packaging keep their promises."""

import ast
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
from flask import Flask

ROOT = Path(__file__).parent.parent.parent
APP = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TRANSLATED = [path for path in TEMPLATES if path.parent.name != "staff"]
"""Of the templates all but the support desk's, which speaks English only: those who
work there are few, and read what customers of theirs write."""

VENDOR = ROOT / "static" / "vendor"


def test_vendored_files_are_unmodified_and_licensed() -> None:
    for checksum in VENDOR.glob("*.sha256"):
        expected, name = checksum.read_text().split()
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected
    scripts = {path.name for path in VENDOR.glob("*.js")}
    assert scripts == {path.stem for path in VENDOR.glob("*.sha256")}
    assert (VENDOR / "htmx-4.0.1.LICENSE").exists()
    assert re.search(
        r"version\s*=\s*.4\.0\.1", (VENDOR / "htmx-4.0.1.min.js").read_text()
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_what_it_needs_and_hides_no_behaviour(
    app: Flask, path: Path
) -> None:
    source = path.read_text("utf-8")
    is_piece = path.name.startswith("_") or path.parent.name == "components"

    app.jinja_env.parse(source)
    if is_piece:
        assert source.startswith("{#"), "a piece begins with a comment on its context"
    for forbidden in ("|safe", "| safe", "hx-on", "onclick", "style=", "<script>"):
        assert forbidden not in source


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_every_word_of_a_template_can_be_translated(path: Path) -> None:
    """What stands outside tags and outside {% trans %} has no letters."""
    source = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    source = re.sub(
        r"\{% trans\b.*?%\}.*?\{% endtrans %\}", "", source, flags=re.DOTALL
    )
    source = re.sub(r"\{[{%].*?[}%]\}", "", source, flags=re.DOTALL)
    bare = re.sub(r"<[^>]*>", "", source, flags=re.DOTALL)

    assert not re.search(r"[A-Za-z]", bare), bare.strip()


def test_no_word_of_the_support_desk_waits_for_a_translation() -> None:
    """Where it shows the recipient's page, it says what that page says."""
    kept = (ROOT / "app" / "translations" / "messages.pot").read_text("utf-8")
    for path in (ROOT / "app" / "web" / "staff").glob("*.py"):
        assert "gettext(" not in path.read_text("utf-8"), path
    for path in set(TEMPLATES) - set(TRANSLATED):
        source = path.read_text("utf-8")
        for text in re.findall(r"{% trans.*?%}(.*?){% endtrans %}", source, re.DOTALL):
            assert f'msgid "{text}"' in kept, path


def test_a_forgotten_variable_is_an_error(app: Flask) -> None:
    with pytest.raises(jinja2.UndefinedError):
        app.jinja_env.from_string("{{ forgotten }}").render()


@pytest.mark.parametrize("path", APP, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    source = path.read_text("utf-8")
    tree = ast.parse(source)

    assert len(source.splitlines()) <= 300
    assert path.name not in ("utils.py", "helpers.py", "common.py")
    assert ast.get_docstring(tree), "every module has a docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= 60, f"{node.name} has {lines} lines"


def test_functions_are_about_ten_lines() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in APP
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    )

    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_views_are_short_and_speak_only_to_the_center() -> None:
    for path in (ROOT / "app" / "web").rglob("*.py"):
        source = path.read_text("utf-8")
        for forbidden in ("Markup(", ".execute(", "httpx", "os.environ"):
            assert forbidden not in source, f"{path.name}: {forbidden}"
    views = ast.parse((ROOT / "app/web/pages/views.py").read_text("utf-8"))
    for node in ast.walk(views):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= 12, node.name


def test_only_the_wire_knows_courier_s_field_names() -> None:
    names = ("has_custom_routing", "custom_routing", "digest_schedule_id")
    for path in APP:
        if {"sandbox", "wire"} & set(path.parts):
            continue
        source = path.read_text("utf-8")
        assert not [name for name in names if f'"{name}"' in source], path


def test_the_tests_patch_nothing() -> None:
    words = [
        "monkey" + "patch",
        "unittest." + "mock",
        "mock" + "er",
        "time." + "sleep(",
    ]
    marks = ["pytest.mark." + mark for mark in ("skip", "xfail")]
    for path in (ROOT / "tests").rglob("*.py"):
        source = path.read_text("utf-8")
        assert not [word for word in words + marks if word in source], path


def test_what_the_image_runs_exists() -> None:
    """It cannot be built everywhere, so what it names is checked instead."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]

    for names in copied:
        if not names[0].startswith("--from="):
            assert all((ROOT / name).exists() for name in names), names
    command = next(line for line in lines if line.startswith("CMD"))
    assert command == 'CMD ["python", "-m", "app", "serve"]'
    assert any(line.startswith("USER ") and "root" not in line for line in lines)
    assert any("/healthz" in line for line in lines)


def test_requirements_are_pinned_with_hashes_and_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        pins = re.findall(r"^[a-z0-9._-]+==.*", text, flags=re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text.partition("\ndependencies = [")[2].partition("\n]")[0]
    for line in filter(None, map(str.strip, block.splitlines())):
        assert "#" in line, line


def test_make_explains_itself() -> None:
    make = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*?## ", make, flags=re.MULTILINE)

    assert {"demo", "test", "lint", "bench", "help"} <= set(targets)
    assert ".DEFAULT_GOAL := help" in make
    assert shutil.which("make")


def test_the_texts_to_translate_are_collected(tmp_path: Path) -> None:
    """`make translations` was run after the last change of a text."""
    make = (ROOT / "Makefile").read_text("utf-8")
    command = next(line for line in make.splitlines() if "pybabel" in line)
    fresh = tmp_path / "messages.pot"
    words = command.strip().removeprefix("@$(BIN)/").split()
    words[words.index("app/translations/messages.pot")] = str(fresh)
    words[0] = str(Path(sys.executable).parent / words[0])

    subprocess.run(words, cwd=ROOT, check=True)

    kept = ROOT / "app" / "translations" / "messages.pot"
    assert fresh.read_text("utf-8") == kept.read_text("utf-8"), "make translations"
    assert "Turn off everything optional" in kept.read_text("utf-8")
