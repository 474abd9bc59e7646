"""Forms of topics as they are printed, one of each recipient (see `forms`)."""

import html
import re

import httpx

from bench.server.contenders import HOST, Contender
from bench.server.forms import Fields

USERS = 300

FORM = re.compile(r'hx-post="(/p/[^"]+)"')
STATE = re.compile(r'name="state" value="([^"]+)"')


def toggles(contender: Contender) -> list[Fields]:
    """Each is its recipient's first topic, and comes from an address of its own."""
    base = f"http://{HOST}:{contender.port}"
    paths = contender.paths[: 2 * USERS : 2]  # to whom the first topic is on
    with httpx.Client(base_url=base, trust_env=False) as client:
        pages = [client.get(path).raise_for_status().text for path in paths]
    return [_fields(page, number) for number, page in enumerate(pages)]


def _fields(page: str, number: int) -> Fields:
    action, state = FORM.search(page), STATE.search(page)
    if not action or not state:
        raise SystemExit("the page has no form of a topic that htmx would send")
    return {
        "path": html.unescape(action[1]),
        "address": f"10.0.{number // 250}.{number % 250}",
        "state": state[1],
        "on": "",
    }
