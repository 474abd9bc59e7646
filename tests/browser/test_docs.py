"""The documentation in a browser: it reads in light and dark, and asks nobody else."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.house import docsite


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = docsite.build(tmp_path_factory.mktemp("docs"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ground(page: Page) -> int:
    """How light the page's ground is, of 255."""
    color = page.evaluate(
        "() => { const c = document.createElement('canvas').getContext('2d');"
        "c.fillStyle = getComputedStyle(document.body).backgroundColor;"
        "c.fillRect(0, 0, 1, 1); return c.getImageData(0, 0, 1, 1).data[1] }"
    )
    return int(color)


def test_it_asks_nobody_else_and_follows_the_system_s_colors(
    browser: Browser, address: str
) -> None:
    asked: list[str] = []
    said: list[str] = []
    grounds = []
    for scheme in ("light", "dark"):
        context = browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light"
        )
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/architecture/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Architecture")
        page.wait_for_load_state("networkidle")
        grounds.append(ground(page))
        context.close()

    assert {url for url in asked if not url.startswith(f"{address}/")} == set()
    assert any(url.endswith(".svg") for url in asked)
    assert said == []
    assert grounds[0] > 200
    assert grounds[1] < 80


def test_its_search_finds_a_setting(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("combobox", name="Search").fill("STAFF_IDLE_MINUTES")

    expect(page.get_by_role("option", name="Signing staff in").first).to_be_visible()
