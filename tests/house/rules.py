"""The rules of the house: what holds for every page and fragment that we answer.

Each fault says where it is and how to mend it. `tests.house.client` asks them of
every answer that any test fetches.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

import html5lib

NS = "{http://www.w3.org/1999/xhtml}"
REFERRING = ("for", "aria-describedby", "aria-labelledby", "aria-controls")
REQUIRED_HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
}
UNSAFE = ("unsafe-inline", "unsafe-eval", "*", "http:", "https:")


def parse(html: str) -> Element:
    """The tree of a whole page; raises on anything that is not valid HTML."""
    parser = html5lib.HTMLParser(strict=True)
    return parser.parse(html)  # type: ignore[no-any-return]


def parse_fragment(html: str) -> Element:
    parser = html5lib.HTMLParser(strict=True)
    return parser.parseFragment(html)  # type: ignore[no-any-return]


def elements(tree: Element, *names: str) -> Iterator[Element]:
    """Elements of those names, or all, in the order of the page."""
    wanted = {NS + name for name in names}
    for element in tree.iter():
        is_element = isinstance(element.tag, str)
        if is_element and (not wanted or element.tag in wanted):
            yield element


def text(element: Element) -> str:
    """What there is to read, which a style sheet is not."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[str]:
    if element.tag != f"{NS}style":
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def page_faults(tree: Element) -> Iterator[str]:
    headings = [text(h) for h in elements(tree, "h1")]
    if len(headings) != 1:
        yield f"a page has exactly one h1, this has {headings}"
    title = next((text(t) for t in elements(tree, "title")), "")
    if headings and not title.startswith(headings[0]):
        yield f"the title begins with the h1: {title!r} and {headings[0]!r}"
    if not tree.get("lang") or tree.get("dir") not in ("ltr", "rtl"):
        yield "html has lang and dir"
    yield from _order_faults(tree)
    yield from fragment_faults(tree)
    yield from reference_faults(tree)


def fragment_faults(tree: Element) -> Iterator[str]:
    ids = Counter(id_ for e in elements(tree) if (id_ := e.get("id")))
    yield from (f"the id {id_} is given twice" for id_, n in ids.items() if n > 1)
    for element in elements(tree):
        yield from _inline_faults(element)
    yield from _label_faults(tree)
    yield from _form_faults(tree)


def reference_faults(tree: Element) -> Iterator[str]:
    ids = {e.get("id") for e in elements(tree)}
    for element in elements(tree):
        for name in REFERRING:
            for id_ in (element.get(name) or "").split():
                if id_ not in ids:
                    yield f"{name} names {id_}, which is not there"
        target = element.get("hx-target", "")
        if target.startswith("#") and target[1:] not in ids:
            yield f"hx-target names {target}, which is not there"


def is_framed(headers: Mapping[str, str]) -> bool:
    """Whether it names who may frame it, for which the older header has no words."""
    policy = headers.get("Content-Security-Policy", "")
    return "frame-ancestors http" in policy


def header_faults(headers: Mapping[str, str]) -> Iterator[str]:
    for name, beginning in REQUIRED_HEADERS.items():
        if name == "X-Frame-Options" and is_framed(headers):
            continue
        if not headers.get(name, "").startswith(beginning):
            yield f"the header {name} begins with {beginning}"
    policy = headers.get("Content-Security-Policy", "").split()
    yield from (f"the policy allows {word}" for word in policy if word in UNSAFE)
    if "Set-Cookie" in headers:
        yield "a recipient's page sets no cookie"


def sheet_faults(tree: Element, headers: Mapping[str, str]) -> Iterator[str]:
    """A sheet may stand in the page; a browser shows it only if the policy has it."""
    policy = headers.get("Content-Security-Policy", "").replace(";", " ").split()
    for sheet in elements(tree, "style"):
        digest = hashlib.sha256((sheet.text or "").encode()).digest()
        if f"'sha256-{base64.b64encode(digest).decode()}'" not in policy:
            yield "a <style> that the policy does not allow by its hash"


def _inline_faults(element: Element) -> Iterator[str]:
    name = element.tag.removeprefix(NS)
    if "style" in element.attrib:
        yield f"<{name}> has an inline style: put it into the sheet"
    if name == "script" and not element.get("src"):
        yield "an inline script: put it into a file"
    for attribute in element.attrib:
        if attribute.startswith(("on", "hx-on")):
            yield f"<{name}> has the handler {attribute}: put it into a file"


def _label_faults(tree: Element) -> Iterator[str]:
    named = {label.get("for") for label in elements(tree, "label")}
    inside = {
        field for label in elements(tree, "label") for field in elements(label, "input")
    }
    for field in elements(tree, "input", "select", "textarea"):
        if field.get("type") == "hidden" or field in inside:
            continue
        if field.get("id") not in named and not field.get("aria-label"):
            yield f"the field {field.get('name')} has no label"
    for button in elements(tree, "button", "a"):
        images = "".join(image.get("alt") or "" for image in elements(button, "img"))
        if not text(button) and not images and not button.get("aria-label"):
            yield "a button or a link has no words"
    for image in elements(tree, "img"):
        if image.get("alt") is None:
            yield f"the image {image.get('src')} has no alt text"


def _form_faults(tree: Element) -> Iterator[str]:
    for form in elements(tree, "form"):
        if not form.get("action") or form.get("method") not in ("get", "post"):
            yield "a form has an action and a method, even if it posts to its own page"
        if form.get("hx-post", form.get("action")) != form.get("action"):
            yield "hx-post repeats the form's action"
    for button in elements(tree, "button"):
        if button.get("hx-post") != button.get("formaction"):
            yield "a button's hx-post repeats its formaction"


def _order_faults(tree: Element) -> Iterator[str]:
    level = 0
    for heading in elements(tree, "h1", "h2", "h3", "h4"):
        next_level = int(heading.tag[-1])
        if next_level > level + 1:
            yield f"the heading {text(heading)!r} skips a level"
        level = next_level
