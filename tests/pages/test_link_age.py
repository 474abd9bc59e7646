"""A link loses power with age, not life; and what can be done about a link itself."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.access import Access
from app.links import DAY, Links, Scope
from app.parts import Parts
from tests.conftest import ALICE, Later, LedgerFile
from tests.house.client import HTMX, Visitor
from tests.peer import Peer

USER = "user-ada"
Mint = Callable[..., str]


def sent(peer: Peer) -> list[dict[str, object]]:
    """What Courier was asked to send since the last look."""
    return [body["message"] for _, path, body in peer.requests() if path == "/send"]  # type: ignore[index]


def mailed(peer: Peer, later: Later) -> str:
    """The path of the link that the one mail has."""
    later.run()
    (message,) = sent(peer)
    address = str(message["data"]["preferences_url"])  # type: ignore[index]
    assert address.startswith("http://preferences.example/p/")
    return address.removeprefix("http://preferences.example")


# Power by age


def test_for_thirty_days_a_link_can_do_everything(
    visitor: Visitor, links: Links
) -> None:
    young = links.ahead(-30 * DAY + 1)
    page = visitor.open(f"/p/{young.mint(Scope.PREFERENCES, ALICE, 'a•••')}")

    assert "History of your choices" in page.links
    assert "For a•••" in page.text
    assert re.search(r"It can change everything until \d+ \w+ \d{4}", page.text)
    assert "can only turn things off" in page.text.partition("after that it ")[2]


def test_after_that_everything_is_shown_and_history_and_label_are_not(
    visitor: Visitor, alice: str, old_alice: str
) -> None:
    fresh, old = visitor.open(alice), visitor.open(old_alice)

    assert old.standings == fresh.standings
    assert "a•••" not in old.text
    assert not {"History of your choices", "Go back to the defaults"} & set(old.links)
    assert "This link is old, so it can only turn things off." in old.text
    assert re.search(r"Since \d+ \w+ \d{4} it can only turn things off", old.text)
    assert old.form("Email me a fresh link") is not None


@pytest.mark.parametrize("htmx", [False, True])
def test_an_old_link_turns_off_and_takes_its_own_act_back(
    visitor: Visitor, old_alice: str, peer: Peer, topic_ids: dict[str, str], htmx: bool
) -> None:
    topic = topic_ids["Due dates"]
    off = visitor.change(visitor.open(old_alice), "Due dates", htmx=htmx, on=None)
    was = peer.topic(USER, topic)["status"]
    undo = off.topic("Due dates").buttons["Undo the last change of Due dates"]

    undone = visitor.raw("POST", str(undo.get("formaction")), headers=HTMX)

    assert off.topic("Due dates").note == "Saved. Due dates is now off."
    assert was == "OPTED_OUT"
    assert undone.status_code == 200
    assert peer.topic(USER, topic)["status"] == "OPTED_IN"


@pytest.mark.parametrize("htmx", [False, True])
def test_an_old_link_turns_nothing_on(
    visitor: Visitor,
    alice: str,
    old_alice: str,
    peer: Peer,
    topic_ids: dict[str, str],
    htmx: bool,
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    page = visitor.open(old_alice)
    assert page.topic("Due dates").switch.get("aria-disabled") == "true"
    assert "Only a fresh link can turn this on." in page.topic("Due dates").text
    peer.writes()

    answer = visitor.change(page, "Due dates", htmx=htmx, on="1")

    assert answer.status == 403
    assert answer.topic("Due dates").note.startswith("This link is too old for that")
    assert peer.writes() == []
    assert peer.topic(USER, topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_an_old_link_takes_channels_away_and_adds_none(
    visitor: Visitor, old_alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    fewer = visitor.change(visitor.open(old_alice), "Due dates", channel=["email"])
    more = visitor.change(
        visitor.open(old_alice), "Due dates", channel=["email", "sms"]
    )

    assert fewer.topic("Due dates").note.startswith("Saved.")
    assert more.status == 403
    topic = peer.topic(USER, topic_ids["Due dates"])
    assert topic["custom_routing"] == ["email"]


def test_an_old_link_changes_no_schedule(
    visitor: Visitor, old_alice: str, peer: Peer
) -> None:
    page = visitor.open(old_alice)
    schedules = page.topic("Tasks assigned to you").schedules
    other = next(id_ for id_, is_chosen in schedules.items() if not is_chosen)
    peer.writes()

    answer = visitor.change(page, "Tasks assigned to you", schedule=other)

    assert (answer.status, peer.writes()) == (403, [])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/history"),
        ("GET", "/back"),
        ("POST", "/back"),
        ("GET", "/reset"),
        ("POST", "/reset"),
    ],
)
def test_what_only_a_fresh_link_may_do_is_refused_kindly(
    visitor: Visitor, old_alice: str, peer: Peer, method: str, path: str
) -> None:
    peer.writes()

    page = visitor.raw(method, f"{old_alice}{path}")

    assert page.status_code == 403
    assert "This link is too old for that" in page.text
    assert "Email me a fresh link" in page.text
    assert peer.writes() == []


def test_an_old_link_resets_no_topic(
    visitor: Visitor, alice: str, old_alice: str, peer: Peer
) -> None:
    """Its default could be on."""
    visitor.change(visitor.open(alice), "Due dates", on=None)
    form = visitor.open(old_alice).topic("Due dates")
    peer.writes()
    path = form.action.replace("/topics/", "/reset/")

    answer = visitor.raw("POST", path, data=form.fields(), headers=HTMX)

    assert answer.status_code == 403
    assert answer.headers["HX-Retarget"] == "#problem"
    assert peer.writes() == []


def test_an_old_link_undoes_nothing_that_another_did(
    visitor: Visitor, alice: str, old_alice: str, parts: Parts, peer: Peer
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    (choice,) = parts.evidence.choices_of(USER)
    peer.writes()

    answer = visitor.raw("POST", f"{old_alice}/undo/{choice.reference}")

    assert (answer.status_code, peer.writes()) == (404, [])


def test_an_old_link_turns_off_everything_optional(
    visitor: Visitor, old_alice: str
) -> None:
    asked = visitor.open(f"{old_alice}/off")
    topics = [
        i.get("value")
        for i in asked.form("Turn off").iter()
        if i.get("name") == "topic"
    ]

    page = visitor.send(f"{old_alice}/off", {"topic": topics})

    assert page.summary.startswith("You get 2 of 15 topics.")


# A fresh link


@pytest.mark.parametrize("kind", ["old", "unsubscribe", "revoked"])
def test_a_fresh_link_is_mailed_and_never_shown(
    visitor: Visitor,
    links: Links,
    mint: Mint,
    parts: Parts,
    peer: Peer,
    later: Later,
    old_alice: str,
    kind: str,
) -> None:
    link = mint() if kind == "unsubscribe" else old_alice
    if kind == "revoked":
        parts.access.revoke_all([USER])
    peer.requests()

    page = visitor.send(f"{link}/fresh", {})
    fresh = mailed(peer, later)

    assert page.heading == "Check your inbox"
    assert fresh.rpartition("/")[2] not in page.html
    assert links.read(Scope.PREFERENCES, fresh.removeprefix("/p/")).recipient == ALICE
    assert visitor.open(fresh).status == 200
    assert "History of your choices" in visitor.open(fresh).links


def test_the_mail_goes_to_the_user_in_plain_words_and_names_no_topic(
    visitor: Visitor, bob: str, peer: Peer, later: Later
) -> None:
    peer.requests()
    visitor.send(f"{bob}/fresh", {})
    later.run()

    (message,) = sent(peer)

    assert message["to"] == {"user_id": "lin wei 07"}
    assert message["context"] == {"tenant_id": "harbor-collective"}
    content = message["content"]
    assert content["title"] == "Your link to your notification preferences"  # type: ignore[index]
    assert message["data"]["preferences_url"] in content["body"]  # type: ignore[index]
    assert not {"preferences", "template"} & set(message)


@pytest.mark.parametrize("fault", ["down", "refusing", "nonsense"])
def test_the_answer_is_the_same_whatever_courier_does(
    visitor: Visitor, old_alice: str, peer: Peer, later: Later, fault: str
) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "down": {},
        "refusing": {"status": 400},
        "nonsense": {"kind": "not_json"},
    }
    well = visitor.send(f"{old_alice}/fresh", {})
    later.run()
    peer.fault(**kinds[fault])

    ill = visitor.send(f"{old_alice}/fresh", {})
    later.run()

    assert (ill.status, ill.html) == (well.status, well.html)


def test_a_few_an_hour_are_mailed_and_the_answer_stays_the_same(
    visitor: Visitor, old_alice: str, peer: Peer, later: Later
) -> None:
    peer.requests()

    pages = [visitor.send(f"{old_alice}/fresh", {}).html for _ in range(6)]
    later.run()

    assert len(set(pages)) == 1
    assert len(sent(peer)) == 3


# "This is not mine"


def test_this_is_not_mine_asks_kills_and_mails(
    visitor: Visitor,
    links: Links,
    alice: str,
    old_alice: str,
    mint: Mint,
    peer: Peer,
    later: Later,
) -> None:
    newer = f"/p/{links.ahead(5).mint(Scope.PREFERENCES, ALICE)}"
    asked = visitor.open(f"{alice}/not-mine")
    assert visitor.open(alice).status == 200, "asking changes nothing"
    peer.requests()

    done = visitor.send(asked.form("Switch").get("action") or "", {})
    fresh = mailed(peer, later)

    assert done.heading == "This link does not work any more"
    for dead in (alice, old_alice):
        page = visitor.open(dead)
        assert (page.status, page.heading) == (410, "This link was switched off")
        assert page.form("Email me a fresh link") is not None
        assert visitor.raw("POST", f"{dead}/everything-off").status_code == 410
    assert visitor.open(newer).status == visitor.open(fresh).status == 200
    assert visitor.open(mint()).status == 200, "who leaves may always leave"


def test_a_page_that_was_open_is_told_in_its_alert_region(
    visitor: Visitor, alice: str, parts: Parts, peer: Peer
) -> None:
    page = visitor.open(alice)
    parts.access.revoke_all([USER])
    peer.writes()

    answer = visitor.change(page, "Due dates", htmx=True, on=None)

    assert answer.status == 410
    assert answer.response.headers["HX-Retarget"] == "#problem"
    assert peer.writes() == []


def test_where_it_cannot_be_written_down_it_is_said_and_nothing_mailed(
    visitor: Visitor, alice: str, ledger_file: LedgerFile, peer: Peer, later: Later
) -> None:
    ledger_file.lose("revocations")
    peer.requests()

    page = visitor.send(f"{alice}/not-mine", {})

    assert page.status == 503
    assert "We could not switch it off just now." in page.text
    assert later.waiting == []
    assert visitor.open(alice).status == 200, "while nobody can say, it is believed"


def test_a_link_that_is_minted_right_after_a_revocation_works(
    visitor: Visitor, links: Links, parts: Parts
) -> None:
    parts.access.revoke_all([USER])

    assert visitor.open(f"/p/{links.mint(Scope.PREFERENCES, ALICE)}").status == 200


def test_a_revocation_never_moves_back(parts: Parts, links: Links) -> None:
    access: Access = parts.access
    link = links.read(Scope.PREFERENCES, links.mint(Scope.PREFERENCES, ALICE))
    access.revoke_all([USER])
    access.revoke(USER, 1.0)

    assert access.is_revoked(link)


def test_other_people_s_links_go_on(visitor: Visitor, bob: str, parts: Parts) -> None:
    parts.access.revoke_all([USER])

    assert visitor.open(bob).status == 200


# What mail programs do to an address


@pytest.mark.parametrize(
    "mangle",
    [
        lambda t: f"{t[:40]}=\r\n{t[40:]}",
        lambda t: f"{t[:40]}={t[40:]}",
        lambda t: f"{t[:40]} {t[40:]}",
        lambda t: f"{t[:40]}%0D%0A{t[40:]}",
        lambda t: f"{t}.",
        lambda t: f"{t})",
        lambda t: f"{t}%3E",
    ],
)
def test_a_link_survives_being_mended_by_a_mail_program(
    visitor: Visitor, alice: str, mangle: Callable[[str], str]
) -> None:
    token = alice.removeprefix("/p/")

    page = visitor.open(f"/p/{mangle(token)}")

    assert page.status == 200
    assert page.topic("Due dates").action.startswith(f"{alice}/topics/")
