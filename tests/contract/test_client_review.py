"""The catalog and the last publication, as our client reads them for a lint."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courier import wire
from app.courier.client import AUDIT_PAGES, Courier
from app.courier.errors import Unavailable
from app.preferences.lint import (
    Age,
    Publication,
    SectionSeen,
    Severity,
    TopicSeen,
    Words,
    examine,
)
from app.preferences.model import Status
from tests.contract.outbound import courier_at
from tests.peer import Peer

NOON = "2026-11-20T12:00:00.250Z"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() + 0.25
TOPIC: dict[str, Any] = {"id": "T", "name": "Topic", "default_status": "REQUIRED"}
SECTION: dict[str, Any] = {
    "id": "S",
    "name": "Section",
    "has_custom_routing": True,
    "routing_options": [],
    "topics": [TOPIC],
}
PUBLISHED = {"type": "Preferences Page Published", "timestamp": NOON}
CREATED = {"type": "Topic Created", "timestamp": "2026-11-21T12:00:00Z"}


def seen(**topic: object) -> TopicSeen:
    (section,) = read({**SECTION, "topics": [{**TOPIC, **topic}]})
    return section.topics[0]


def read(*sections: dict[str, Any]) -> tuple[SectionSeen, ...]:
    return wire.review(json.dumps({"results": sections}).encode())


class Pages(httpx.BaseTransport):
    """Answers with these pages of events, the last again and again."""

    def __init__(self, *pages: list[dict[str, Any]], is_endless: bool = False) -> None:
        self.pages = pages
        self.is_endless = is_endless
        self.asked: list[dict[str, list[str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(parse_qs(str(request.url.query, "ascii")))
        number = len(self.asked)
        more = self.is_endless or number < len(self.pages)
        paging = {"more": more} | ({"cursor": f"c {number}"} if more else {})
        results = self.pages[min(number, len(self.pages)) - 1]
        return httpx.Response(200, json={"results": results, "paging": paging})


def published(pages: Pages) -> float | None:
    with courier_at("http://courier.test", transport=pages) as courier:
        return courier.published()


@pytest.fixture
def courier(peer: Peer) -> Iterator[Courier]:
    with courier_at(peer.url) as courier:
        yield courier


def test_a_section_is_read_with_its_topics() -> None:
    bare = TopicSeen("T", "Topic", Status.REQUIRED)

    (section,) = read({**SECTION, "description": "D", "created": NOON})
    (chosen,) = read({**SECTION, "routing_options": ["email", "sms"]})

    assert section == SectionSeen(
        "S",
        "Section",
        "D",
        offers_channels=True,
        topics=(bare,),
        age=Age(AT, is_sure=True),
    )
    assert (chosen.channels, chosen.age) == (2, Age())


def test_a_topics_own_data_is_read_by_language() -> None:
    words = {"name": "N", "section_name": "SN", "name_of_something_else": 7}
    data = {"required_reason": "Why.", "translations": {"pt_br": words}, "other": []}

    topic = seen(topic_data=data)

    assert topic.required_reason == "Why."
    assert topic.translations == {"pt-BR": Words("N", section_name="SN")}
    assert topic.faults == ()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"required_reason": 7}, '"required_reason" is not text'),
        ({"translations": []}, '"translations" is not an object'),
        ({"translations": {"deutsch": {}}}, '"deutsch" under "translations" is no'),
        ({"translations": {"de": "x"}}, '"de" under "translations" is not an object'),
        ({"translations": {"de": {"name": 1}}}, '"name" in "de" under "translations"'),
    ],
)
def test_data_that_is_not_as_documented_is_a_fault_and_read_as_empty(
    data: dict[str, Any], fault: str
) -> None:
    topic = seen(topic_data=data)

    (told,) = topic.faults
    assert told.startswith(fault)
    assert topic.required_reason == ""
    assert all(words.is_empty for words in topic.translations.values())


@pytest.mark.parametrize(
    "data", [None, {}, {"required_reason": None, "translations": None}]
)
def test_data_that_is_left_out_is_no_fault(data: object) -> None:
    assert seen(topic_data=data) == TopicSeen("T", "Topic", Status.REQUIRED)


@pytest.mark.parametrize(
    ("disabled", "schedules"), [([], 0), ([True], 0), ([True, False, None], 2)]
)
def test_of_a_digest_the_schedules_in_force_are_counted(
    disabled: list[bool | None], schedules: int
) -> None:
    given = [{"schedule_id": f"s{n}", "disabled": d} for n, d in enumerate(disabled)]

    assert seen(digest={"schedules": given}).schedules == schedules
    assert seen(digest=None).schedules is None


@pytest.mark.parametrize(
    ("created", "updated", "age"),
    [
        (NOON, None, Age(AT, is_sure=True)),
        (NOON, "2026-11-20T12:00:01.250Z", Age(AT + 1, is_sure=True)),
        ("2026-11-20T14:00:00.250+02:00", NOON, Age(AT, is_sure=True)),
        (NOON, "yesterday", Age(AT, is_sure=False)),
        (NOON, "2026-11-20T12:00:00", Age(AT, is_sure=False)),
        (NOON, 1_790_000_000_000, Age(AT, is_sure=False)),
        ("", {}, Age()),
        (None, None, Age()),
    ],
)
def test_a_time_that_cannot_be_read_leaves_the_age_unsure(
    created: object, updated: object, age: Age
) -> None:
    assert seen(created=created, updated=updated).age == age


def test_the_newest_publication_is_found_on_whichever_page_it_is() -> None:
    older = {**PUBLISHED, "timestamp": "2026-11-19T12:00:00Z"}
    pages = Pages([CREATED], [older, PUBLISHED], [PUBLISHED])

    assert published(pages) == AT
    assert pages.asked == [{}, {"cursor": ["c 1"]}]


def test_events_without_a_publication_are_read_to_their_end_or_a_few_pages() -> None:
    ending, endless = Pages([CREATED], []), Pages([CREATED], is_endless=True)

    assert published(ending) is None
    assert published(endless) is None
    assert (len(ending.asked), len(endless.asked)) == (2, AUDIT_PAGES)


@pytest.mark.parametrize("timestamp", [None, "yesterday", "2026-11-20T12:00:00", 7])
def test_a_publication_at_no_readable_time_is_unavailable(timestamp: object) -> None:
    with pytest.raises(Unavailable):
        published(Pages([{**PUBLISHED, "timestamp": timestamp}, PUBLISHED]))


def test_what_is_changed_at_courier_is_a_draft_until_it_is_published(
    courier: Courier, peer: Peer
) -> None:
    section = peer.sections()[1]
    path = f"/preferences/sections/{section['id']}/topics"
    peer.create("/preferences/publish", {})
    published_at = courier.published()
    body = {"name": "N", "default_status": "OPTED_OUT", "description": "D"}
    made = peer.create(path, body)
    before = _drafts(courier, published_at)
    peer.create("/preferences/publish", {})
    after = _drafts(courier, courier.published())

    assert (before, after) == ([made["id"]], [])


def _drafts(courier: Courier, at: float | None) -> list[str | None]:
    report = examine(courier.review(), Publication(at))
    rule = "unpublished-draft"
    return [f.place.topic_id for f in report.findings if f.rule == rule]


def test_the_seeded_workspace_is_published_and_read_whole(courier: Courier) -> None:
    report = examine(courier.review(), Publication(courier.published()))

    told = {(f.rule, f.place.topic) for f in report.findings}
    assert ("no-description", "Due dates") in told
    assert ("marketing-on-by-default", "🚀 What\u2019s new in Tidewell") in told
    assert report.count(Severity.ERROR) == 0
    assert not {rule for rule, _ in told} & {"unpublished-draft", "unreadable-data"}
    assert report.unchecked == ()


texts = st.text(max_size=80)
values = st.none() | st.booleans() | st.integers() | texts | st.just(NOON)
anything = st.recursive(
    values,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)
languages = st.sampled_from(["de", "DE", "pt-BR", "zh_Hant", "deutsch", ""]) | texts
words = st.dictionaries(
    st.sampled_from(["name", "description", "section_name", "section_description"]),
    texts | anything,
)
data = anything.filter(lambda value: value is None or isinstance(value, dict)) | (
    st.fixed_dictionaries(
        {},
        optional={
            "required_reason": texts | anything,
            "translations": st.dictionaries(languages, words | anything, max_size=3)
            | anything,
        },
    )
)
schedules = st.lists(
    st.fixed_dictionaries(
        {"schedule_id": st.just("s")},
        optional={"disabled": st.none() | st.booleans()},
    ),
    max_size=2,
)
topics = st.fixed_dictionaries(
    {
        "id": st.text(min_size=1, max_size=3),
        "name": texts | st.sampled_from(["Newsletter", "What\u2019s new", "İNDİRİM"]),
        "default_status": st.sampled_from(Status),
        "topic_data": data,
    },
    optional={
        "description": st.none() | texts,
        "include_unsubscribe_header": st.none() | st.booleans(),
        "digest": st.none() | st.fixed_dictionaries({"schedules": schedules}),
        "created": values,
        "updated": values,
    },
)
sections = st.fixed_dictionaries(
    {
        "id": st.text(min_size=1, max_size=3),
        "name": texts,
        "has_custom_routing": st.booleans(),
        "routing_options": st.lists(st.sampled_from(["email", "sms"]), max_size=2),
        "topics": st.lists(topics, max_size=3),
    },
    optional={
        "description": st.none() | texts,
        "created": values,
        "updated": values,
    },
)


@given(
    st.lists(sections, max_size=3),
    st.none() | st.floats(0, 2e9),
    st.lists(st.sampled_from(["de", "pt_br", "fr"]), max_size=2).map(tuple),
)
def test_any_catalog_is_linted_without_an_exception(
    catalog: list[dict[str, Any]], at: float | None, wanted: tuple[str, ...]
) -> None:
    seen = read(*catalog)

    report = examine(seen, Publication(at), wanted)

    places = {(s.id, t and t.id) for s in seen for t in (None, *s.topics)}
    for finding in report.findings:
        assert (finding.place.section_id, finding.place.topic_id) in places
        assert json.dumps(finding.as_dict())
    assert at is not None or not catalog or report.unchecked[0].place is None
    again = examine(tuple(replace(s) for s in seen), Publication(at), wanted)
    assert again == report
