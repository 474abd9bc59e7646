"""What an operator asks before serving, and at three in the morning: is all in order?

Each check looks at one thing by itself and gives one line, whatever the others find;
all run at the same time, each within a few seconds, and change nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from app.checks import around, courier, keys, ledger
from app.checks.line import Line, bad, ok
from app.settings import Settings

__all__ = ["CHECKS", "Line", "run"]

Check = Callable[[Settings], Line]

CHECKS: dict[str, Check] = {
    "settings": lambda settings: ok(f"{len(settings.model_fields_set)} are given"),
    "keys": keys.check,
    "clock": courier.clock,
    "database": ledger.database,
    "backlog": ledger.backlog,
    "courier": courier.key,
    "catalog": courier.catalog,
    "address": around.address,
    "sign-in": around.sign_in,
    "mail": courier.template,
    "redis": around.redis,
}
"""By the name of the line, in the order in which they are told."""


def run(settings: Settings) -> Iterator[tuple[str, Line]]:
    with ThreadPoolExecutor(len(CHECKS)) as pool:
        lines = pool.map(partial(_safely, settings), CHECKS.values())
        yield from zip(CHECKS, lines, strict=True)


def _safely(settings: Settings, check: Check) -> Line:
    """What no check has thought of is one line as well, and the others go on.

    Its text is not told: it may hold a secret.
    """
    try:
        return check(settings)
    except Exception as fault:  # noqa: BLE001  any
        name = type(fault).__name__
        return bad(f"the check itself failed with {name}", "this is our fault: tell us")
