"""How tests ask a server on this machine: past any proxy, and with patience."""

from typing import Any

import httpx

from tests.peer import PATIENCE


def get(url: str, **more: Any) -> httpx.Response:  # noqa: ANN401  as httpx has it
    return httpx.get(url, trust_env=False, timeout=PATIENCE, **more)


def post(url: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    return httpx.post(url, trust_env=False, timeout=PATIENCE, **more)


def put(url: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    return httpx.put(url, trust_env=False, timeout=PATIENCE, **more)
