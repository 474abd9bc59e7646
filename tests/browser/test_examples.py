"""The example hosts as they are: each from a site of its own, before the real app."""

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from playwright.sync_api import Page, expect

from examples.flask.app import create_app
from tests.browser.hosting import HOST_KEY, Embedding
from tests.peer import Peer

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
OURS = "https://preferences.example"

pytestmark = pytest.mark.usefixtures("complaints")

Wsgi = Callable[[Any, Any], Iterable[bytes]]


def files_of(folder: Path, embedding: Embedding) -> Wsgi:
    """A folder as any server of files gives it, and a backend that mints."""
    app = Flask("files", static_folder=folder, static_url_path="")

    @app.get("/")
    def home() -> str:
        html = (folder / "index.html").read_text("utf-8")
        html = html.replace(f"{OURS}/embed/TOKEN", embedding.link())
        return html.replace(OURS, embedding.url)

    @app.post("/fresh-link")
    def fresh() -> Response:
        return Response(embedding.link(), mimetype="text/plain")

    return app.wsgi_app


def hosted(name: str, embedding: Embedding) -> Wsgi:
    if name == "flask":
        return create_app(embedding.url, HOST_KEY).wsgi_app
    folder = EXAMPLES / ("react/dist" if name == "react" else name)
    return files_of(folder, embedding)


@pytest.mark.parametrize("name", ["html", "flask", "react"])
def test_an_example_shows_saves_hears_and_renews(
    page: Page,
    embedding: Embedding,
    peer: Peer,
    topic_ids: dict[str, str],
    name: str,
) -> None:
    embedding.site.wsgi_app = hosted(name, embedding)  # type: ignore[assignment]
    topic = topic_ids["Due dates"]
    page.goto(embedding.host)
    embedding.switch(page, "Due dates").click()
    expect(page.locator("#log")).to_have_text(f"{topic}: OPTED_OUT")
    assert peer.topic("user-ben", topic)["status"] == "OPTED_OUT"

    embedding.clock.seconds += 13 * 60 * 60
    embedding.switch(page, "Due dates").click()
    expect(page.locator("#log")).to_have_text(f"{topic}: OPTED_IN")
    assert peer.topic("user-ben", topic)["status"] == "OPTED_IN"


def test_the_printed_page_saves_and_tells(page: Page, embedding: Embedding) -> None:
    embedding.site.wsgi_app = hosted("flask", embedding)  # type: ignore[assignment]
    page.goto(f"{embedding.host}/printed")
    topic = page.locator(".topic-form", has_text="Due dates")
    topic.get_by_role("switch").click()
    topic.get_by_role("button", name="Save").click()

    page.wait_for_url(f"{embedding.host}/printed?notice=*")
    expect(topic.locator(".saved")).to_have_text("Saved. Due dates is now off.")


def test_what_is_built_is_of_the_sources_beside_it() -> None:
    folder = EXAMPLES / "react"
    lines = (folder / "dist/sources.sha256").read_text("utf-8").splitlines()
    told = {path: hashed for hashed, _, path in (li.partition("  ") for li in lines)}
    inside = {f"src/{path.name}" for path in (folder / "src").iterdir()}

    assert inside < set(told)
    for path, hashed in told.items():
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == hashed, path


def test_the_types_that_it_was_checked_by_are_ours() -> None:
    ours = ROOT / "static/js/embed.d.ts"

    assert (EXAMPLES / "react/src/embed.d.ts").read_bytes() == ours.read_bytes()
    text, script = ours.read_text("utf-8"), (ROOT / "static/js/embed.js").read_text()
    (named,) = re.findall(r"ATTRIBUTES = \[(.*)\]", script)
    for name in re.findall(r'"(\w+)"', named):
        assert f"  {name}: string;" in text
        assert f"  {name}?: " in text
    for name in ("ready", "change", "error", "expired"):
        assert f"  {name}: CustomEvent<" in text


def test_the_examples_name_no_place_that_packages_come_from() -> None:
    paths = [p for p in EXAMPLES.rglob("*") if p.is_file() and p.suffix != ".pyc"]

    assert paths
    for path in paths:
        if "node_modules" not in path.parts:
            assert b"registry." not in path.read_bytes(), path
