"""The forms of a page, read as a browser would send them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

Attributes = list[tuple[str, str | None]]
CHOSEN = ("checkbox", "radio")


@dataclass
class Form:
    """`actions`: its own address first, then those of its buttons."""

    actions: list[str]
    fields: MultiDict[str, str] = field(default_factory=MultiDict)


class Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[Form] = []
        self._is_within = False
        self.feed(html)

    def ending(self, words: str) -> Iterator[tuple[Form, str]]:
        """Each form with its address whose path ends so."""
        return ((f, a) for f, a in self._actions() if urlsplit(a).path.endswith(words))

    def containing(self, words: str) -> Iterator[tuple[Form, str]]:
        """Each form with its address whose path has these words."""
        return ((f, a) for f, a in self._actions() if words in urlsplit(a).path)

    def _actions(self) -> Iterator[tuple[Form, str]]:
        return ((form, action) for form in self.all for action in form.actions)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.all.append(Form([given.get("action", "")]))
            self._is_within = True
        elif self._is_within and tag == "input":
            self._add(given, is_on="checked" in given)
        elif self._is_within and "formaction" in given:
            self.all[-1].actions.append(given["formaction"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_within = False

    def _add(self, given: dict[str, str], *, is_on: bool) -> None:
        if "name" in given and (given.get("type") not in CHOSEN or is_on):
            self.all[-1].fields.add(given["name"], given.get("value", "on"))
