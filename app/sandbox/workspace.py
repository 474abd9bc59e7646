"""What every part of the sandbox shares: store, switches, clock, recorder.

`workspace()` finds it from within a request. No behaviour lives here.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from flask import current_app

from app.sandbox.clock import iso
from app.sandbox.recorder import Recorder
from app.sandbox.store import Store
from app.sandbox.switches import Switchboard, Switches

EXTENSION = "courier-sandbox"


@dataclass
class Workspace:
    store: Store
    switchboard: Switchboard
    api_key: str
    seed: Path | None
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    recorder: Recorder = field(default_factory=Recorder)
    resets: int = 0

    @property
    def switches(self) -> Switches:
        return self.switchboard.now

    def sleep_ms(self, duration: int) -> None:
        if duration:
            self.sleep(duration / 1000)

    def now(self) -> str:
        return iso(self.clock())


def workspace() -> Workspace:
    return cast(Workspace, current_app.extensions[EXTENSION])


def store() -> Store:
    return workspace().store


def new_id(prefix: str) -> str:
    return f"{prefix}{uuid.uuid4().hex}"
