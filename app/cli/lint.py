"""The command that reads the catalog and tells what recipients will suffer from."""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby

import click

from app.cli.environment import log_to_stderr, settings_given
from app.courier.client import Courier
from app.courier.errors import AccessDenied, CourierError, NotOnPlan, Unknown
from app.parts import Outside, create_courier
from app.preferences.lint import (
    Finding,
    Place,
    Publication,
    Report,
    SectionSeen,
    Severity,
    Unchecked,
    examine,
    is_language,
)
from app.settings import Settings


class NotRead(click.ClickException):
    """There is nothing to judge; 1 is kept for findings."""

    exit_code = 2


def _languages(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    for language in given:
        if not is_language(language):
            raise click.BadParameter(f"{language!r} is no language such as de or pt-BR")
    return given


@click.command()
@click.option(
    "--language",
    "languages",
    multiple=True,
    callback=_languages,
    help="A language that everything should be translated to, such as de or pt-BR; "
    "may be given again. Without it, every language that anything is translated to.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def lint(languages: tuple[str, ...], *, as_json: bool) -> None:
    """Name what in Courier's catalog recipients will suffer from.

    Each finding says how to mend it at Courier; docs/catalog.md explains the rules.
    The exit code is 0 where there are only notices or nothing, 1 where there are
    warnings or errors, and 2 where the catalog could not be read.
    """
    settings = _settings()
    log_to_stderr()
    with closing(create_courier(settings, Outside())) as courier:
        sections = _sections(courier)
        report = examine(sections, _publication(courier), languages)
    if as_json:
        click.echo(json.dumps(_document(report), indent=2, ensure_ascii=False))
    else:
        for line in _lines(report, sections):
            click.echo(line)
    raise click.exceptions.Exit(0 if report.is_clean else 1)


def _settings() -> Settings:
    try:
        return settings_given()
    except click.ClickException as fault:
        raise NotRead(fault.message) from None


def _sections(courier: Courier) -> tuple[SectionSeen, ...]:
    try:
        return courier.review()
    except AccessDenied as fault:
        raise NotRead(f"Courier refuses the API key: {fault}") from None
    except CourierError as fault:
        raise NotRead(f"Courier does not give its catalog: {fault}") from None


def _publication(courier: Courier) -> Publication:
    """Without it, everything else can be looked at all the same."""
    try:
        at = courier.published()
    except (NotOnPlan, AccessDenied, Unknown) as fault:
        return Publication(
            reason="Only audit events tell when the preferences page was published, "
            f"and this key or plan may not read them: {fault}"
        )
    except CourierError as fault:
        return Publication(reason=f"Courier does not give its audit events: {fault}")
    if at is None:
        return Publication(
            reason="The audit events, as far back as was read, know of no publication "
            "of the preferences page."
        )
    return Publication(at)


def _document(report: Report) -> dict[str, list[dict[str, str | None]]]:
    return {
        "findings": [finding.as_dict() for finding in report.findings],
        "unchecked": [one.as_dict() for one in report.unchecked],
    }


def _lines(report: Report, sections: tuple[SectionSeen, ...]) -> Iterator[str]:
    for section, findings in groupby(report.findings, lambda f: f.place.section_id):
        of_section = list(findings)
        yield f'Section "{_safe(of_section[0].place.section)}" ({_safe(section)})'
        for place, found in groupby(of_section, lambda finding: finding.place):
            yield from _of_place(place, list(found))
        yield ""
    for one in report.unchecked:
        yield f"Not checked: {one.rule}{_where(one)}. {_safe(one.reason)}"
    topics = sum(len(section.topics) for section in sections)
    counts = [_count(report.count(severity), severity) for severity in Severity]
    yield f"{', '.join(counts)} in {topics} topics."


def _of_place(place: Place, findings: list[Finding]) -> Iterator[str]:
    indent = "  "
    if place.topic_id is not None:
        yield f'  Topic "{_safe(place.topic or "")}" ({_safe(place.topic_id)})'
        indent = "    "
    for finding in findings:
        head = f"{indent}{finding.severity.value}  {finding.rule}:"
        yield f"{head} {_safe(finding.message)} {_safe(finding.advice)}"


def _where(one: Unchecked) -> str:
    if one.place is None:
        return ""
    name = one.place.section if one.place.topic is None else one.place.topic
    return f' of "{_safe(name)}"'


def _count(number: int, severity: Severity) -> str:
    return f"{number} {severity.value}{'' if number == 1 else 's'}"


def _safe(text: str) -> str:
    """Without what would move a terminal's cursor or color its lines."""
    return "".join(c if c.isprintable() else " " for c in text)
