"""One visit as a phone makes it: slow network, slow processor, nothing cached.

The network is "Slow 4G" as Chromium's developer tools define it: 150 ms round trip,
1.6 Mbit/s down and 0.75 Mbit/s up, which they emulate as 562.5 ms from each request
to its answer (3.75 times, for what a connection costs beside it) and nine tenths of
the speeds. It is a property of the browser, so that servers stay as they are. The
processor is slowed 4 times, the screen is 390 pixels wide.

Each visit has a browser context, and so a cache and connections, of its own.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Error, Page, sync_playwright

SLOW_4G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1.6e6 / 8 * 0.9,
    "uploadThroughput": 750e3 / 8 * 0.9,
}
SLOWED = 4
WIDTH, HEIGHT = 390, 844
PATIENCE = 30.0
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AS_ROOT = ["--no-sandbox"]
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PROBE = Path(__file__).with_name("probe.js")

Figures = dict[str, float]


@dataclass(frozen=True)
class Looks:
    """What the probe looks for, as selectors."""

    name: str
    """A topic's name."""
    control: str
    """Its switch."""
    ready: str
    """What is there once the page reacts."""
    act: str
    """What is clicked to see that it does."""
    count: int
    """How many topics there are in all."""


@dataclass(frozen=True)
class Contender:
    name: str
    url: Callable[[], str]
    looks: Looks
    blocked: tuple[str, ...] = ()
    """Addresses that the browser does not load."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium that is installed, else the one that Playwright fetched."""
    installed = next(filter(None, map(shutil.which, CHROMIUM)), None)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = QUIET + (AS_ROOT if is_root else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=flags)
        yield browser
        browser.close()


def time_visit(browser: Browser, contender: Contender) -> Figures:
    """Milliseconds from the start until it was painted, complete, and reacted.

    Once the page is said to react, the probe clicks; a click that leads to no request
    is an error, so that "usable" is never only claimed.
    """
    with _visit(browser, contender) as (page, devtools):
        told: list[Figures] = []
        sent: list[str] = []

        def hear(event: dict[str, Any]) -> None:
            if event["name"] == "benchTold":
                told.append(json.loads(event["payload"]))

        def watch(event: dict[str, Any]) -> None:
            if told and event["request"]["method"] == "POST":
                sent.append(event["request"]["url"])

        devtools.on("Runtime.bindingCalled", hear)
        devtools.on("Network.requestWillBeSent", watch)
        devtools.send("Runtime.enable")
        devtools.send("Runtime.addBinding", {"name": "benchTold"})
        devtools.send("Network.emulateNetworkConditions", SLOW_4G)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        looks = json.dumps(asdict(contender.looks))
        page.add_init_script(f"{PROBE.read_text('utf-8')}({looks});")
        page.goto(contender.url(), wait_until="commit")
        _await(page, lambda: bool(told), f"{contender.name} does not become usable")
        _await(page, lambda: bool(sent), f"{contender.name}: a click does nothing")
        return told[0]


def weigh_visit(browser: Browser, contender: Contender) -> Figures:
    """Bytes and requests of the whole page, and CPU milliseconds of its main thread.

    Without the probe, and with nothing slowed: a slow network changes neither, and a
    processor is slowed by the clock, which on a busy machine says less than CPU time
    at full speed does. A phone takes about 4 times as long.
    """
    with _visit(browser, contender) as (page, devtools):
        ended: list[float] = []

        def finish(event: dict[str, Any]) -> None:
            if event["encodedDataLength"] > 0:
                ended.append(event["encodedDataLength"])

        devtools.on("Network.loadingFinished", finish)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(contender.url(), wait_until="networkidle")
        ready = partial(_is_there, devtools, contender.looks.ready)
        _await(page, ready, f"{contender.name} does not become usable", every=200)
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        spent = {metric["name"]: metric["value"] * 1000 for metric in metrics}
        return {
            "bytes": sum(ended),
            "requests": len(ended),
            "script": spent["ScriptDuration"],
            "main_thread": spent["TaskDuration"],
        }


@contextmanager
def _visit(browser: Browser, contender: Contender) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=3,
        is_mobile=True,
        has_touch=True,
        locale="en-US",
    )
    try:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        if contender.blocked:
            devtools.send("Network.setBlockedURLs", {"urls": [*contender.blocked]})
        yield page, devtools
    finally:
        context.close()


def _is_there(devtools: CDPSession, selector: str) -> bool:
    """Asked of the browser, not by a script: the page's script time stays its own."""
    try:
        root = devtools.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        asked = {"nodeId": root, "selector": selector}
        return bool(devtools.send("DOM.querySelector", asked)["nodeId"])
    except Error:  # the document became another in between
        return False


def _await(
    page: Page, is_so: Callable[[], bool], complaint: str, every: float = 20
) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(complaint)
        page.wait_for_timeout(every)
