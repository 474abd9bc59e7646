"""Remembers the last requests to Courier's paths, for tests to look at.

Keys are masked. Requests to the control endpoints are not Courier's and are
never recorded.
"""

from collections import deque
from threading import Lock
from typing import Any

from flask import Request

from app.sandbox.parsing import parse_json
from app.sandbox.vocabulary import Json

KEPT = 1000


class Recorder:
    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: deque[Json] = deque(maxlen=KEPT)

    def begin(self, request: Request, raw_path: str) -> Json:
        """The entry; its status stays null until the request is answered."""
        entry: Json = {
            "method": request.method,
            "path": raw_path,
            "headers": _masked(dict(request.headers)),
            "body": _parsed(request),
            "status": None,
        }
        with self._lock:
            self._requests.append(entry)
        return entry

    def requests(self) -> list[Json]:
        with self._lock:
            return [dict(entry) for entry in self._requests]

    def take(self) -> list[Json]:
        """All of them, forgotten at the same moment, so that none is missed."""
        with self._lock:
            taken = [dict(entry) for entry in self._requests]
            self._requests.clear()
            return taken


def _masked(headers: dict[str, str]) -> dict[str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    if "authorization" in lowered:
        scheme = lowered["authorization"].partition(" ")[0]
        lowered["authorization"] = f"{scheme} ***"
    return lowered


def _parsed(request: Request) -> Any:  # noqa: ANN401 - JSON
    raw = request.get_data()
    try:
        return parse_json(raw) if raw else None
    except ValueError:
        return None
