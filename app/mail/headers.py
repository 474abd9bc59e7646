"""The grammar of the headers: List-Unsubscribe, its Post, and a signature's tags.

Reference: https://www.rfc-editor.org/rfc/rfc2369#section-2
Reference: https://www.rfc-editor.org/rfc/rfc8058#section-3
Reference: https://www.rfc-editor.org/rfc/rfc6376#section-3.2
"""

import re
from urllib.parse import SplitResult, urlsplit

ENCODED = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*\?=", re.IGNORECASE)
LIST = re.compile(r"\s*<[^<>]*>\s*(,\s*<[^<>]*>\s*)*")
WEB = ("https", "http")
PORTS = {"https": 443, "http": 80}
NEEDED = frozenset({"v", "a", "b", "bh", "d", "h", "s"})
"""The tags without which a signature is ignored by whoever verifies it."""


def is_encoded(value: str) -> bool:
    """Whether it has an encoded word, which these headers may not have."""
    return bool(ENCODED.search(value))


def uris(value: str) -> list[str] | None:
    """What stands in angle brackets; None where it is not a list of that."""
    bare = re.sub(r"(<[^<>]*>)|\([^()]*\)", lambda m: m[1] or "", value)
    if not LIST.fullmatch(bare):
        return None
    return [re.sub(r"\s", "", uri) for uri in re.findall(r"<([^<>]*)>", bare)]


def web(found: list[str]) -> list[str]:
    return [uri for uri in found if uri.partition(":")[0].lower() in WEB]


def signed(value: str) -> frozenset[str]:
    """The headers that a DKIM signature covers; none where it is not a valid one."""
    tags: dict[str, str] = {}
    for tag in value.rstrip().removesuffix(";").split(";"):
        name, is_tag, content = tag.partition("=")
        if not is_tag or name.strip() in tags:
            return frozenset()
        tags[name.strip()] = re.sub(r"\s", "", content)
    if not tags.keys() >= NEEDED:
        return frozenset()
    return frozenset(tags["h"].lower().split(":"))


def origin(address: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None where it has no host, or a name and password."""
    parts = split(address)
    if parts is None or not parts.hostname or "@" in parts.netloc:
        return None
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, parts.port or PORTS.get(scheme)


def split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


def masked(address: str) -> str:
    """Whatever could be a token, without its middle."""
    start, double, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{start}{double}{host}{slash}{LONG.sub(_cut, path)}"[:200]


LONG = re.compile(r"[^/?#&=]{13,}")


def _cut(found: re.Match[str]) -> str:
    return f"{found[0][:4]}…{found[0][-4:]}"
