"""The rules about one topic and about one section, but for translation and age.

Each is a generator of findings, and says why a recipient suffers.
"""

import re
from collections.abc import Iterator

from app.preferences.lint.findings import Finding, Severity, at
from app.preferences.lint.marketing import marketing_in
from app.preferences.lint.seen import SectionSeen, TopicSeen
from app.preferences.model import Status

LONGEST_NAME = 60
LONGEST_WORD = 25
"""Characters of a name, and of what a browser cannot break into two lines."""

ANYWHERE = "\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef"
"""Scripts whose lines break within words."""

UNBROKEN = re.compile(rf"[^\s\-\u00ad\u200b\u2010{ANYWHERE}]+")


def topic_findings(section: SectionSeen, topic: TopicSeen) -> Iterator[Finding]:
    yield from _topic_without_description(section, topic)
    yield from _marketing(section, topic)
    yield from _long_topic(section, topic)
    yield from _digest(section, topic)
    yield from _required(section, topic)
    yield from _unreadable(section, topic)


def section_findings(section: SectionSeen) -> Iterator[Finding]:
    yield from _section_without_description(section)
    yield from _long_section(section)
    yield from _no_channels(section)
    yield from _empty(section)
    yield from _duplicates(section)


def _topic_without_description(
    section: SectionSeen, topic: TopicSeen
) -> Iterator[Finding]:
    if not topic.description.strip():
        yield Finding(
            "no-description",
            Severity.WARNING,
            at(section, topic),
            "The topic has no description: recipients must guess from its name "
            "what they turn off.",
            "Give the topic a description at Courier: one sentence on what comes, "
            "and when.",
        )


def _section_without_description(section: SectionSeen) -> Iterator[Finding]:
    if section.topics and not section.description.strip():
        yield Finding(
            "no-description",
            Severity.NOTICE,
            at(section),
            "The section has no description: recipients must guess what its topics "
            "have in common.",
            "Give the section a description at Courier.",
        )


def _marketing(section: SectionSeen, topic: TopicSeen) -> Iterator[Finding]:
    words = marketing_in(topic.name, topic.description)
    if words is None:
        return
    if topic.is_required:
        yield Finding(
            "marketing-required",
            Severity.ERROR,
            at(section, topic),
            f'"{words}" reads like marketing, and the topic is REQUIRED: recipients '
            "cannot stop what they never had to take, and report it as spam.",
            "Make the topic's default OPTED_OUT or OPTED_IN at Courier; if it is no "
            "marketing, name and describe it by what recipients have to know.",
        )
    elif topic.default_status is Status.OPTED_IN:
        yield Finding(
            "marketing-on-by-default",
            Severity.WARNING,
            at(section, topic),
            f'"{words}" reads like marketing, and the topic is on by default: '
            "recipients get what they never asked for.",
            "Make the topic's default OPTED_OUT at Courier, and ask for consent.",
        )


def _long_topic(section: SectionSeen, topic: TopicSeen) -> Iterator[Finding]:
    translated = {lang: words.name for lang, words in topic.translations.items()}
    for language, name in {"": topic.name, **translated}.items():
        which = f"The topic's name in {language}" if language else "The topic's name"
        for fault in _length_faults(which, name.strip()):
            yield Finding(
                "long-name",
                Severity.WARNING,
                at(section, topic),
                fault,
                "Shorten the name at Courier, and say the rest in the description.",
            )


def _length_faults(which: str, name: str) -> Iterator[str]:
    if len(name) > LONGEST_NAME:
        yield (
            f"{which} has {len(name)} characters, more than {LONGEST_NAME}: "
            "recipients read a list of switches in haste, on a phone, and lose the "
            "thread."
        )
    longest = max(map(len, UNBROKEN.findall(name)), default=0)
    if longest > LONGEST_WORD:
        yield (
            f"{which} has a word of {longest} characters, more than {LONGEST_WORD}: "
            "on a phone, or with large letters, recipients see it torn in two."
        )


def _long_section(section: SectionSeen) -> Iterator[Finding]:
    length = len(section.name.strip())
    if length > LONGEST_NAME:
        yield Finding(
            "long-name",
            Severity.WARNING,
            at(section),
            f"The section's name has {length} characters, more than {LONGEST_NAME}: "
            "recipients who look for a topic cannot take the headings in at a glance.",
            "Shorten the name at Courier, and say the rest in the description.",
        )


def _no_channels(section: SectionSeen) -> Iterator[Finding]:
    if section.offers_channels and not section.channels:
        yield Finding(
            "no-channels",
            Severity.WARNING,
            at(section),
            "The section is set to let recipients choose channels and has none on "
            "offer: who would rather have no mail can only turn the topic off.",
            "Add channels to the section at Courier, or turn its choice of channels "
            "off.",
        )


def _empty(section: SectionSeen) -> Iterator[Finding]:
    if not section.topics:
        yield Finding(
            "empty-section",
            Severity.NOTICE,
            at(section),
            "The section has no topics: here it is left out, elsewhere recipients "
            "find a heading with nothing under it.",
            "Add a topic to the section at Courier, or archive it.",
        )


def _duplicates(section: SectionSeen) -> Iterator[Finding]:
    """Told of every topic but the first that is called so."""
    known: set[str] = set()
    for topic in section.topics:
        name = " ".join(topic.name.casefold().split())
        if name in known:
            yield Finding(
                "duplicate-name",
                Severity.WARNING,
                at(section, topic),
                "Another topic of the section has the same name: recipients cannot "
                "tell the two apart, and turn off the wrong one.",
                "Rename one of the two at Courier, or merge them.",
            )
        known.add(name)


def _digest(section: SectionSeen, topic: TopicSeen) -> Iterator[Finding]:
    if topic.schedules == 0:
        yield Finding(
            "digest-disabled",
            Severity.ERROR,
            at(section, topic),
            "The topic has a digest with no schedule in force: recipients cannot "
            "choose when it comes, and what is gathered for them may never come.",
            "Enable one of the digest's schedules at Courier, or turn the digest off.",
        )


def _required(section: SectionSeen, topic: TopicSeen) -> Iterator[Finding]:
    if not topic.is_required:
        return
    if not topic.required_reason.strip():
        yield Finding(
            "required-without-reason",
            Severity.WARNING,
            at(section, topic),
            "The topic is REQUIRED and gives no reason: recipients are only told "
            "that it cannot be turned off.",
            'Write the reason as a sentence under "required_reason" in the topic\'s '
            "topic_data at Courier.",
        )
    if topic.has_unsubscribe_header:
        yield Finding(
            "required-unsubscribe-header",
            Severity.WARNING,
            at(section, topic),
            "The topic is REQUIRED and its mails have an unsubscribe header: "
            "recipients are offered a button that has no effect.",
            "Turn the topic's unsubscribe header off at Courier.",
        )


def _unreadable(section: SectionSeen, topic: TopicSeen) -> Iterator[Finding]:
    for fault in topic.faults:
        yield Finding(
            "unreadable-data",
            Severity.WARNING,
            at(section, topic),
            f"In the topic's topic_data {fault}: recipients do not see what was "
            "written there for them.",
            "Write it at Courier in the form that docs/catalog.md describes.",
        )
