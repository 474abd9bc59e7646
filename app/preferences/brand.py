"""A brand: whose pages they are. What cannot be trusted in one is left out.

A color is plain, an address is clean and https, a name is short and printable;
anything else counts as not given. Nothing of a brand is believed before it went
through here, wherever it came from.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_NAME = 80
LONGEST_ADDRESS = 2000
MOST_LINKS = 12

COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
ADDRESS = re.compile(r"https://[!#-&(-;=?-\[\]_a-z~]+", re.IGNORECASE)
"""Plain characters; no quotes, brackets or backslash that a parser could trip over."""

HOST = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?")
"""Plain names only: it stands in the page's policy as well."""

STACKED = re.compile(r"[\u0300-\u036f]{4}")
"""More marks on one letter than any language has."""

JOINERS = "\u200c\u200d\u200e\u200f"
"""Unseen, but words need them: (non-)joiners and the two direction marks."""

NETWORKS = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "medium": "Medium",
    "twitter": "X",
}
"""Where a brand may be found, as Courier and as people call it."""


@dataclass(frozen=True, slots=True)
class Brand:
    """`color` is `#rrggbb`; `logo` and `home` are addresses; `links` have names."""

    name: str = ""
    color: str | None = None
    logo: str | None = None
    home: str | None = None
    links: tuple[tuple[str, str], ...] = ()

    def or_else(self, other: "Brand") -> "Brand":
        """With what it lacks taken from another."""
        return Brand(
            self.name or other.name,
            self.color or other.color,
            self.logo or other.logo,
            self.home or other.home,
            self.links or other.links,
        )

    def named(self, name: str) -> "Brand":
        """By another name, where there is one."""
        return Brand(name or self.name, self.color, self.logo, self.home, self.links)


def color(text: str | None) -> str | None:
    """`#0B5` and `#00bb55` as `#00bb55`; nothing else is a color."""
    if text is None or not COLOR.fullmatch(text):
        return None
    if len(text) == len("#rgb"):
        text = "#" + "".join(2 * digit for digit in text[1:])
    return text.lower()


def address(text: str | None) -> str | None:
    """An https address of a plain host, without a user in it."""
    if text is None or len(text) > LONGEST_ADDRESS or not ADDRESS.fullmatch(text):
        return None
    host = _host(text)
    return text if host and HOST.fullmatch(host) else None


def origin(text: str) -> str:
    """Of a clean address: what a page's policy calls it."""
    return f"https://{_host(text)}"


def name(text: str | None) -> str:
    """A name of one line; empty where it is too long or not fit to be shown."""
    plain = " ".join((text or "").split()) if len(text or "") < LONGEST_ADDRESS else ""
    fits = len(plain) <= LONGEST_NAME and not STACKED.search(plain)
    return plain if fits and all(map(_is_shown, plain)) else ""


def links(pairs: Iterable[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    """Those with a name and a clean address, each name once."""
    clean = ((name(text), address(where)) for text, where in pairs)
    found = {text: where for text, where in clean if text and where}
    return tuple(found.items())[:MOST_LINKS]


def _is_shown(letter: str) -> bool:
    """Whether it is neither a control, half a letter, nor unknown."""
    return letter in JOINERS or unicodedata.category(letter)[0] != "C"


def _host(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_fit = parts.hostname and parts.port != 0
    except ValueError:
        return ""
    return parts.netloc.lower() if is_fit else ""
