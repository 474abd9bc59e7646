"""Templates are compiled once in a process, and anew when they have changed."""

from types import CodeType

import jinja2

from app.web.templates import Compiled


class Counting(jinja2.Environment):
    compiled = 0

    def _compile(self, source: str, filename: str) -> CodeType:
        self.compiled += 1
        return super()._compile(source, filename)


def environment(kept: Compiled, source: str) -> Counting:
    return Counting(loader=jinja2.DictLoader({"page": source}), bytecode_cache=kept)


def test_who_comes_second_compiles_nothing() -> None:
    kept = Compiled()
    first, second = (environment(kept, "Hello {{ name }}") for _ in "12")

    for made in (first, second):
        assert made.get_template("page").render(name="Ada") == "Hello Ada"
    assert (first.compiled, second.compiled) == (1, 0)


def test_what_has_changed_is_compiled_anew() -> None:
    kept = Compiled()
    environment(kept, "Hello").get_template("page")
    changed = environment(kept, "Good evening")

    assert changed.get_template("page").render() == "Good evening"
    assert changed.compiled == 1
