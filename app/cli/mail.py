"""The commands about mails: check one, and unsubscribe for real to see it work."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

import click

from app.canary import Canary, Outing, Result, Unfit
from app.cli.environment import log_to_stderr, opened, settings_given
from app.cli.links import revocations
from app.ledger.answers import Answers
from app.linkreport import Reports
from app.links import Scope
from app.mail import oneclick
from app.mail.checks import Check, Examiner, Found, State
from app.mail.headers import masked
from app.mail.message import BROKEN, NotMail, read
from app.parts import Outside, Parts, create_courier, create_links
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings

LARGEST = 64 * 1024 * 1024
"""Bytes of a message; mailbox providers stop at half of that."""


@click.group()
def mail() -> None:
    """Check what makes unsubscribing from a mail work."""


@mail.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--post",
    is_flag=True,
    help="Unsubscribe for real: post to the address as a mailbox provider does.",
)
def check(file: Path, *, post: bool) -> None:
    """Check the message in FILE, an .eml file as a mail program saves it.

    Prints one line for each check, and how to mend what fails. The exit code is 1
    where anything fails. Nothing is posted without --post.
    """
    settings = settings_given()
    log_to_stderr()
    reports = Reports(settings.keys, create_links(settings), time.time)
    with _readable(file), revocations(settings) as was_revoked:
        message = _read(file)
        found = Examiner(settings.public_url, reports, was_revoked).examine(message)
    checks = [*found.checks, _posted(found, is_meant=post)]
    for one in checks:
        click.echo(one)
    raise click.exceptions.Exit(int(any(c.state is State.FAIL for c in checks)))


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise click.ClickException(f"{file} cannot be read: {reason}.") from None
    except NotMail as fault:
        raise click.ClickException(f"{file} is no message. {fault}") from None
    except BROKEN:
        raise click.ClickException(
            f"{file} has headers that cannot be read: is it the message's source?"
        ) from None


def _read(file: Path) -> EmailMessage:
    if file.stat().st_size > LARGEST:
        raise NotMail("It is too large.")
    return read(file.read_bytes())


def _posted(found: Found, *, is_meant: bool) -> Check:
    """Sent to ourselves only, and only with a token that unsubscribes."""
    name = "One-click"
    if found.address is None or not found.is_ours or found.link is None:
        return Check(State.UNCHECKED, name, "there is no address that would take it")
    if not is_meant:
        told = f"would post {oneclick.BODY} to {masked(found.address)}; --post does it"
        return Check(State.UNCHECKED, name, told)
    with oneclick.new_client() as client:
        answered = oneclick.post(client, found.address)
    if answered.fault:
        cure = "the app must answer at PUBLIC_URL itself, without a login before it"
        return Check(State.FAIL, name, f"{answered.fault}; {cure}")
    return Check(State.OK, name, "the post is taken")


@click.command()
@click.argument("user_id")
@click.option("--topic", required=True, help="The id of an optional topic that is on.")
@click.option("--tenant", help="The tenant in whose context it is tried.")
@click.option(
    "--timeout",
    default=300.0,
    show_default=True,
    type=click.FloatRange(1, 86400),
    help="Seconds until Courier must show the choice.",
)
def canary(user_id: str, topic: str, tenant: str | None, timeout: float) -> None:
    """Unsubscribe the test recipient USER_ID for real, and put that back.

    Prints how long it took until Courier showed it. Made for cron: the exit code is
    1 where it was not honored in time, or could not be tried or put back.
    """
    settings = settings_given()
    with opened(settings) as parts:
        address = _address(parts, Recipient(user_id, tenant), Subject(topic))
        outing = Outing(Recipient(user_id, tenant), topic, address, timeout)
        result = _flown(settings, outing)
        _keep(parts, result)
    if result.is_honored:
        click.echo(f"Honored in {result.seconds:.2f} s.")
    if result.faults:
        raise click.ClickException(" ".join(result.faults))


def _address(parts: Parts, recipient: Recipient, subject: Subject) -> str:
    scope = Scope.UNSUBSCRIBE
    try:
        token = parts.access.links.mint(scope, recipient, subject=subject)
    except ValueError as fault:
        raise click.UsageError(str(fault)) from None
    return parts.access.address(scope, token)


def _flown(settings: Settings, outing: Outing) -> Result:
    with (
        closing(create_courier(settings, Outside())) as courier,
        oneclick.new_client() as client,
    ):
        try:
            return Canary(courier, client, outing).fly()
        except Unfit as fault:
            return Result(0.0, (f"Nothing was tried. {fault}",))


def _keep(parts: Parts, result: Result) -> None:
    """For /metrics, which any process may be asked for."""
    seconds = round(result.seconds, 2) if result.is_honored else None
    told = {"seconds": seconds, "at": time.time(), "ok": result.is_ok}
    Answers(parts.database).keep("canary", json.dumps(told))
