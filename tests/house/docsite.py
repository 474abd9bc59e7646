"""The documentation as a site: built as `make docs` does, and read page by page."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
CONFIG = ROOT / "zensical.toml"
OUTPUT = "var/docs"
LOADING = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "use": ("href",),
}
"""What a browser fetches by itself; a link, only where its `rel` says so."""

NOT_FETCHED = {"prev", "next", "canonical", "alternate"}
IN_STYLE = re.compile(r"""(?:@import\s+(?:url\(\s*)?|url\(\s*)["']?([^"')\s]+)""")


@dataclass
class Read(HTMLParser):
    """What a page is called by, leads to, and loads."""

    ids: set[str] = field(default_factory=set)
    leads: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    policy: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.leads.append(given["href"])
        if tag == "link" and given.get("rel", "") not in NOT_FETCHED:
            self.loads.append(given.get("href", ""))
        if given.get("http-equiv") == "Content-Security-Policy" and not self.loads:
            self.policy = given.get("content", "")
        self.loads += [given[name] for name in LOADING.get(tag, ()) if name in given]


def build(folder: Path) -> Path:
    """Builds it strictly in a folder of its own; raises with what was said."""
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(CONFIG, folder)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return folder / OUTPUT


def pages(site: Path) -> dict[Path, Read]:
    found = {}
    for path in sorted(site.rglob("*.html")):
        found[path] = Read()
        found[path].feed(path.read_text("utf-8"))
    return found


def broken(site: Path) -> Iterator[str]:
    """Every link within the site that leads nowhere."""
    read = pages(site)
    for path, page in read.items():
        for address in [*page.leads, *page.loads]:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = _file(site, path, unquote(parts.path))
            if not target.is_file():
                yield f"{path.relative_to(site)}: {address} is not there"
                continue
            place = unquote(parts.fragment)
            if place and target in read and place not in read[target].ids:
                yield f"{path.relative_to(site)}: {address} has no such place"


def foreign(site: Path) -> Iterator[str]:
    """Everything that a page or a style sheet would load from elsewhere."""
    for path, page in pages(site).items():
        for address in page.loads:
            if is_elsewhere(address):
                yield f"{path.relative_to(site)} loads {address}"
    for path in [*site.rglob("*.css"), *site.rglob("*.svg"), *site.rglob("*.html")]:
        for address in IN_STYLE.findall(_styles(path)):
            if is_elsewhere(address):
                yield f"{path.relative_to(site)} loads {address}"


def is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def _styles(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix == ".css":
        return text
    return "".join(re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL))


def _file(site: Path, page: Path, path: str) -> Path:
    if not path:
        return page
    start = site if path.startswith("/") else page.parent
    found = (start / path.lstrip("/")).resolve()
    return found / "index.html" if found.is_dir() else found
