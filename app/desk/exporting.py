"""The trail as a file: CSV for spreadsheets, JSON for programs; written as it is read.

Nothing of it is taken for a formula by a spreadsheet. A file that was cut off because
the database was lost says so, or is no JSON at all.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

import structlog

from app.ledger.errors import LedgerDown
from app.ledger.trail import Trail
from app.preferences.model import Recipient
from app.preferences.staff import Agent, Entry, Kind
from app.preferences.trail import Filter, Line, Source

MARK = "\ufeff"
"""Without it Excel reads UTF-8 as something else; others pass over it."""

CUT_OFF = "INCOMPLETE: the database was lost here. Export again."
COLUMNS = (
    *("at", "source", "id", "kind", "door", "actor", "user_id", "tenant_id"),
    *("topic_id", "topic_name", "effect", "what", "state", "reference", "reason"),
    *("basis", "link", "link_made_by", "detail", "error"),
)

IN_SHEETS = (*COLUMNS, "at_utc")
"""With the moment as spreadsheets read one, to sort and to count by."""

FORMULA = re.compile(
    r"(?:^|(?<=[;|\t\r\n]))"
    r"(?=[\s\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
    r"|^(?=[\t\r])"
)
"""Where a spreadsheet may begin to read a formula: at the beginning, or after what
divides cells in some country; spaces and what is not seen come before it or not."""

Batches = Iterator[list[Line]]
Row = dict[str, object]

log: structlog.stdlib.BoundLogger = structlog.get_logger("desk")


def exported(trail: Trail, agent: Agent, asked: Filter, form: str) -> Iterator[str]:
    """The file in parts; that it was taken is written down before, and what of all.

    Raises `LedgerDown`.
    """
    whom = Recipient(asked.user_id) if asked.user_id else None
    topic_id = asked.topic_id or None
    what = f"{form}, {asked.told}"
    trail.note(Entry(Kind.EXPORTED_TRAIL, agent.actor, whom, topic_id, detail=what))
    batches = trail.stream(asked)
    first = next(batches)
    return FORMS[form](chain([first], batches))


def as_csv(batches: Batches) -> Iterator[str]:
    yield MARK + _cells(IN_SHEETS)
    try:
        for lines in batches:
            yield "".join(_cells(map(harmless, _in_sheet(n))) for n in lines)
    except LedgerDown:
        log.warning("export_cut_off")
        yield _cells([CUT_OFF, *[""] * (len(IN_SHEETS) - 1)])


def as_json(batches: Batches) -> Iterator[str]:
    """An array; what was cut off has no end."""
    before = "["
    try:
        for lines in batches:
            parts = [json.dumps(told(line)) for line in lines]
            if parts:
                yield f"{before}\n" + ",\n".join(parts)
                before = ","
    except LedgerDown:
        log.warning("export_cut_off")
        return
    yield "[]\n" if before == "[" else "\n]\n"


FORMS = {"csv": as_csv, "json": as_json}


def harmless(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return FORMULA.sub("'", value) if isinstance(value, str) else value


def told(line: Line) -> Row:
    """Plain values, times in ISO 8601; None where there is nothing."""
    whom = line.recipient
    row: Row = {name: getattr(line, name, None) for name in COLUMNS}
    at = datetime.fromtimestamp(line.at, UTC)
    return row | {
        "at": at.isoformat(timespec="milliseconds"),
        "user_id": whom.user_id if whom else None,
        "tenant_id": whom.tenant_id if whom else None,
        "what": line.what if line.source is Source.CHOICE else None,
        "topic_name": line.topic_name or None,
    }


def _in_sheet(line: Line) -> Iterable[object]:
    at = datetime.fromtimestamp(line.at, UTC)
    return *told(line).values(), f"{at:%Y-%m-%d %H:%M:%S}"


def _cells(values: Iterable[object]) -> str:
    """One line by RFC 4180; all in quotes, so that no divider of cells counts."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(values)
    return text.getvalue()
