"""All worlds of the preview, in a folder that is gone when they end.

Each is made when it is first asked for: it takes half a second.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from app.demo import BRAND, PRODUCT
from app.preview import seeds
from app.preview.world import World, running

Spoil = Callable[[World], None]


@dataclass(frozen=True)
class Plan:
    """What a world is made of: a seed, looks, and what is wrong from the start."""

    seed: str
    looks: dict[str, str]
    spoil: Spoil = lambda _world: None


TIDEWELL = {"BRAND_ID": BRAND, "PRODUCT_NAME": PRODUCT}
"""The looks of the product whose workspace the seed describes."""

PLAIN = {"PRODUCT_NAME": PRODUCT, "BRAND_COLOR": "#0b5c6b"}

HOME = "home"
PLANS = {
    HOME: Plan("own", TIDEWELL),
    "keeping": Plan("own", TIDEWELL),  # Courier does not take what some choose
    "silent": Plan("own", TIDEWELL),  # Courier does not answer about some
    "unwritten": Plan("own", TIDEWELL, World.spoil_ledger),
    "past": Plan("own", TIDEWELL),  # its clock is moved
    "unknown": Plan("own", PLAIN, lambda world: world.courier.fail()),
    "plain": Plan("own", {}),
    "empty": Plan("", PLAIN),
    "long": Plan("long", {"PRODUCT_NAME": seeds.LONG[3]}),
    "right": Plan("right", {"PRODUCT_NAME": seeds.RIGHT_TO_LEFT[4]}),
}


@dataclass
class Worlds:
    folder: Path
    files: dict[str, Path]
    given: dict[str, str]
    stack: ExitStack
    _open: dict[str, World] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __getitem__(self, name: str) -> World:
        with self._lock:
            if name not in self._open:
                self._open[name] = self._made(name, PLANS[name])
            return self._open[name]

    def _made(self, name: str, plan: Plan) -> World:
        seed, given = self.files.get(plan.seed), {**self.given, **plan.looks}
        world = self.stack.enter_context(running(name, self.folder, seed, given))
        plan.spoil(world)
        return world


@contextmanager
def all_worlds(origin: str) -> Iterator[Worlds]:
    """`origin` is where the preview is opened."""
    given = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PUBLIC_URL": origin,
        "FRAME_ANCESTORS": origin,
        "RETURN_ORIGINS": "https://app.tidewell.example",
    }
    with TemporaryDirectory(prefix="preview-") as name, ExitStack() as stack:
        folder = Path(name)
        yield Worlds(folder, seeds.write(folder), given, stack)
