"""What a setting may be: each kind checks its text and says what it must be."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

SHORTEST_KEY = 32
"""Characters of SECRET_KEY, at least."""


def _url(value: str) -> str:
    """An address, with or without a path; no query, no trailing slash."""
    value = value.rstrip("/")
    if not ADDRESS.fullmatch(value) or not _has_host(value):
        raise ValueError("must be an address that begins with http:// or https://")
    return value


def _origin(value: str) -> str:
    value = _url(value)
    if urlsplit(value).path:
        raise ValueError("must be an address without a path")
    return value


def host(value: str) -> str:
    """Where a page of somebody's lives, be it of one tenant; `*.` is any below."""
    tenant, is_one, origin = value.strip().rpartition("=")
    if is_one and not tenant:
        raise ValueError("must be an origin, or tenant=origin")
    begin, star, rest = origin.partition("://*.")
    return f"{tenant}{is_one}{_starred(begin, rest) if star else _origin(origin)}"


def _starred(begin: str, rest: str) -> str:
    return _origin(f"{begin}://{rest}").replace("://", "://*.", 1)


def _has_host(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def api_key(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("must be plain text without spaces")
    return value


def _key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"must have at least {SHORTEST_KEY} characters")
    return value


def _named_key(value: SecretStr) -> SecretStr:
    name, _, key = value.get_secret_value().partition(":")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or len(key) < SHORTEST_KEY:
        raise ValueError(f"must be name:key, the key of {SHORTEST_KEY} or more")
    return value


def redis(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"(rediss?://.+)?", value.get_secret_value()):
        raise ValueError("must begin with redis:// or rediss://")
    return value


def database(value: SecretStr) -> SecretStr:
    if not DATABASE.fullmatch(value.get_secret_value()):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def words(value: object) -> object:
    return value.split() if isinstance(value, str) else value


DATABASE = re.compile(r"(sqlite:///|postgres(ql)?(\+psycopg)?://).+")
ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/\[\]%-]+")
Url = Annotated[str, AfterValidator(_url)]
Origin = Annotated[str, AfterValidator(_origin)]
Host = Annotated[str, AfterValidator(host)]
Key = Annotated[SecretStr, AfterValidator(_key)]
NamedKey = Annotated[SecretStr, AfterValidator(_named_key)]
Positive = Annotated[int, Field(gt=0, le=1024)]
