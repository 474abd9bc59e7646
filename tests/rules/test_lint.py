"""What a lint finds in a catalog, and what it leaves in peace."""

from dataclasses import replace
from typing import Any

import pytest

from app.preferences.lint import (
    Age,
    Finding,
    Publication,
    Report,
    SectionSeen,
    Severity,
    TopicSeen,
    Words,
    examine,
    tag,
)
from app.preferences.lint.marketing import marketing_in
from app.preferences.model import Status

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
PUBLISHED = 1_000.0
BEFORE = Age(PUBLISHED - 1, is_sure=True)
AFTER = Age(PUBLISHED + 1, is_sure=True)
TOPIC = TopicSeen("T", "Replies", IN, "When somebody answers you.", age=BEFORE)
SECTION = SectionSeen("S", "Projects", "Your work.", topics=(TOPIC,), age=BEFORE)
GERMAN = Words("Antworten", "Wenn Ihnen jemand antwortet.", "", "Projekte", "Arbeit.")


def lint(*sections: SectionSeen, languages: tuple[str, ...] = ()) -> Report:
    return examine(sections, Publication(PUBLISHED), languages)


def section(*topics: TopicSeen, **more: Any) -> SectionSeen:  # noqa: ANN401  its fields
    return replace(SECTION, topics=topics, **more)


def topic(**more: Any) -> TopicSeen:  # noqa: ANN401  its fields
    return replace(TOPIC, **more)


def found(*topics: TopicSeen, languages: tuple[str, ...] = ()) -> list[str]:
    """The rules that find something about these topics, one section's."""
    return [f.rule for f in lint(section(*topics), languages=languages).findings]


def found_of(**more: Any) -> list[str]:  # noqa: ANN401  its fields
    """The rules that find something about a section with these fields."""
    return [f.rule for f in lint(replace(SECTION, **more)).findings]


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def test_a_catalog_in_order_has_nothing_to_find() -> None:
    assert lint(SECTION) == Report()
    assert lint(SECTION).is_clean
    assert lint() == Report()


@pytest.mark.parametrize("description", ["", " \n"])
def test_a_topic_without_a_description_is_a_warning_and_a_section_a_notice(
    description: str,
) -> None:
    report = lint(section(topic(description=description), description=description))

    told = [(f.rule, f.severity, f.place.topic_id) for f in report.findings]
    assert told == [
        ("no-description", Severity.NOTICE, None),
        ("no-description", Severity.WARNING, "T"),
    ]
    assert not report.is_clean


def test_notices_alone_leave_a_catalog_clean() -> None:
    report = lint(section(TOPIC, description=""))

    assert only(report).severity is Severity.NOTICE
    assert report.is_clean


@pytest.mark.parametrize(
    ("status", "severity", "rule"),
    [
        (REQUIRED, Severity.ERROR, "marketing-required"),
        (IN, Severity.WARNING, "marketing-on-by-default"),
        (OUT, None, None),
    ],
)
def test_marketing_may_only_be_off_by_default(
    status: Status, severity: Severity | None, rule: str | None
) -> None:
    letter = topic(name="Our newsletter", default_status=status, required_reason="So.")

    told = [(f.rule, f.severity) for f in lint(section(letter)).findings]
    assert told == ([(rule, severity)] if rule else [])


def test_marketing_is_found_in_the_description_too_and_its_words_are_named() -> None:
    updates = topic(name="Monthly letter", description="All WHAT\u2019S NEW, and why.")

    finding = only(lint(section(updates)))
    assert finding.rule == "marketing-on-by-default"
    assert finding.message.startswith('"WHAT\'S NEW" reads like marketing')


@pytest.mark.parametrize(
    "name",
    [
        "News", "Newsletter", "Special offers", "Promotions", "Summer sale",
        "Product updates", "Tips", "Tips & tricks", "🚀 What\u2019s new in Tidewell",
        "Customer survey", "Invitations: user research", "Research invitations",
        "Events", "Neuigkeiten", "Unsere Angebote", "Umfragen", "Veranstaltungen",
        "Werbung", "Produktneuigkeiten", "Actualités", "Lettre d\u2019information",
        "Offres spéciales", "Évènements", "SONDAGES", "Boletín", "Promociones",
        "Ofertas", "Novedades", "Encuestas", "Novità", "Promozioni", "Sondaggi",
        "Sconti", "Promoções", "Notícias", "Dicas", "Descontos", "Nieuwsbrief",
        "Aanbiedingen", "Nieuws", "Enquêtes", "Biuletyn", "Promocje", "Ankiety",
        "Nowości", "Zniżki", "Nyhetsbrev", "Erbjudanden", "Undersökningar", "Nyheter",
        "BÜLTEN", "Kampanyalar", "İndirimler", "İNDİRİM", "F\u0131rsatlar", "FIRSATLAR",
        "Anketler", "Haberler", "Actualite\u0301s", "Nyhedsbrev",
        "Uutiskirje",
    ],
)  # fmt: skip
def test_marketing_is_known_by_its_words_in_many_languages(name: str) -> None:
    assert marketing_in(name, "")


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("Security alerts", "News about the safety of your account."),
        ("Updates", "News about the safety of your account."),
        ("Calendar events", "Fifteen minutes before each."),
        ("Sign-in events", ""),
        ("Wholesale", "Newsroom tipsy salesman."),
        ("Order confirmations", "An offer for your order."),
        ("Rechnungen", "Neuigkeiten zu Ihrer Rechnung."),
        ("Reklamacje", "Reklamation."),
        ("Solde du compte", ""),
        ("Renewals", ""),
        ("", ""),
        ("🚀", "''"),
    ],
)
def test_what_is_the_recipients_own_business_is_no_marketing(
    name: str, description: str
) -> None:
    assert marketing_in(name, description) is None


def test_a_plain_word_of_marketing_counts_beside_business_too() -> None:
    assert marketing_in("Account newsletter", "") == "newsletter"
    assert marketing_in("Updates", "Stories and news.") == "news"
    assert marketing_in("News", "Sent to the address of your account.") == "News"


@pytest.mark.parametrize(
    ("name", "is_long"),
    [
        ("ab " * 19 + "abc", False),
        ("ab " * 19 + "abcd", True),
        (" " + "ab " * 19 + "abc ", False),
        ("x" * 25, False),
        ("x" * 26, True),
        (f"{'x' * 25}-{'y' * 25}", False),
        (f"{'x' * 25}\u00ad{'y' * 25}", False),
        ("日" * 30, False),
    ],
)
def test_a_topics_name_has_60_characters_at_most_and_a_word_of_it_25(
    name: str, *, is_long: bool
) -> None:
    assert found(topic(name=name)) == ["long-name"] * is_long
    translated = topic(translations={"de": replace(GERMAN, name=name)})
    assert found(translated) == ["long-name"] * is_long


def test_a_long_translation_is_told_with_its_language() -> None:
    words = replace(GERMAN, name="x" * 26)

    finding = only(lint(section(topic(translations={"de": words}))))
    assert finding.message.startswith("The topic's name in de has a word of 26")


@pytest.mark.parametrize(("length", "is_long"), [(60, False), (61, True)])
def test_a_sections_name_has_60_characters_at_most(
    length: int, *, is_long: bool
) -> None:
    assert found_of(name="x" * length) == ["long-name"] * is_long


def test_a_half_translated_catalog_is_found_by_the_languages_it_has() -> None:
    half = topic(id="U", name="Mentions")

    report = lint(section(topic(translations={"de": GERMAN}), half))
    finding = only(report)
    assert (finding.rule, finding.place.topic_id) == ("missing-translation", "U")
    assert "no name and no description in de:" in finding.message
    assert found(TOPIC, half) == []


def test_a_language_without_a_word_is_none() -> None:
    assert found(topic(translations={"de": Words(name=" ")})) == []


def test_a_language_that_is_asked_for_is_wanted_of_everything() -> None:
    both = [
        (f.place.topic_id, f.message) for f in lint(SECTION, languages=("de",)).findings
    ]

    assert [place for place, _ in both] == [None, "T"]
    assert "no section_name and no section_description in de:" in both[0][1]
    other = topic(translations={"de": GERMAN})
    assert found(other, languages=("fr",)) == ["missing-translation"] * 2
    assert found(other, languages=("de", "DE")) == []


@pytest.mark.parametrize(
    "gap",
    [
        "name",
        "description",
        "required_reason",
        "section_name",
        "section_description",
    ],
)
def test_each_word_that_is_missing_is_named(gap: str) -> None:
    whole = replace(GERMAN, required_reason="Darum.")
    gapped = replace(whole, **{gap: " "})
    reasoned = topic(required_reason="That is why.")

    assert found(replace(reasoned, translations={"de": whole})) == []
    report = lint(section(replace(reasoned, translations={"de": gapped})))
    finding = only(report)
    assert finding.rule == "missing-translation"
    assert f" has no {gap} in de:" in finding.message
    assert (finding.place.topic_id is None) is gap.startswith("section_")


def test_what_has_no_words_needs_no_translation() -> None:
    words = Words("Antworten", section_name="Projekte")
    bare = section(topic(description="", translations={"de": words}), description="")

    assert {f.rule for f in lint(bare).findings} == {"no-description"}


def test_a_sections_words_stand_together_at_whichever_of_its_topics() -> None:
    own = Words("Eins", "Eins."), Words("Zwei", "Zwei.")
    first, second = topic(), topic(id="U", name="Mentions")

    def parted(*sections: tuple[str, str]) -> list[str]:
        said = [
            replace(words, section_name=name, section_description=description)
            for words, (name, description) in zip(own, sections, strict=True)
        ]
        return found(
            replace(first, translations={"de": said[0]}),
            replace(second, translations={"de": said[1]}),
        )

    assert parted(("", " "), ("Projekte", "Arbeit.")) == []
    assert parted(("Projekte", "Arbeit."), ("Projekte", "")) == []
    assert parted(("Projekte", ""), ("", "Arbeit.")) == ["missing-translation"]


def test_a_region_reads_its_language_where_it_has_nothing_of_its_own() -> None:
    both = {"pt": GERMAN, "pt-BR": Words("Respostas", section_name="Projetos")}

    assert found(topic(translations={"pt": GERMAN}), languages=("pt-br",)) == []
    assert (
        found(topic(translations={"pt-BR": GERMAN}), languages=("pt",))
        == ["missing-translation"] * 2
    )
    told = lint(section(topic(translations=both))).findings
    assert [f.message.partition(":")[0] for f in told] == [
        "The section has no section_description in pt-BR",
        "The topic has no description in pt-BR",
    ]


@pytest.mark.parametrize(
    ("given", "known"),
    [("DE", "de"), ("pt_br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), (" fr ", "fr")],
)
def test_a_language_is_known_however_it_is_written(given: str, known: str) -> None:
    assert tag(given) == known


@pytest.mark.parametrize(
    ("offers", "channels", "rules"),
    [(True, 0, ["no-channels"]), (True, 1, []), (False, 0, [])],
)
def test_a_choice_of_channels_has_channels(
    *, offers: bool, channels: int, rules: list[str]
) -> None:
    assert found_of(offers_channels=offers, channels=channels) == rules


@pytest.mark.parametrize(
    ("schedules", "rules"), [(None, []), (0, ["digest-disabled"]), (1, [])]
)
def test_a_digest_has_a_schedule_in_force(
    schedules: int | None, rules: list[str]
) -> None:
    assert found(topic(schedules=schedules)) == rules


def test_a_required_topic_gives_its_reason() -> None:
    locked = topic(default_status=REQUIRED)

    assert found(locked) == ["required-without-reason"]
    assert found(replace(locked, required_reason=" ")) == ["required-without-reason"]
    assert found(replace(locked, required_reason="That is why.")) == []


@pytest.mark.parametrize("status", Status)
def test_only_a_required_topic_must_have_no_unsubscribe_header(status: Status) -> None:
    header = topic(
        default_status=status, required_reason="So.", has_unsubscribe_header=True
    )

    rules = ["required-unsubscribe-header"] * (status is REQUIRED)
    assert found(header) == rules


def test_two_topics_of_a_section_have_two_names() -> None:
    twin = topic(id="U", name=" REPLIES ")

    finding = only(lint(section(TOPIC, twin)))
    assert (finding.rule, finding.place.topic_id) == ("duplicate-name", "U")
    elsewhere = replace(SECTION, id="S2", topics=(twin,))
    assert lint(SECTION, elsewhere) == Report()


def test_an_empty_section_is_a_notice_and_nothing_else() -> None:
    report = lint(section(description=""), languages=("de",))

    assert (only(report).rule, report.is_clean) == ("empty-section", True)


def test_data_that_cannot_be_read_is_told_fault_by_fault() -> None:
    report = lint(section(topic(faults=('"a" is not text', '"b" is not text'))))

    assert [f.rule for f in report.findings] == ["unreadable-data"] * 2
    assert '"b" is not text' in report.findings[1].message


def test_what_is_newer_than_the_publication_is_a_draft() -> None:
    at_once = Age(PUBLISHED, is_sure=True)

    assert lint(section(topic(age=at_once), age=at_once)) == Report()
    told = lint(section(topic(age=AFTER), age=AFTER)).findings
    assert [(f.rule, f.place.topic_id) for f in told] == [
        ("unpublished-draft", None),
        ("unpublished-draft", "T"),
    ]


def test_a_time_that_cannot_be_read_is_not_checked_unless_the_other_is_newer() -> None:
    unsure = section(topic(age=Age()), age=Age(PUBLISHED - 1, is_sure=False))

    report = lint(unsure)
    assert report.findings == ()
    assert [(u.rule, u.place and u.place.topic_id) for u in report.unchecked] == [
        ("unpublished-draft", None),
        ("unpublished-draft", "T"),
    ]
    newer = Age(PUBLISHED + 1, is_sure=False)
    assert only(lint(section(topic(age=newer)))).rule == "unpublished-draft"


def test_an_unknown_publication_is_not_checked_and_no_finding() -> None:
    drafts = (section(topic(age=AFTER), age=AFTER),)

    report = examine(drafts, Publication(reason="402 Payment Required"))
    assert report.findings == ()
    assert report.is_clean
    (unchecked,) = report.unchecked
    assert (unchecked.rule, unchecked.reason) == (
        "unpublished-draft",
        "402 Payment Required",
    )


def test_findings_stand_in_the_order_of_the_catalog() -> None:
    bad = topic(description="", age=AFTER), topic(id="U", name="x" * 26, age=AFTER)
    first, second = (section(*bad, id=id_, age=AFTER) for id_ in ("S1", "S2"))

    places = [
        (f.place.section_id, f.place.topic_id) for f in lint(first, second).findings
    ]
    assert list(dict.fromkeys(places)) == [
        ("S1", None), ("S1", "T"), ("S1", "U"), ("S2", None), ("S2", "T"), ("S2", "U"),
    ]  # fmt: skip
    assert places == sorted(places, key=lambda p: (p[0], p[1] or ""))


def test_every_finding_says_what_why_and_how_to_mend_it() -> None:
    awful = topic(
        name="Newsletter " * 6 + "x" * 26,
        default_status=REQUIRED,
        description="",
        schedules=0,
        has_unsubscribe_header=True,
        faults=("it is wrong",),
        age=AFTER,
    )
    twin = replace(awful, id="U", default_status=IN)
    whole = section(awful, twin, name="x" * 61, offers_channels=True, description="")
    report = lint(whole, section(id="E"), languages=("de",))

    assert len({f.rule for f in report.findings}) == 13
    for finding in report.findings:
        assert "recipients" in finding.message or "who reads" in finding.message
        assert "Courier" in finding.advice
        assert finding.advice.endswith(".")
        assert finding.as_dict().keys() == {
            "rule", "severity", "section_id", "section", "topic_id", "topic",
            "message", "advice",
        }  # fmt: skip
