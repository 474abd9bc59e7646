"""Reads JSON and numbers that somebody else wrote, and no more than is safe.

What could not be written again is refused here, so that nobody further on
meets half a character, an endless nesting, or a number without end.
"""

import json
import re
from typing import Any

MAX_DEPTH = 100
WHOLE = re.compile(r"[0-9]{1,18}")  # as many digits as surely fit into 64 bits


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - JSON is untyped until checked
    """The value, or ValueError."""
    try:
        value = json.loads(raw)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not _is_shallow(value):
        raise ValueError("nested too deep")
    # Lone surrogates, NaN and infinities can be read, but not written.
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def whole_number(text: str) -> int | None:
    """The number that these digits make; None for anything else."""
    return int(text) if WHOLE.fullmatch(text) else None


def _is_shallow(value: object) -> bool:
    """Goes down level by level, since a recursion is what it guards against."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for part in level for child in _children(part)]
        if not level:
            return True
    return False


def _children(part: object) -> list[object]:
    if isinstance(part, dict):
        return list(part.values())
    return part if isinstance(part, list) else []
