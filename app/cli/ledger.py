"""The commands about the ledger: history, proof, erasure."""

import csv
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from app.cli.environment import opened
from app.courier.errors import CourierError
from app.history import History
from app.ledger.evidence import Head
from app.preferences.choice import Choice, State
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Reset
from app.preferences.timeline import Logged, elsewhere

LINE = "{at}  {reference:<7}  {state:<10}  {door:<9}  {topic_name}: {what}"


@click.command()
@click.argument("user_id")
@click.option("--tenant", help="Only what was chosen in this tenant's context.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def history(user_id: str, tenant: str | None, *, as_json: bool) -> None:
    """Print what USER_ID chose, when, how, and what became of it.

    What Courier's own log has beyond that was changed elsewhere.
    """
    with opened() as parts:
        choices = parts.evidence.choices_of(user_id)
        if tenant is not None:
            choices = [c for c in choices if c.recipient.tenant_id == tenant]
        asked = {Recipient(user_id, tenant), *(c.recipient for c in choices)}
        told = [_told(choice) for choice in choices]
        told += _elsewhere(parts.center.history, choices, asked)
    told.sort(key=lambda line: str(line["at"]))
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for line in told:
        click.echo(LINE.format(**{k: "-" if v is None else v for k, v in line.items()}))


@click.group()
def ledger() -> None:
    """Prove, export and erase what the ledger holds."""


@ledger.command()
@click.option("--head", help="A head that was printed before, as NUMBER:HASH.")
def verify(head: str | None) -> None:
    """Go through the hash chain; print its head, to be kept elsewhere."""
    with opened() as parts:
        found = parts.evidence.verify(_head(head))
    for fault in found.faults:
        click.echo(fault, err=True)
    if found.faults:
        raise click.ClickException(f"{len(found.faults)} faults.")
    click.echo(f"In order: {found.entries} entries, {found.erased} of them erased.")
    click.echo(f"Head: {found.head[0]}:{found.head[1]}")


@ledger.command()
@click.argument("user_id")
@click.option("--format", "as_", type=click.Choice(["json", "csv"]), default="json")
def export(user_id: str, as_: str) -> None:
    """Print every row of USER_ID, for whoever asks what is kept of them."""
    with opened() as parts:
        told = [_told(choice) for choice in parts.evidence.choices_of(user_id)]
    if as_ == "json":
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    writer = csv.DictWriter(sys.stdout, fieldnames=list(told[0]) if told else [])
    writer.writeheader()
    writer.writerows({k: _harmless(v) for k, v in row.items()} for row in told)


@ledger.command()
@click.argument("user_id")
@click.confirmation_option(prompt="Erase every row of this user?")
def erase(user_id: str) -> None:
    """Erase the rows of USER_ID; what still waits for Courier goes once it is there."""
    with opened() as parts:
        erased, waiting = parts.evidence.erase(user_id)
    click.echo(f"Erased {erased} rows.")
    if waiting:
        raise click.ClickException(
            f"{waiting} rows are not delivered yet, and go once they are."
        )


@ledger.command()
def retry() -> None:
    """Make everything that waits due at once, as after an outage."""
    with opened() as parts:
        click.echo(f"{parts.queue.hurry()} choices are due now.")


@ledger.command()
def drift() -> None:
    """List where Courier differs from the last choice it took from here."""
    try:
        with opened() as parts:
            found = list(parts.drift())
    except CourierError as fault:
        raise click.ClickException(f"Courier does not answer: {fault}") from None
    for one in found:
        click.echo(
            f"{one.choice.recipient.user_id}  {one.choice.draft.topic_name}: "
            f"here {_standing(one.choice.after)}, at Courier {_standing(one.seen)}"
        )
    click.echo(f"{len(found)} differ.")


def _harmless(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if is_formula else value


def _told(choice: Choice) -> dict[str, Any]:
    """One row as it is told outside: plain values, times in ISO 8601."""
    act, trace = choice.draft.act, choice.trace
    after = choice.after
    return {
        "id": choice.id,
        "reference": choice.reference,
        "at": _iso(choice.at),
        "user_id": choice.recipient.user_id,
        "tenant_id": choice.recipient.tenant_id,
        "topic_id": choice.topic_id,
        "topic_name": choice.draft.topic_name or "everything optional",
        "what": "reset" if isinstance(act, Reset) else _standing(after),
        "before": _standing(choice.draft.before),
        "door": trace.door.value,
        "actor": trace.actor,
        "reason": trace.reason,
        "link": trace.link,
        "state": choice.state.value,
        "attempts": choice.attempts,
        "last_error": choice.last_error,
        "delivered_at": _iso(choice.delivered_at) if choice.delivered_at else None,
    }


def _elsewhere(
    history_: History, choices: list[Choice], asked: set[Recipient]
) -> Iterator[dict[str, Any]]:
    """What was changed elsewhere, where Courier says; else a word of warning."""
    for recipient in asked:
        log = history_.log(recipient)
        if log is None:
            click.echo("Courier's log is missing: it cannot be read now.", err=True)
            return
        own = [choice for choice in choices if choice.recipient == recipient]
        for entry in elsewhere(own, log):
            yield _told_entry(recipient, entry)


def _told_entry(recipient: Recipient, entry: Logged) -> dict[str, Any]:
    """The same names as of a row; what only a row can have is empty."""
    before = _logged(*entry.previous) if entry.previous else None
    names = ("id", "reference", "actor", "reason", "link", "attempts", "last_error")
    return {
        **dict.fromkeys(names),
        "at": _iso(entry.at),
        "user_id": recipient.user_id,
        "tenant_id": recipient.tenant_id,
        "topic_id": entry.topic_id,
        "topic_name": entry.topic_name,
        "what": _logged(entry.status, entry.routing),
        "before": before,
        "door": "elsewhere",
        "state": State.DELIVERED.value,
        "delivered_at": _iso(entry.at),
    }


def _logged(status: Status, routing: Routing) -> str:
    return _standing(Standing(status, status, routing))


def _standing(standing: Standing) -> str:
    """Such as `OPTED_IN by email, sms; schedule sch_1`."""
    channels = ", ".join(standing.routing.channels) or "no channel"
    routing = f" by {channels}" if standing.routing.is_custom else ""
    schedule = f"; schedule {standing.schedule_id}" if standing.schedule_id else ""
    return f"{standing.status.value}{routing}{schedule}"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    number, _, hash_ = text.partition(":")
    if not number.isdecimal() or not hash_:
        raise click.BadParameter("must be NUMBER:HASH", param_hint="--head")
    return int(number), hash_
