"""A statement in a driver's own words, written once per database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Given = tuple[Any, ...] | dict[str, Any]


class Question:
    """`statement` has only plain parameters, and values that never change."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._written: dict[str, tuple[str, dict[str, Any], Sequence[str] | None]] = {}

    def written(self, dialect: Dialect, values: Mapping[str, Any]) -> tuple[str, Given]:
        """The text, and what it is given as the driver wants it."""
        if dialect.name not in self._written:
            self._written[dialect.name] = self._compiled(dialect, values)
        text, fixed, order = self._written[dialect.name]
        given = fixed | dict(values)
        return text, given if order is None else tuple(given[name] for name in order)

    def _compiled(
        self, dialect: Dialect, values: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any], Sequence[str] | None]:
        compiled = self._statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  as of every statement
        state = compiled.construct_expanded_state(dict(values))
        order = state.positiontup
        return state.statement, dict(state.parameters), order
