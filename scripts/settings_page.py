"""Writes docs/settings.md from the settings themselves: `make docs` does so first."""

import re
from collections.abc import Iterator
from pathlib import Path

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.settings import SECRETS, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

<!-- Written by `make docs` from app/settings; change it there. -->

Settings come from the environment and are read once, when a command starts.
Each secret may also be given as `NAME_FILE`, a path to a file that holds it; both together are a fault.
An empty value counts as none.
`serve` reports all faults at once and does not start with a missing or short key; `check` says whether what they lead to is in order.
Where true or false is meant, `true`, `false`, `1` and `0` are understood.
"""  # noqa: E501  a sentence is a line of the page
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Needed": (
        "Without these three nothing starts.",
        ("courier_api_key", "secret_key", "public_url"),
    ),
    "Courier": ("", ("courier_base_url",)),
    "Links": (
        "What a link may do at which age is told in [Links](links.md).",
        (
            "secret_key_fallbacks",
            "link_privacy",
            "link_full_days",
            "embed_hours",
            "link_api_keys",
            "fresh_link_template",
        ),
    ),
    "Embedding": (
        "See [Embedding](embedding.md).",
        ("frame_ancestors", "return_origins"),
    ),
    "Languages": (
        "See [Languages](languages.md).",
        ("default_language", "profile_language"),
    ),
    "Looks": (
        "See [Theming](theming.md).",
        (
            "product_name",
            "brand_id",
            "brand_color",
            "brand_logo",
            "brand_home",
            "brand_links",
            "stylesheet",
            "templates",
        ),
    ),
    "The ledger": (
        "How it works is told in [Architecture](architecture.md#the-ledger).",
        ("database_url", "delivery_workers", "retention_days"),
    ),
    "Serving": (
        "How many of what is told in [Scaling](scaling.md).",
        ("host", "port", "workers", "threads", "proxies", "redis_url"),
    ),
    "Watching": (
        "See [Operations](operations.md).",
        ("otel_exporter_otlp_endpoint",),
    ),
    "Signing staff in": (
        "See [The support desk](desk.md#signing-in).",
        (
            "oidc_issuer",
            "oidc_client_id",
            "oidc_client_secret",
            "oidc_scopes",
            "oidc_trust_email",
            "oidc_role_claim",
            "oidc_roles",
            "staff_idle_minutes",
            "staff_session_hours",
        ),
    ),
    "What staff may do": (
        "See [Acting for somebody](desk.md#acting-for-somebody).",
        (
            "staff_reason_required",
            "staff_legal_bases",
            "staff_confirm",
            "staff_lookups_per_hour",
            "directory_url",
            "directory_key",
        ),
    ),
}
"""Each with a sentence about it; every setting is in exactly one."""

OTHERS = "Others"
"""Where a setting stands that nobody has put into a group yet."""


def main() -> None:
    PAGE.write_text(page(), "utf-8")


def page() -> str:
    return "\n\n".join([HEAD, *map("\n".join, _groups())])


def _groups() -> Iterator[list[str]]:
    placed = {name for _, names in GROUPS.values() for name in names}
    others = tuple(name for name in Settings.model_fields if name not in placed)
    for title, (about, names) in {**GROUPS, OTHERS: ("", others)}.items():
        if names:
            yield [f"## {title}", "", *([about, ""] if about else []), *_table(names)]


def _table(names: tuple[str, ...]) -> Iterator[str]:
    yield "| name | default | meaning |"
    yield "|---|---|---|"
    for name in names:
        field = Settings.model_fields[name]
        about = re.sub(r"docs/([\w-]+)\.md", r"[\1](\1.md)", field.description or "")
        default = _default(name, field)
        secret = ", secret" if name in SECRETS else ""
        yield f"| `{name.upper()}` | {default}{_bounds(field)}{secret} | {about} |"


def _default(name: str, field: FieldInfo) -> str:
    """In the words of the environment."""
    if field.is_required():
        return "required"
    match field.default:
        case SecretStr():
            text = field.default.get_secret_value()
        case ((str(), str()), *_):
            text = " ".join("=".join(pair) for pair in field.default)
        case (*parts,):
            text = ("; " if name == "staff_legal_bases" else " ").join(parts)
        case bool():
            text = str(field.default).lower()
        case None:
            text = ""
        case _:
            text = str(field.default)
    return f"`{text}`" if text else "none"


def _bounds(field: FieldInfo) -> str:
    least = next((m.ge for m in field.metadata if isinstance(m, Ge)), None)
    most = next((m.le for m in field.metadata if isinstance(m, Le)), None)
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", {least} or more" if least is not None else ""


if __name__ == "__main__":
    main()
