"""What a browser knows of a page: the forms of its topics, and what they would send."""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from tests.chaos.verdict import State

FORM = re.compile(r'<form class="topic-form" method="post" action="([^"]+)"')
INPUT = re.compile(r"<input\b[^>]*>")
NAME = re.compile(r'\bname="([^"]*)"')
VALUE = re.compile(r'\bvalue="([^"]*)"')
CHECKED = re.compile(r"\schecked\b")

Fields = list[tuple[str, str]]


class Unreadable(Exception):
    """An answer without the topic that it should be about."""


@dataclass(frozen=True, slots=True)
class Form:
    """One topic's form as the server last told it."""

    action: str
    state: str = ""
    is_on: bool = False
    offered: tuple[str, ...] = ()
    ticked: frozenset[str] = frozenset()
    unheard: tuple[str, ...] = ()
    """Sent before, without an answer that told the topic anew."""

    @property
    def topic(self) -> str:
        return self.action.rpartition("/")[2]

    @property
    def shown(self) -> State:
        """What somebody sees: a topic that is off shows no channels."""
        return State(self.is_on, self.ticked if self.is_on else None)

    def fields(self, wish: State) -> Fields:
        """What a browser sends; a wish without channels leaves their boxes alone."""
        said = self.said(wish)
        if self.unheard:
            said.append(("unheard", "".join(f"{line}\n" for line in self.unheard)))
        return [("state", self.state), *said]

    def failed(self, wish: State) -> "Form":
        """The form once nobody answered."""
        return replace(self, unheard=(*self.unheard, urlencode(self.said(wish)))[-8:])

    def said(self, wish: State) -> Fields:
        ticked = self.ticked if wish.channels is None else wish.channels
        fields = [("shown", " ".join(self.offered))] if self.offered else []
        fields += [("on", "1")] if wish.is_on else []
        return fields + [("channel", c) for c in self.offered if c in ticked]

    def after(self, fragment: str) -> "Form":
        """The form once the answer stands in it."""
        bare = Form(self.action)
        return _filled(replace(bare, state=self.state, is_on=self.is_on), fragment)


def forms(page: str) -> dict[str, Form]:
    """The forms of a whole page by topic id."""
    _, *pieces = FORM.split(page)
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    found = [_filled(Form(action), html) for action, html in pairs]
    return {form.topic: form for form in found}


def _filled(form: Form, html: str) -> Form:
    for tag in INPUT.findall(html.partition("</form>")[0]):
        name, value = _of(NAME, tag), _of(VALUE, tag)
        is_checked = CHECKED.search(tag) is not None
        match name:
            case "state":
                form = replace(form, state=value)
            case "on":
                form = replace(form, is_on=is_checked)
            case "channel":
                ticked = form.ticked | ({value} if is_checked else set())
                form = replace(form, offered=(*form.offered, value), ticked=ticked)
    if 'name="on"' not in html or 'name="state"' not in html:
        raise Unreadable(html)
    return form


def _of(pattern: re.Pattern[str], tag: str) -> str:
    found = pattern.search(tag)
    return found[1] if found else ""
