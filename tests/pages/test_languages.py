"""Which language a page speaks, and that everything on it and after it speaks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.parts import Outside, create_parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from app.web import i18n
from tests.conftest import ALICE
from tests.house import rules
from tests.house.client import Page, Visitor
from tests.peer import Peer

DE = "Benachrichtigungs\N{SOFT HYPHEN}einstellungen"
TITLES = {"en": "Notification preferences", "de": DE}


def root(page: Page) -> tuple[str | None, str | None]:
    return page.tree.get("lang"), page.tree.get("dir")


@contextmanager
def serving(settings: Settings, outside: Outside, **changes: Any) -> Iterator[Visitor]:  # noqa: ANN401
    changed = settings.model_copy(update=changes)
    parts = create_parts(changed, outside)
    migrate(parts.database)
    yield Visitor(create_app(changed, outside, parts).test_client())
    parts.center.close()


@pytest.fixture
def german(links: Links) -> str:
    """Ben's link, which says that he reads German."""
    recipient = Recipient("user-ben", language="de")
    return f"/p/{links.mint(Scope.PREFERENCES, recipient)}"


def test_the_address_comes_first_then_the_link_then_the_browser(
    visitor: Visitor, alice: str, german: str
) -> None:
    french = {"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}

    assert root(visitor.open(f"{german}?lang=ja", **french)) == ("ja", "ltr")
    assert root(visitor.open(german, **french)) == ("de", "ltr")
    assert root(visitor.open(alice, **french)) == ("fr", "ltr")
    assert root(visitor.open(alice)) == ("en", "ltr")


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("iw", "he"),
        ("DE-at", "de"),
        ("de-DE-u-co-phonebk", "de"),
        ("pt-PT-ao90", "pt-BR"),
        ("zh-Hant-u-nu-latn", "en"),
        ("tlh", "en"),
        ("zh-TW", "en"),
        ("de;DROP", "en"),
        ("x" * 5000, "en"),
        ("\x00", "en"),
        ("", "en"),
    ],
)
def test_a_tag_is_read_as_people_and_browsers_write_it(
    visitor: Visitor, alice: str, wanted: str, spoken: str
) -> None:
    page = Page.checked(visitor.raw("GET", alice, query_string={"lang": wanted}))

    assert page.tree.get("lang") == spoken


def test_a_browser_that_reads_traditional_chinese_gets_its_next_wish(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(alice, **{"Accept-Language": "zh-TW, sv;q=0.5"})

    assert root(page) == ("sv", "ltr")


def test_the_default_is_the_operator_s(
    settings: Settings, outside: Outside, alice: str
) -> None:
    with serving(settings, outside, default_language="pt-BR") as visitor:
        assert root(visitor.open(alice)) == ("pt-BR", "ltr")
        assert root(visitor.open("/")) == ("pt-BR", "ltr")


def test_the_profile_is_asked_only_where_the_operator_allows_and_the_link_is_silent(
    settings: Settings, outside: Outside, alice: str, german: str, peer: Peer
) -> None:
    peer.replace(f"/profiles/{ALICE.user_id}", {"profile": {"locale": "sv-SE"}})
    peer.requests()

    with serving(settings, outside) as visitor:
        assert root(visitor.open(alice)) == ("en", "ltr")
        assert not [p for _, p, _ in peer.requests() if "profiles" in p]
    with serving(settings, outside, profile_language=True) as visitor:
        assert root(visitor.open(german)) == ("de", "ltr")
        assert not [p for _, p, _ in peer.requests() if "profiles" in p]
        for _ in range(3):
            swedish = visitor.open(alice, **{"Accept-Language": "fr"})
            assert root(swedish) == ("sv", "ltr")
    asked = [p for _, p, _ in peer.requests() if "profiles" in p]
    assert asked == [f"/profiles/{ALICE.user_id}"]


def test_a_link_in_a_language_that_we_do_not_speak_leaves_it_to_the_profile(
    settings: Settings, outside: Outside, links: Links, peer: Peer
) -> None:
    peer.replace("/profiles/user-ben", {"profile": {"locale": "de"}})
    danish = links.mint(Scope.PREFERENCES, Recipient("user-ben", language="da"))

    with serving(settings, outside, profile_language=True) as visitor:
        assert root(visitor.open(f"/p/{danish}")) == ("de", "ltr")


@pytest.mark.parametrize("kind", ["status", "not_json", "reset", "wrong_shape"])
def test_a_profile_that_cannot_be_had_costs_one_try_and_no_page(
    settings: Settings, outside: Outside, alice: str, peer: Peer, kind: str
) -> None:
    peer.fault(kind, path="/profiles/")

    with serving(settings, outside, profile_language=True) as visitor:
        for _ in range(3):
            page = visitor.open(alice, **{"Accept-Language": "fr"})
            assert (page.status, *root(page)) == (200, "fr", "ltr")
    asked = [p for _, p, _ in peer.requests() if "profiles" in p]
    assert len(asked) <= 2, "a retry within the budget, and then it is left alone"


@pytest.mark.parametrize("code", i18n.codes())
def test_every_language_has_its_page_with_its_direction_and_its_own_name(
    visitor: Visitor, alice: str, code: str
) -> None:
    tag = code.replace("_", "-")
    page = visitor.open(f"{alice}?lang={tag}")
    (here,) = [e for e in rules.elements(page.tree) if e.get("aria-current") == "true"]

    assert root(page) == (tag, "rtl" if code in ("ar", "he") else "ltr")
    assert here.get("lang") == tag
    assert (page.heading == TITLES["en"]) == (code == "en")
    assert len(page.names) == 15
    offered = [e for e in rules.elements(page.tree, "a") if e.get("hreflang")]
    assert len(offered) == len(i18n.codes()) - 1
    assert all(a.get("hreflang") == a.get("lang") for a in offered)


def test_the_switch_keeps_what_the_address_says_and_forgets_what_was_told(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(f"{alice}/history?before=1800000000000&notice=x&lang=de")

    assert page.links["Français"] == "?before=1800000000000&lang=fr"
    french = visitor.open(f"{alice}/history{page.links['Français']}")
    assert french.tree.get("lang") == "fr"


def test_the_language_stays_through_every_address_and_every_act(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(f"{alice}?lang=de")
    inside = [
        e.get(name) or ""
        for e in rules.elements(page.tree)
        for name in ("href", "action", "formaction", "hx-post", "hx-get")
        if (e.get(name) or "").startswith(alice) and not e.get("hreflang")
    ]
    saved = visitor.change(page, page.names[4], on=None)

    assert len(inside) > 30
    assert [address for address in inside if "lang=de" not in address] == []
    assert saved.heading == DE
    assert "ausgeschaltet" in saved.topic(page.names[4]).note


def test_a_refused_act_is_answered_in_the_language_and_can_be_switched(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(f"{alice}?lang=de")
    refused = visitor.change(page, page.names[0], on=None)

    assert (refused.status, refused.heading) == (409, DE)
    assert refused.links["English"] == f"{alice}?lang=en"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/p/damaged?lang=de", 404, "Dieser Link funktioniert nicht"),
        ("/nowhere?lang=de", 404, "Hier ist nichts"),
    ],
)
def test_error_pages_speak_it_too(
    visitor: Visitor, path: str, status: int, words: str
) -> None:
    page = visitor.open(path)

    assert (page.status, page.heading) == (status, words)
    assert page.links["Español"] == "?lang=es"


def test_one_click_is_answered_in_the_language_of_its_link(
    visitor: Visitor, links: Links, topic_ids: dict[str, str]
) -> None:
    ada, subject = (
        Recipient("user-ada", language="de"),
        Subject(topic_id=topic_ids["Comments on work you follow"]),
    )
    path = f"/u/{links.mint(Scope.UNSUBSCRIBE, ada, subject=subject)}"
    answer = visitor.raw("POST", path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert "abbestellt" in answer.text
    assert visitor.open(path).tree.get("lang") == "de"


def test_a_fresh_link_is_mailed_in_the_language_and_speaks_it(
    visitor: Visitor,
    german: str,
    peer: Peer,
    later: Any,  # noqa: ANN401
) -> None:
    visitor.send(f"{german}/fresh", {})
    peer.requests()
    later.run()
    (mail,) = [body for _, path, body in peer.requests() if path == "/send" and body]

    body = mail["message"]["content"]["body"]
    assert "Öffnen Sie diesen Link" in body
    path = next(w for w in body.split() if "/p/" in w).partition("example")[2]
    assert visitor.open(path).tree.get("lang") == "de"


@pytest.fixture
def translated(peer: Peer) -> None:
    """A topic with Italian words, and some that are no words."""
    section = next(s for s in peer.sections() if s["name"] == "Projects")
    topic = next(t for t in section["topics"] if t["name"] == "Due dates")
    italian = {
        "name": "Scadenze",
        "description": "Che cosa scade a breve.",
        "required_reason": 7,
        "section_name": "Progetti",
    }
    data = {"translations": {"it": italian, "fr": "no", "pl": {"name": ["x"]}}}
    keep = ("name", "default_status", "allowed_preferences", "routing_options")
    body = {**{name: topic[name] for name in keep}, "topic_data": data}
    peer.replace(f"/preferences/sections/{section['id']}/topics/{topic['id']}", body)


@pytest.mark.usefixtures("translated")
def test_names_and_descriptions_are_those_of_the_language_else_as_they_are(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(f"{alice}?lang=it-CH")

    assert "Scadenze" in page.names
    assert "Che cosa scade a breve." in page.topic("Scadenze").text
    assert "Progetti" in page.sections
    for other in ("en", "fr", "pl", "sv"):
        names = visitor.open(f"{alice}?lang={other}").names
        assert "Due dates" in names, other
        assert "Scadenze" not in names


@pytest.mark.usefixtures("translated")
def test_a_name_that_is_not_translated_says_whose_language_it_is(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(f"{alice}?lang=it")
    names = [e for e in rules.elements(page.tree, "label") if e.get("for")]
    spoken = {rules.text(e): e.get("lang") for e in names}

    assert (spoken["Scadenze"], spoken["Mentions and replies"]) == (None, "en")
    english = rules.elements(visitor.open(alice).tree, "label")
    assert not [e for e in english if e.get("lang") is not None]


@pytest.mark.parametrize(
    ("given", "name_is_own", "description_is_own"),
    [
        ({"name": "Scadenze"}, False, True),
        ({"description": "Che cosa scade."}, True, False),
    ],
)
def test_each_text_says_for_itself_whose_language_it_is(
    visitor: Visitor,
    alice: str,
    peer: Peer,
    given: dict[str, str],
    *,
    name_is_own: bool,
    description_is_own: bool,
) -> None:
    section = next(s for s in peer.sections() if s["name"] == "Projects")
    topic = next(t for t in section["topics"] if t["name"] == "Due dates")
    keep = ("name", "default_status", "allowed_preferences", "routing_options")
    body = {name: topic[name] for name in keep} | {"description": "What is due."}
    body |= {"topic_data": {"translations": {"it": given}}}
    peer.replace(f"/preferences/sections/{section['id']}/topics/{topic['id']}", body)
    page = visitor.open(f"{alice}?lang=it")
    texts = {
        rules.text(e): e.get("lang")
        for kind in ("label", "p")
        for e in rules.elements(page.tree, kind)
    }

    assert texts[given.get("name", "Due dates")] == ("en" if name_is_own else None)
    described = given.get("description", "What is due.")
    assert texts[described] == ("en" if description_is_own else None)


@pytest.mark.usefixtures("translated")
def test_what_was_chosen_is_told_and_kept_by_the_name_that_was_read(
    visitor: Visitor, alice: str
) -> None:
    page = visitor.open(f"{alice}?lang=it")
    saved = visitor.change(page, "Scadenze", on=None)

    assert "Scadenze" in saved.topic("Scadenze").note
    assert "Scadenze" in visitor.open(f"{alice}/history?lang=it").text
    assert "Mentions and replies" in visitor.open(f"{alice}/off?lang=it").text


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ("en-US", "January 15, 2027"),
        ("en-GB", "15 January 2027"),
        ("en", "15 January 2027"),
        ("de-AT", "15. Jänner 2027"),
        ("de", "15. Januar 2027"),
        ("ja", "2027年1月15日"),
        ("pt-BR", "15 de janeiro de 2027"),
    ],
)
def test_dates_are_written_as_the_visitor_s_country_does(
    visitor: Visitor, alice: str, accepted: str, words: str
) -> None:
    page = visitor.open(alice, **{"Accept-Language": accepted})

    assert words in page.text


def test_schedules_are_told_as_the_visitor_s_country_does(
    visitor: Visitor, alice: str
) -> None:
    def schedule(accepted: str) -> str:
        return visitor.open(alice, **{"Accept-Language": accepted}).text

    assert "9:00 AM" in schedule("en-US").replace("\u202f", " ")
    assert "Every Monday at 09:00" in schedule("en-GB")
    assert "Montag" in schedule("de")


def test_nothing_of_it_sets_a_cookie(visitor: Visitor, alice: str) -> None:
    page = visitor.open(f"{alice}?lang=de")

    assert "Set-Cookie" not in page.response.headers
