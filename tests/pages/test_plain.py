"""A page that many people have is written once, and is nobody else's."""

import re
from xml.etree.ElementTree import Element

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.house.client import Page, Visitor
from tests.house.rules import elements

BEN, CEM = Recipient("user-ben"), Recipient("chaos <cem>")


def link(links: Links, whose: Recipient, label: str | None = None) -> str:
    return f"/p/{links.mint(Scope.PREFERENCES, whose, label)}"


def without_seals(page: Page, path: str) -> str:
    html = page.html.replace(path, "/p/TOKEN").replace("?x=1", "?")
    return re.sub(r'name="state" value="[^"]+"|lang=|&amp;', "", html)


def test_a_kept_page_is_the_one_that_would_be_written(
    visitor: Visitor, links: Links
) -> None:
    """Whatever its address says beside the token, it is written for itself."""
    for whose, label in ((BEN, None), (CEM, "c***@example.com"), (BEN, None)):
        path = link(links, whose, label)
        kept, own = visitor.open(path), visitor.open(f"{path}?x=1")

        assert without_seals(kept, path) == without_seals(own, path)


def test_nobody_s_page_has_anything_of_who_came_before(
    visitor: Visitor, links: Links
) -> None:
    first = link(links, BEN, "b***@example.com")
    second = link(links, CEM, '<b>"cem"</b> & co')
    visitor.open(first)

    page = visitor.open(second)

    assert first.removeprefix("/p/") not in page.html
    assert "b***@example.com" not in page.html
    assert '<strong dir="auto">&lt;b&gt;&#34;cem&#34;&lt;/b&gt; &amp; co<' in page.html
    assert not re.search(r"[0-9a-f]{16}[tlcres]\b", page.html), "a mark is left"


def test_what_somebody_chose_is_on_their_page_alone(
    visitor: Visitor, links: Links
) -> None:
    for whose in (BEN, CEM):
        visitor.open(link(links, whose))
    visitor.change(visitor.open(link(links, BEN)), "Due dates", htmx=True, on=None)

    ben, cem = (visitor.open(link(links, whose)) for whose in (BEN, CEM))

    assert not ben.topic("Due dates").is_on
    assert cem.topic("Due dates").is_on


def test_each_form_of_a_kept_page_is_sealed_for_its_recipient(
    visitor: Visitor, links: Links
) -> None:
    """Or one could be sent by somebody else's link."""
    visitor.open(link(links, BEN))
    states = [
        {e.get("value") for e in elements(page.tree, "input") if _is_state(e)}
        for page in (visitor.open(link(links, w)) for w in (BEN, CEM))
    ]

    assert len(states[0]) > 3
    assert not states[0] & states[1]


def _is_state(element: Element) -> bool:
    return element.get("name") == "state"
