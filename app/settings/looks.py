"""What the settings of how the pages look may be: a brand, a sheet, templates."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from app.preferences import brand


def _color(value: str) -> str:
    color = brand.color(value)
    if color is None:
        raise ValueError("must be a color such as #0b5c6b")
    return color


def _address(value: str) -> str:
    if brand.address(value) is None:
        raise ValueError("must be an address that begins with https://")
    return value


def _named_addresses(value: object) -> object:
    """`Help=https://… Blog=https://…` as pairs."""
    if not isinstance(value, str):
        return value
    pairs = [pair.partition("=")[::2] for pair in value.split()]
    found = brand.links([(name, where) for name, where in pairs])
    if len(found) != len(pairs):
        raise ValueError(
            f"must be Name=https://…, at most {brand.MOST_LINKS} and each name once"
        )
    return found


def _sheet(value: str) -> str:
    if not value.endswith(".css") or not Path(value).is_file():
        raise ValueError("must be a .css file that is there")
    return value


def _folder(value: str) -> str:
    if not Path(value).is_dir():
        raise ValueError("must be a folder that is there")
    return value


Color = Annotated[str, AfterValidator(_color)]
Address = Annotated[str, AfterValidator(_address)]
NamedAddresses = Annotated[
    tuple[tuple[str, str], ...], BeforeValidator(_named_addresses)
]
Sheet = Annotated[str, AfterValidator(_sheet)]
Folder = Annotated[str, AfterValidator(_folder)]
