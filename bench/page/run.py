"""Measures the page beside Courier's components: `python -m bench page`.

All contenders show the same workspace (`workspace`) to a recipient who has chosen
nothing yet, in turns, so that what else the machine does hits all of them. One round
is two visits of each: one is timed, one is weighed (`browser`). Before the first
round each is visited once, so that servers are warm; browsers never are.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from playwright.sync_api import Browser

from bench.page.browser import (
    Contender,
    Figures,
    Looks,
    chromium,
    time_visit,
    weigh_visit,
)
from bench.page.build import build, install, versions
from bench.page.host import Host, hosting
from bench.page.ours import serving
from bench.page.report import REACT, describe, load, summary, tabulate
from bench.page.workspace import TOPICS

ROUNDS = 5
LATENCY_MS = 0
"""What Courier takes to answer: the app's upstream, and the components' GraphQL.

Each waits for it once, so it adds the same to both, and hides what differs.
"""

OURS = Looks(
    name=".topic-form .topic-name",
    control=".topic-form [role=switch]",
    ready="html.js section:last-of-type .topic-form:last-child[data-htmx-powered]",
    act=".topic-form [role=switch]",
    count=TOPICS,
)
FORMS = replace(OURS, ready=".topic-form .save button", act=".topic-form .save button")
THEIRS = Looks(
    name=".courier-pref-topic-name",
    control="courier-preference-toggle [role=switch]",
    ready="courier-preference-toggle [role=switch]",
    act="courier-preference-toggle [role=switch]",
    count=TOPICS,
)
SCRIPTS = ("*.js", "*.js?*")


def run(rounds: int = ROUNDS, latency_ms: int = LATENCY_MS) -> dict[str, Any]:
    """Everything that was measured, as JSON has it."""
    before = load()
    install()
    built = {"react": build("react.jsx"), "element": build("element.js")}
    with (
        serving(latency_ms) as site,
        hosting(built, latency_ms) as host,
        chromium() as browser,
    ):
        contenders = _contenders(site.link, host)
        figures = _rounds(browser, contenders, rounds)
        conditions = {
            "rounds": rounds,
            "upstream_ms": latency_ms,
            "load_before": before,
            "load_after": load(),
        }
        return {
            **describe(browser.version, versions(), conditions),
            **summary(figures),
        }


def table(result: dict[str, Any]) -> str:
    return tabulate(result)


def _contenders(link: Callable[[], str], host: Host) -> list[Contender]:
    return [
        Contender("our page", link, OURS),
        Contender("our page, its scripts blocked", link, FORMS, SCRIPTS),
        Contender(REACT, partial(host.url, "react"), THEIRS),
        Contender("Courier's web component", partial(host.url, "element"), THEIRS),
    ]


def _rounds(
    browser: Browser, contenders: list[Contender], rounds: int
) -> dict[str, list[Figures]]:
    for contender in contenders:
        weigh_visit(browser, contender)
    figures: dict[str, list[Figures]] = {each.name: [] for each in contenders}
    for _ in range(rounds):
        for contender in contenders:
            timed = time_visit(browser, contender)
            weighed = weigh_visit(browser, contender)
            figures[contender.name].append({**timed, **weighed})
    return figures
