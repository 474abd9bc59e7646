"""Takes the pictures of the README and the docs: `make picture`.

The demo's own pages in a real browser. A recipient's on a phone: its beginning in the
light, its channels in the dark. The support desk's on a screen: a recipient after an
agent has turned something off, and the reasons of what came and what did not.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PORT, SANDBOX_PORT, PROVIDER_PORT = 8028, 8029, 8030
DOCS = Path("docs")
PICTURE = DOCS / "preferences.png"
FRAME = {"width": 430, "height": 900}
SCREEN = {"width": 1180, "height": 860}
AGENT = "Amir Haddad"
QUIET = ("background-networking", "component-update", "sync")


def main() -> None:
    ports = ["--port", str(PORT), "--sandbox-port", str(SANDBOX_PORT)]
    ports += ["--provider-port", str(PROVIDER_PORT)]
    command = [sys.executable, "-m", "app", "demo", *ports]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        _take(_first_link(demo))
    finally:
        demo.terminate()
        demo.wait(timeout=30)


def _first_link(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None  # noqa: S101  it was asked for above
    for line in demo.stdout:
        if "/p/" in line:
            return line.strip()
    raise SystemExit("the demo printed no link")


def _take(url: str) -> None:
    arguments = [f"--disable-{name}" for name in QUIET]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    PICTURE.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=arguments
        )
        light = _shot(browser, url, "light", lambda _: 0.0)
        dark = _shot(browser, url, "dark", _projects)
        _beside(browser, light, dark)
        _take_desk(browser, url.partition("/p/")[0])
        browser.close()


def _take_desk(browser: Browser, base: str) -> None:
    for scheme, picture in (("light", _recipient), ("dark", _why)):
        context = browser.new_context(
            viewport=SCREEN,  # type: ignore[arg-type]
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page = context.new_page()
        page.goto(f"{base}/staff/")
        page.get_by_role("button", name=AGENT).click()
        page.get_by_label("User id, link, reference").fill("user-ada")
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name="user-ada").wait_for()
        picture(page)
        context.close()


def _recipient(page: Page) -> None:
    page.get_by_role("switch", name="Due dates").click()
    page.locator("#status", has_text="Due dates is now off").wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=DOCS / "desk-recipient.png")


def _why(page: Page) -> None:
    heading = page.get_by_role("heading", name="Why did they get it, or not?")
    heading.scroll_into_view_if_needed()
    box = heading.bounding_box()
    page.evaluate("y => scrollBy(0, y)", box["y"] - 24 if box else 0)
    page.screenshot(path=DOCS / "desk-why.png")


def _projects(page: Page) -> float:
    box = page.get_by_role("heading", name="Projects").bounding_box()
    return box["y"] - 24 if box else 0.0


def _shot(
    browser: Browser, url: str, scheme: str, top: Callable[[Page], float]
) -> bytes:
    context = browser.new_context(
        viewport=FRAME,  # type: ignore[arg-type]
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.goto(url)
    page.get_by_role("switch", name="Sign-ins from a new device").click()
    page.locator(".saved").wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("y => scrollTo(0, y)", top(page))
    picture = page.screenshot()
    page.get_by_role("switch", name="Sign-ins from a new device").click()
    page.locator(".saved", has_text="now on").wait_for()
    context.close()
    return picture


def _beside(browser: Browser, left: bytes, right: bytes) -> None:
    """Both in one picture, with a little air between them."""
    page = browser.new_page(viewport={"width": 900, "height": 900})
    page.route("**/left.png", lambda route: route.fulfill(body=left))
    page.route("**/right.png", lambda route: route.fulfill(body=right))
    page.route(
        "**/",
        lambda route: route.fulfill(
            content_type="text/html",
            body="<!doctype html><title>Both</title><body style='margin:0;"
            "display:flex;justify-content:space-between;background:#8b8f99'>"
            "<img width=430 src='/left.png'><img width=430 src='/right.png'>",
        ),
    )
    page.goto("http://picture.example/")
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
