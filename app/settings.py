"""The settings: read from the environment once, checked whole, then frozen.

`Settings.from_environ` reports all faults together. Each secret may also be given
as `NAME_FILE`, a path to a file that holds it. Nothing else reads the environment.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

SHORTEST_KEY = 32
"""Characters of SECRET_KEY, at least."""


class SettingsFault(Exception):
    """Every fault of the environment, one per line, none of its secrets."""


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


def _has_host(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _api_key(value: SecretStr) -> SecretStr:
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


def _redis(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"(rediss?://.+)?", value.get_secret_value()):
        raise ValueError("must begin with redis:// or rediss://")
    return value


def _database(value: SecretStr) -> SecretStr:
    if not DATABASE.fullmatch(value.get_secret_value()):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def _words(value: object) -> object:
    return value.split() if isinstance(value, str) else value


DATABASE = re.compile(r"(sqlite:///|postgres(ql)?(\+psycopg)?://).+")
ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/\[\]%-]+")
Url = Annotated[str, AfterValidator(_url)]
Origin = Annotated[str, AfterValidator(_origin)]
Key = Annotated[SecretStr, AfterValidator(_key)]
NamedKey = Annotated[SecretStr, AfterValidator(_named_key)]
Positive = Annotated[int, Field(gt=0, le=1024)]


class Settings(BaseModel):
    """Field names are the environment's in lower case; descriptions, the README's."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    courier_api_key: Annotated[
        SecretStr,
        AfterValidator(_api_key),
        Field(description="Courier's API key of the environment."),
    ]
    courier_base_url: Annotated[
        Url,
        Field(description="Where Courier is; `https://api.eu.courier.com` in the EU."),
    ] = "https://api.courier.com"
    secret_key: Annotated[
        Key,
        Field(description="Signs the links; 32 characters or more, kept secret."),
    ]
    secret_key_fallbacks: Annotated[
        tuple[Key, ...],
        BeforeValidator(_words),
        Field(
            description="Retired keys whose links still work, parted by spaces, "
            "the oldest first."
        ),
    ] = ()
    public_url: Annotated[
        Origin,
        Field(description="Where recipients reach the app; every link starts with it."),
    ]
    link_privacy: Annotated[
        Literal["signed", "encrypted"],
        Field(description="`encrypted` hides in new links whose they are."),
    ] = "signed"
    link_full_days: Annotated[
        int,
        Field(
            ge=1,
            le=36500,
            description="Days for which a link to the preferences may change "
            "everything; after that it can only turn things off.",
        ),
    ] = 30
    embed_hours: Annotated[
        int, Field(ge=1, le=8760, description="Hours for which an embed link works.")
    ] = 12
    link_api_keys: Annotated[
        tuple[NamedKey, ...],
        BeforeValidator(_words),
        Field(
            description="Who may mint links by the API: `name:key`, parted by spaces, "
            "each key of 32 characters or more."
        ),
    ] = ()
    fresh_link_template: Annotated[
        str,
        Field(
            max_length=200,
            description="Courier's template for the mail with a fresh link; see "
            "docs/links.md. Without one a plain mail is sent.",
        ),
    ] = ""
    product_name: Annotated[
        str,
        Field(max_length=80, description="Your product's name, shown on the pages."),
    ] = ""
    database_url: Annotated[
        SecretStr,
        AfterValidator(_database),
        Field(
            description="Where choices are kept: a SQLite file, or "
            "`postgresql://user:password@host/name` where more than one machine serves."
        ),
    ] = SecretStr("sqlite:///var/preferences.db")
    delivery_workers: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="Deliveries at the same time in each process that serves; "
            "0 leaves them to `deliver`.",
        ),
    ] = 4
    retention_days: Annotated[
        int,
        Field(
            ge=0,
            description="Days after which old choices are erased, but for the newest "
            "of each topic; 0 keeps all.",
        ),
    ] = 0
    redis_url: Annotated[
        SecretStr,
        AfterValidator(_redis),
        Field(
            description="Where several machines or processes count together how often "
            "a link or an address acts; `redis://host:6379`."
        ),
    ] = SecretStr("")
    proxies: Annotated[
        int,
        Field(
            ge=0,
            le=8,
            description="Proxies in front whose `X-Forwarded-For` is believed; each "
            "adds one entry.",
        ),
    ] = 0
    host: Annotated[str, Field(description="The address to listen on.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[
        int, Field(ge=1, le=65535, description="The port to listen on.")
    ] = 8000
    workers: Annotated[
        Positive, Field(description="Processes that serve; about one per core.")
    ] = 2
    threads: Annotated[
        Positive, Field(description="Requests one process serves at the same time.")
    ] = 32

    @property
    def keys(self) -> list[str]:
        """The signing keys, the oldest first, the one that signs last."""
        keys = (*self.secret_key_fallbacks, self.secret_key)
        return [key.get_secret_value() for key in keys]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        values: dict[str, str] = {}
        faults: list[str] = []
        for field in cls.model_fields:
            try:
                value = _given(environ, field.upper(), is_secret=field in SECRETS)
            except ValueError as fault:
                faults.append(str(fault))
            else:
                values |= {field: value} if value else {}
        try:
            settings = cls.model_validate(values)
        except ValidationError as fault:
            faults = _faults(fault, faults)
        if faults:
            raise SettingsFault("\n".join(faults))
        return settings


SECRETS = frozenset(
    {
        "courier_api_key",
        "secret_key",
        "secret_key_fallbacks",
        "database_url",
        "link_api_keys",
        "redis_url",
    }
)


def _given(environ: Mapping[str, str], name: str, *, is_secret: bool) -> str:
    """A variable's value, or its file's; an empty one counts as not given."""
    value = environ.get(name, "").strip()
    path = environ.get(f"{name}_FILE", "") if is_secret else ""
    if not path:
        return value
    if value:
        raise ValueError(f"{name} and {name}_FILE are both given")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "not text"
        raise ValueError(f"{name}_FILE cannot be read: {reason}") from None


def _faults(found: ValidationError, faults: list[str]) -> list[str]:
    told = {line.partition("_FILE")[0].partition(" ")[0] for line in faults}
    for fault in found.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0]).upper()
        message = "is missing" if fault["type"] == "missing" else fault["msg"]
        if name not in told:
            faults.append(f"{name} {message.removeprefix('Value error, ')}")
    return faults
