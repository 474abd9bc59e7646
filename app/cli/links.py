"""The commands about links: make one, explain one, take all of a user away."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import click

from app.access import Access
from app.cli.environment import log_to_stderr, opened, settings_given
from app.courier.errors import CourierError
from app.factory import create_app
from app.ledger.database import missing_file
from app.ledger.errors import LedgerDown
from app.linkreport import Broken, Given, Read, Reports, given, works
from app.links import Link, Scope
from app.parts import Outside, create_links, create_parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from app.web.letters import fresh

MINTED = [scope for scope in Scope if scope is not Scope.CONFIRM]
"""What a link can be for that is made here: what support asks, the desk alone says."""


@click.command(
    epilog="`link inspect TOKEN_OR_URL` explains a link. Where a user is called "
    "inspect, write `link -- inspect`."
)
@click.argument("user_id")
@click.option("--tenant", help="The tenant in whose context the link opens.")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in MINTED]),
    default=Scope.PREFERENCES.value,
    show_default=True,
    help="What the link is for.",
)
@click.option("--topic", help="The id of the topic to unsubscribe from.")
@click.option("--section", help="The id of the section to unsubscribe from.")
@click.option("--label", help="Whom the page shows it is for, such as a***@b.com.")
@click.option("--language", help="The language the page begins with, such as pt-BR.")
@click.option("--all-tenants", is_flag=True, help="Open every tenant of the user.")
def link(  # noqa: PLR0913, PLR0917  one for each option
    user_id: str,
    tenant: str | None,
    scope: str,
    topic: str | None,
    section: str | None,
    label: str | None,
    language: str | None,
    *,
    all_tenants: bool,
) -> None:
    """Print one signed link for USER_ID and nothing else.

    With --scope unsubscribe and neither --topic nor --section it is about
    everything optional.
    """
    about = _subject(Scope(scope), topic, section)
    settings = settings_given()
    recipient = Recipient(user_id, tenant, language or "")
    mint = create_links(settings).mint
    try:
        token = mint(Scope(scope), recipient, label, about, has_all_tenants=all_tenants)
    except ValueError as fault:
        raise click.UsageError(str(fault)) from None
    click.echo(f"{settings.public_url}{Scope(scope).path}{token}")


@click.command("link inspect")
@click.argument("token_or_url")
def inspect(token_or_url: str) -> None:
    """Explain a link: whose, what for, how old, and what it may do now.

    Takes any token or address, also an old, revoked, damaged or foreign one. The
    exit code is 0 where it works now, and 1 where it does not.
    """
    settings, found = settings_given(), given(token_or_url)
    log_to_stderr()
    reports = Reports(settings.keys, create_links(settings), time.time)
    read = reports.read(found.token)
    if found.is_mended:
        _tell("Mended", "what mail programs add to a link was taken out of it")
    if isinstance(read, Broken):
        _tell_broken(read)
        raise click.exceptions.Exit(1)
    with revocations(settings) as was_revoked:
        is_revoked = was_revoked(read.link)
    for name, value in reports.lines(read, is_revoked=is_revoked):
        _tell(name, value)
    is_working = works(read, is_revoked=is_revoked) and _tell_place(found, read)
    _tell("Works", "yes" if is_working else "no")
    raise click.exceptions.Exit(0 if is_working else 1)


@click.command()
@click.argument("user_id")
@click.option("--tenant", help="The tenant in whose context the fresh link opens.")
@click.option("--no-mail", is_flag=True, help="Mail no fresh link.")
def revoke(user_id: str, tenant: str | None, *, no_mail: bool) -> None:
    """Take away every link of USER_ID made until now; mail the owner a fresh one.

    Links that only unsubscribe go on to do so.
    """
    settings = settings_given()
    with opened(settings) as parts:
        _checked(parts.access, Recipient(user_id, tenant))
        if not parts.access.revoke_all([user_id]):
            raise click.ClickException(
                "The database is out of reach: nothing was revoked, nothing mailed."
            )
        click.echo("Every link made until now is revoked.")
        if no_mail:
            return
        with create_app(settings, Outside(), parts).test_request_context():
            send = parts.access.fresh_mail(Recipient(user_id, tenant), None, fresh)
        _send(send)


def _subject(scope: Scope, topic: str | None, section: str | None) -> Subject | None:
    if topic is None and section is None:
        return None
    if scope is not Scope.UNSUBSCRIBE:
        raise click.UsageError("--topic and --section need --scope unsubscribe.")
    if topic is not None and section is not None:
        raise click.UsageError("Give --topic or --section, not both.")
    return Subject(topic, section)


def _tell(name: str, value: str) -> None:
    click.echo(f"{name + ':':<9} {value}")


def _tell_broken(broken: Broken) -> None:
    _tell("Kind", "encrypted" if broken.is_private else "signed, or no link at all")
    for fault in broken.faults:
        _tell("Wrong", fault)
    if broken.claims:
        click.echo("It claims the following, which is NOT verified:")
    for name, value in broken.claims:
        click.echo(f"  {name}: {value}")
    _tell("Works", "no")


def _tell_place(found: Given, read: Read) -> bool:
    """Whether it stands at its place, where it was given with one."""
    if found.scope in (None, read.link.scope):
        return True
    _tell("Wrong", f"it is for {read.link.scope.path}, and not for {found.scope.path}")
    return False


@contextmanager
def revocations(settings: Settings) -> Iterator[Callable[[Link], bool | None]]:
    """Says whether a link was taken away; None where the ledger cannot say."""
    with ExitStack() as stack:
        access = None
        if not missing_file(settings.database_url.get_secret_value()):
            parts = create_parts(settings, Outside())
            stack.enter_context(closing(parts.center))
            access = parts.access
        yield lambda link_: _was_revoked(access, link_)


def _was_revoked(access: Access | None, link_: Link) -> bool | None:
    try:
        return access.was_revoked(link_) if access else None
    except LedgerDown:
        return None


def _checked(access: Access, recipient: Recipient) -> None:
    try:
        access.links.mint(Scope.PREFERENCES, recipient)
    except ValueError as fault:
        raise click.UsageError(str(fault)) from None


def _send(send: Callable[[], None]) -> None:
    """Before the command ends, so that it can say what came of it."""
    try:
        send()
    except CourierError as fault:
        raise click.ClickException(
            f"The links are dead, but no fresh one was mailed: {fault}"
        ) from None
    click.echo("Courier was asked to mail its owner a fresh one.")
