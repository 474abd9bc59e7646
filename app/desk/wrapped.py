"""Undoes what mail gateways make of an address so that they may check it on a click.

Pure: nothing is fetched, since a click is what they wait for. Most gateways carry the
address inside their own; of some only they themselves know what it was.
"""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urlsplit

LAYERS = 5
"""Gateways around one address, at most."""

LONGEST = 16 * 1024
"""Characters of a wrapped address that are looked at."""

WEB = ("http://", "https://")
RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
V3 = "/v3/__"
V3_END = re.compile(r"__;(?P<characters>[\w-]*)=*!", re.ASCII)
V3_ENDS = 2 * LAYERS
"""Of what looks like the end of an address, that many: wraps may stand in each other.
"""

V3_TOKEN = re.compile(r"\*(?:\*(?P<run>[\w-]))?", re.ASCII)
ZEROS = re.compile(r"(&#[xX]?)0+(?=[0-9a-fA-F])")
FAR = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
"""A character by a number that none has; some are too long to be read as a number."""

ONE_SLASH = re.compile(r"^([a-z]+:/)(?=[^/])", re.IGNORECASE)

Reading = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """An address without the gateways' own around it.

    `unread` is the name of the gateway whose wrapping cannot be undone here.
    """

    address: str
    unread: str = ""


def unwrapped(address: str) -> Unwrapped:
    """What is inside, however many gateways it came through."""
    if len(address) > LONGEST:
        return Unwrapped(address)
    for _ in range(LAYERS):
        gateway = _gateway(address)
        if gateway is None:
            return Unwrapped(address)
        inside = gateway.read(address)
        if inside is None:
            return Unwrapped(address, gateway.name)
        address = inside
    gateway = _gateway(address)
    return Unwrapped(address, gateway.name if gateway else "")


def unescaped(text: str) -> str:
    """Out of HTML; never fails, however long a character's number is."""
    return html.unescape(FAR.sub("\ufffd", ZEROS.sub(r"\1", text)))


@dataclass(frozen=True, slots=True)
class Gateway:
    """`hosts` as a pattern; `paths` as well, where others of its paths are no wraps."""

    name: str
    hosts: re.Pattern[str]
    read: Reading
    paths: re.Pattern[str] = re.compile("")


def _gateway(address: str) -> Gateway | None:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    for gateway in GATEWAYS:
        if gateway.hosts.fullmatch(host) and gateway.paths.match(parts.path):
            return gateway
    return None


def _query(address: str) -> Iterator[tuple[str, str]]:
    """Its pairs as they stand; in a page's source `&` was written `&amp;`."""
    query = address.partition("?")[2].partition("#")[0]
    for pair in query.replace("&amp;", "&").split("&"):
        name, _, value = pair.partition("=")
        yield name, value


def _web(address: str) -> str | None:
    """An address of the web, of which some gateways lose a slash."""
    found = ONE_SLASH.sub(r"\1/", address.strip())
    return found if found.lower().startswith(WEB) else None


def _in_query(*names: str) -> Reading:
    """An address in a percent-encoded field of the query."""

    def read(address: str) -> str | None:
        fields = dict(_query(address))
        values = (fields[name] for name in names if fields.get(name))
        return next(filter(None, (_web(unquote(value)) for value in values)), None)

    return read


def _sophos(address: str) -> str | None:
    """In base64 of either alphabet, mostly without padding."""
    text = _base64(unquote(dict(_query(address)).get("u", "")))
    return _web(text.decode(errors="replace")) if text else None


def _cisco(address: str) -> str | None:
    """The last part of the path, where it is an address at all."""
    return _web(unquote(urlsplit(address).path.rpartition("/")[2]))


def _proofpoint(address: str) -> str | None:
    path = urlsplit(address).path
    if path.startswith("/v3/"):
        return _v3(address)
    value = dict(_query(address)).get("u", "")
    if path.startswith("/v2/"):
        value = value.replace("-", "%").replace("_", "/")
    return _web(unescaped(unquote(value)))


def _v3(address: str) -> str | None:
    """Some characters are replaced by `*`, runs of them by `**` and their length.

    What they were follows in base64. Lengths count bytes, and in some of its versions
    characters: right is what comes out even.
    """
    wrapped = address.partition(V3)[2]
    for end in islice(V3_END.finditer(wrapped), V3_ENDS):
        masked, data = unquote(wrapped[: end.start()]), _base64(end["characters"])
        needed = sum(map(_run, V3_TOKEN.finditer(masked)))
        text = data.decode(errors="replace")
        for taken in ([bytes([b]) for b in data], [c.encode() for c in text]):
            if needed == len(taken):
                return _web(_filled(masked, taken))
    return None


def _filled(masked: str, taken: list[bytes]) -> str:
    left = iter(taken)

    def fill(token: re.Match[str]) -> str:
        run = b"".join(next(left) for _ in range(_run(token)))
        return run.decode(errors="replace")

    return V3_TOKEN.sub(fill, masked)


def _run(token: re.Match[str]) -> int:
    return RUNS.index(token["run"]) + 2 if token["run"] else 1


def _base64(text: str) -> bytes:
    """Nothing where it is none."""
    tight = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(tight + "=" * (-len(tight) % 4))
    except (binascii.Error, ValueError):
        return b""


def _unreadable(_address: str) -> None:
    """The address is known to the gateway alone."""
    return


def _hosts(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


GATEWAYS = (
    Gateway(
        "Microsoft Safe Links",
        _hosts(
            r"(.+\.)?safelinks\.protection\.(outlook\.com|office365\.us)"
            r"|statics\.teams\.cdn\.office\.net"
        ),
        _in_query("url"),
    ),
    Gateway(
        "Proofpoint URL Defense",
        _hosts(r"(.+\.)?urldefense\.(proofpoint\.com|com|us)"),
        _proofpoint,
        re.compile(r"/v[1-9]/"),
    ),
    Gateway(
        "Google",
        _hosts(r"(www\.)?google\.[a-z]{2,3}(\.[a-z]{2})?"),
        _in_query("q", "url"),
        re.compile(r"/url\Z"),
    ),
    Gateway(
        "Barracuda Link Protection",
        _hosts(r"(.+\.)?cudasvc\.com"),
        _in_query("a"),
        re.compile(r"/url\Z"),
    ),
    Gateway("Cisco Secure Email", _hosts(r"(.+\.)?secure-web\.cisco\.com"), _cisco),
    Gateway("Sophos Email", _hosts(r"(.+\.)?protection\.sophos\.com"), _sophos),
    Gateway(
        "Trellix Email Security",
        _hosts(r"protect2?\.(fireeye|trellix)\.com"),
        _in_query("u"),
    ),
    Gateway(
        "Symantec Click-time Protection",
        _hosts(r"(.+\.)?clicktime\.symantec\.com"),
        _in_query("u"),
    ),
    Gateway(
        "Mimecast",
        _hosts(r"(.+\.)?(mimecast|mimecastprotect)\.com"),
        _unreadable,
        re.compile(r"/s/|/r/"),
    ),
)
"""Of each, where its addresses are and how to read them."""
