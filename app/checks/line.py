"""One line of a check: how it stands, what there is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """As an operator reads it, two characters wide."""

    OK = "ok"
    BAD = "!!"
    UNSURE = "??"
    """Worth a look; it may be as it should be."""
    UNSET = "--"


@dataclass(frozen=True, slots=True)
class Line:
    """`cure` says what to do, where something is to be done."""

    state: State
    text: str
    cure: str = ""

    @property
    def is_bad(self) -> bool:
        return self.state is State.BAD

    def told(self, name: str) -> str:
        text = (
            " ".join(f"{self.text} — {self.cure}".split()) if self.cure else self.text
        )
        return f"{self.state}  {name:<8}  {text}"


def ok(text: str) -> Line:
    return Line(State.OK, text)


def bad(text: str, cure: str) -> Line:
    return Line(State.BAD, text, cure)


def unsure(text: str, cure: str) -> Line:
    return Line(State.UNSURE, text, cure)


def unset(name: str) -> Line:
    return Line(State.UNSET, f"{name} is not set")
