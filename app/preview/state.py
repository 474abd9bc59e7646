"""What a state of the preview is, and how a function becomes one."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from app.preview.person import Person, Told, name_id
from app.preview.worlds import HOME

Make = Callable[[Person], Told]
"""Brings a recipient into the state, by requests alone."""


@dataclass(frozen=True)
class State:
    """`status` is what its page answers with, `topic` the one to look at, if any."""

    name: str
    about: str
    world: str
    status: int
    make: Make
    topic: str = ""

    @property
    def place(self) -> str:
        """The end of an address that leads to the topic."""
        return f"#{name_id(self.topic)}" if self.topic else ""


@dataclass
class Scene:
    """States that belong together."""

    title: str
    states: list[State]

    def state(
        self,
        about: str,
        *,
        world: str = HOME,
        status: int = 200,
        name: str = "",
        topic: str = "",
    ) -> Callable[[Make], Make]:
        """Its name is the function's, where none is given."""

        def add(make: Make) -> Make:
            own = name or make.__name__.strip("_").replace("_", "-")
            self.states.append(State(own, about, world, status, make, topic))
            return make

        return add


def scene(title: str) -> Scene:
    return Scene(title, [])


def by_name(scenes: list[Scene]) -> dict[str, State]:
    return {s.name: s for s in chain.from_iterable(one.states for one in scenes)}
