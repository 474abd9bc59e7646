"""Reads a JSON request body field by field and refuses what Courier refuses.

Each reader names the full path of the faulty field. Fields that Courier does
not know are ignored. No rule about preferences lives here.
"""

from collections.abc import Sequence
from typing import Any

from flask import request

from app.sandbox.errors import invalid
from app.sandbox.parsing import parse_json
from app.sandbox.vocabulary import CHANNELS, Json

MISSING = object()


class Body:
    """One JSON object of a request, with the path that led to it."""

    def __init__(self, fields: Json, path: str = "") -> None:
        self.fields = fields
        self.path = path

    def has(self, name: str) -> bool:
        return name in self.fields

    def value(self, name: str) -> Any:  # noqa: ANN401 - JSON is untyped until checked
        return self.fields.get(name)

    def where(self, name: str) -> str:
        return f"'{self.path}{name}'"

    def text(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not value:
            raise invalid(f"{self.where(name)} must be a non-empty string.")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self.value(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{self.where(name)} must be a string.")
        return value

    def one_of(self, name: str, words: Sequence[str]) -> str:
        value = self.value(name)
        if value not in words:
            raise invalid(f"{self.where(name)} must be one of {', '.join(words)}.")
        return str(value)

    def optional_one_of(self, name: str, words: Sequence[str]) -> str | None:
        return None if self.value(name) is None else self.one_of(name, words)

    def flag(self, name: str, *, nullable: bool = True) -> bool | None:
        value = self.fields.get(name, MISSING)
        if value is MISSING or (value is None and nullable):
            return None
        if not isinstance(value, bool):
            raise invalid(f"{self.where(name)} must be a boolean.")
        return value

    def words(
        self, name: str, words: Sequence[str], *, nullable: bool = True
    ) -> list[str] | None:
        value = self.fields.get(name, MISSING)
        if value is MISSING or (value is None and nullable):
            return None
        if not isinstance(value, list) or any(word not in words for word in value):
            raise invalid(f"{self.where(name)} must list only {', '.join(words)}.")
        return value

    def channels(self, name: str, *, nullable: bool = True) -> list[str] | None:
        return self.words(name, CHANNELS, nullable=nullable)

    def number(self, name: str, least: int, most: int) -> int | None:
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, int) or not least <= value <= most:
            raise invalid(f"{self.where(name)} must be from {least} to {most}.")
        return value

    def mapping(self, name: str) -> Json | None:
        value = self.value(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"{self.where(name)} must be an object.")
        return value

    def object(self, name: str) -> "Body":
        fields = self.mapping(name)
        if fields is None:
            raise invalid(f"{self.where(name)} must be an object.")
        return Body(fields, f"{self.path}{name}.")

    def objects(self, name: str) -> list["Body"]:
        value = self.value(name)
        if not isinstance(value, list):
            raise invalid(f"{self.where(name)} must be an array.")
        if any(not isinstance(item, dict) for item in value):
            raise invalid(f"{self.where(name)} must hold only objects.")
        return [
            Body(item, f"{self.path}{name}[{place}].")
            for place, item in enumerate(value)
        ]


def read_body() -> Body:
    """The request's JSON object; an absent body reads as an empty one."""
    raw = request.get_data()
    try:
        fields = parse_json(raw) if raw else {}
    except ValueError as error:
        raise invalid("The body is not valid JSON.") from error
    if not isinstance(fields, dict):
        raise invalid("The body must be a JSON object.")
    return Body(fields)
