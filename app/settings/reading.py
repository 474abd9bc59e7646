"""The environment as it is given, and its faults in words."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError


class SettingsFault(Exception):
    """Every fault of the environment, one per line, none of its secrets."""


def given(environ: Mapping[str, str], name: str, *, is_secret: bool) -> str:
    """A variable's value, or its file's; an empty one counts as not given."""
    value = environ.get(name, "").strip()
    path = environ.get(f"{name}_FILE", "") if is_secret else ""
    if not path:
        return value
    if value:
        raise ValueError(f"{name} and {name}_FILE are both given")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "not text"
        raise ValueError(f"{name}_FILE cannot be read: {reason}") from None


def told(found: ValidationError, faults: list[str]) -> list[str]:
    told = {line.partition("_FILE")[0].partition(" ")[0] for line in faults}
    for fault in found.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0]).upper()
        message = "is missing" if fault["type"] == "missing" else fault["msg"]
        if name not in told:
            faults.append(f"{name} {message.removeprefix('Value error, ')}")
    return faults
