"""A browser with manners and without script: it checks every page that it gets.

Tests fetch pages only through `Visitor`, so the rules of the house hold for every
page that any test sees.
"""

from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.house import rules

HTMX = {"HX-Request": "true"}


@dataclass
class TopicForm:
    """One topic's form as a person fills it in."""

    element: Element
    is_fragment: bool = False

    @property
    def action(self) -> str:
        return self.element.get("action") or ""

    @property
    def switch(self) -> Element:
        (switch,) = [i for i in self._inputs() if i.get("role") == "switch"]
        return switch

    @property
    def is_on(self) -> bool:
        return "checked" in self.switch.attrib

    @property
    def is_locked(self) -> bool:
        return self.switch.get("aria-disabled") == "true"

    @property
    def channels(self) -> dict[str, bool]:
        """The channels on offer, and whether each is ticked."""
        return self._boxes("channel")

    @property
    def schedules(self) -> dict[str, bool]:
        return self._boxes("schedule")

    @property
    def text(self) -> str:
        return rules.text(self.element)

    @property
    def buttons(self) -> dict[str, Element]:
        buttons = rules.elements(self.element, "button")
        return {b.get("aria-label") or rules.text(b): b for b in buttons}

    @property
    def note(self) -> str:
        """What is said about the last act, good or bad."""
        notes = [
            rules.text(p)
            for p in rules.elements(self.element, "p")
            if p.get("class") in ("saved", "kept", "problem")
        ]
        return " ".join(notes)

    def fields(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """What a browser would send after the changes; None leaves a field out."""
        fields: dict[str, Any] = {
            "state": self._hidden("state"),
            "shown": self._hidden("shown"),
            "on": "1" if self.is_on else None,
            "channel": [name for name, ticked in self.channels.items() if ticked],
            "schedule": next((id_ for id_, on in self.schedules.items() if on), None),
        }
        return {k: v for k, v in {**fields, **changes}.items() if v is not None}

    def _hidden(self, name: str) -> str | None:
        found = [i.get("value") for i in self._inputs() if i.get("name") == name]
        return found[0] if found else None

    def _boxes(self, name: str) -> dict[str, bool]:
        return {
            str(box.get("value")): "checked" in box.attrib
            for box in self._inputs()
            if box.get("name") == name
        }

    def _inputs(self) -> list[Element]:
        return list(rules.elements(self.element, "input"))


@dataclass
class Page:
    """An answer that kept the rules of the house."""

    response: TestResponse
    tree: Element
    is_fragment: bool = False
    path: str = field(default="")

    @classmethod
    def checked(cls, response: TestResponse) -> Self:
        html = response.get_data(as_text=True)
        is_fragment = not html.lstrip().startswith("<!doctype html>")
        faults = list(rules.header_faults(dict(response.headers)))
        tree = rules.parse_fragment(html) if is_fragment else rules.parse(html)
        check = rules.fragment_faults if is_fragment else rules.page_faults
        faults += [*check(tree), *rules.sheet_faults(tree, dict(response.headers))]
        assert not faults, f"{response.request.path}: " + "; ".join(faults)
        return cls(response, tree, is_fragment, response.request.path)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def text(self) -> str:
        return rules.text(self.tree)

    @property
    def heading(self) -> str:
        return next(rules.text(h) for h in rules.elements(self.tree, "h1"))

    @property
    def summary(self) -> str:
        return self._by_class("summary")

    @property
    def announced(self) -> str:
        """What the fragment puts into the page's live region."""
        return " ".join(rules.text(e) for e in rules.elements(self.tree, "hx-partial"))

    @property
    def notice(self) -> str:
        return self._by_class("notice") or self._by_class("notice notice-problem")

    @property
    def names(self) -> list[str]:
        """The topics' names in the order of the page."""
        labels = rules.elements(self.tree, "label")
        return [rules.text(e) for e in labels if e.get("class") == "topic-name"]

    @property
    def locked(self) -> list[str]:
        return [name for name in self.names if self.topic(name).is_locked]

    @property
    def standings(self) -> list[tuple[str, bool, dict[str, bool], dict[str, bool]]]:
        """Every topic as the page shows it."""
        topics = [(name, self.topic(name)) for name in self.names]
        return [(n, t.is_on, t.channels, t.schedules) for n, t in topics]

    @property
    def sections(self) -> list[str]:
        return [rules.text(h) for h in rules.elements(self.tree, "h2")]

    @property
    def links(self) -> dict[str, str]:
        found = rules.elements(self.tree, "a")
        return {rules.text(a): a.get("href") or "" for a in found}

    def form(self, words: str = "") -> Element:
        """The form whose words contain these."""
        forms = rules.elements(self.tree, "form")
        return next(form for form in forms if words in rules.text(form))

    def topic(self, name: str) -> TopicForm:
        """The topic's form; in a fragment, its inside."""
        if self.is_fragment:
            return TopicForm(self.tree, is_fragment=True)
        for form in rules.elements(self.tree, "form"):
            labels = list(rules.elements(form, "label"))
            if labels and rules.text(labels[0]) == name:
                return TopicForm(form)
        raise AssertionError(f"{name!r} is not on the page: {self.names}")

    def _by_class(self, name: str) -> str:
        found = [e for e in rules.elements(self.tree) if e.get("class") == name]
        return " ".join(rules.text(e) for e in found)


class Visitor:
    """Opens pages and sends forms as a browser does, with or without htmx."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def open(self, path: str, **headers: str) -> Page:
        return Page.checked(self._client.get(path, headers=headers))

    def raw(self, method: str, path: str, **more: Any) -> TestResponse:  # noqa: ANN401
        return self._client.open(path, method=method, **more)

    def send(self, path: str, fields: dict[str, Any], *, htmx: bool = False) -> Page:
        """The answer itself, or where it redirects to, as a browser would show it."""
        response = self._client.post(
            path, data=fields, headers=HTMX if htmx else {}, follow_redirects=False
        )
        if response.status_code == 303:
            where = urlsplit(response.headers["Location"])
            return self.open(f"{where.path}?{where.query}")
        return Page.checked(response)

    def change(
        self,
        page: Page,
        name: str,
        *,
        htmx: bool = False,
        **changes: Any,  # noqa: ANN401
    ) -> Page:
        """Changes one topic's fields on the page and saves it."""
        form = page.topic(name)
        return self.send(form.action, form.fields(**changes), htmx=htmx)
