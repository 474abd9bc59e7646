"""Where what is deployed lies, and what it says of the app's settings."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from app.settings import SECRETS, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose"
KUBERNETES = DEPLOY / "kubernetes"
SYSTEMD = DEPLOY / "systemd"
PUBLIC_URL = "https://preferences.example.com"
API_KEY = "pk_prod_of-the-tests"

SETTINGS = {name.upper() for name in Settings.model_fields}
FILES = {f"{name.upper()}_FILE" for name in SECRETS}
REQUIRED = {
    name.upper() for name, field in Settings.model_fields.items() if field.is_required()
}
PATIENCE = 60.0
"""Seconds for anything that a program should do; a fault, not a rhythm."""


def unknown(names: Iterable[str]) -> set[str]:
    """Those that the app would never read."""
    own = {name for name in names if not name.startswith(("PYTHON", "CANARY_"))}
    return own - SETTINGS - FILES


def missing(names: Iterable[str]) -> set[str]:
    """Those without which it does not start."""
    return REQUIRED - {name.removesuffix("_FILE") for name in names}


def ran(*words: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """What a program said; `given` is what it has to read."""
    return subprocess.run(
        words,
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def prepared(folder: Path) -> Path:
    """A copy of the compose project, with its secrets and settings."""
    own = folder / "compose"
    shutil.copytree(COMPOSE, own, ignore=shutil.ignore_patterns("secrets", "*.env"))
    done = ran(own / "prepare", PUBLIC_URL, given=f"{API_KEY}\n")
    assert done.returncode == 0, done.stderr
    return own
