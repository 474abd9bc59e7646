"""Every change of a topic arrives at Courier as the right PUT, and says so."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.links import Links, Scope
from app.preferences.model import Recipient
from tests.conftest import Clock
from tests.house.client import Visitor
from tests.peer import Peer

DEFAULT_ROUTING = {"has_custom_routing": False, "custom_routing": []}


@pytest.fixture
def ben(links: Links) -> str:
    """Somebody who never chose anything."""
    return f"/p/{links.mint(Scope.PREFERENCES, Recipient('user-ben'))}"


def topic_put(peer: Peer) -> dict[str, object]:
    """The one PUT since the last look, and no GET beside it."""
    ((method, _, body),) = peer.requests()
    assert method == "PUT"
    assert body is not None
    return dict(body["topic"])


@pytest.mark.parametrize("htmx", [True, False])
def test_a_toggle_is_one_put_and_no_get(
    visitor: Visitor, ben: str, peer: Peer, topic_ids: dict[str, str], htmx: bool
) -> None:
    page = visitor.open(ben)
    form = page.topic("Due dates")
    peer.requests()

    response = visitor.raw(
        "POST",
        form.action,
        data=form.fields(on=None),
        headers={"HX-Request": "true"} if htmx else {},
    )

    assert response.status_code == (200 if htmx else 303)
    assert topic_put(peer) == {"status": "OPTED_OUT", **DEFAULT_ROUTING}
    assert peer.topic("user-ben", topic_ids["Due dates"])["status"] == "OPTED_OUT"


def test_the_fragment_shows_the_new_state_and_announces_it(
    visitor: Visitor, ben: str
) -> None:
    page = visitor.open(ben)

    off = visitor.change(page, "Due dates", htmx=True, on=None)
    on = visitor.send(
        page.topic("Due dates").action, off.topic("").fields(on="1"), htmx=True
    )

    assert not off.topic("").is_on
    assert off.topic("").channels == {}
    assert off.announced == "Saved. Due dates is now off."
    assert on.topic("").is_on
    assert on.topic("").channels == dict.fromkeys(
        ("email", "push", "sms", "inbox"), True
    )
    assert on.announced == "Saved. Due dates is now on."


def test_the_fragment_stands_word_for_word_in_the_page(
    visitor: Visitor, alice: str
) -> None:
    """One template: what htmx puts in is what a reload would show."""
    page = visitor.open(alice)
    form = page.topic("Due dates")

    fragment = visitor.change(page, "Due dates", htmx=True, on="1")
    own = fragment.html.partition("<hx-partial")[0]

    def told(html: str) -> str:
        lines = [line.strip() for line in html.splitlines()]
        return "\n".join(
            x
            for x in lines
            if x and 'name="state"' not in x and 'class="saved"' not in x
        )

    assert form.text
    assert told(own) in told(page.html)


def test_a_saved_page_is_a_redirect_back_to_the_topic(
    visitor: Visitor, ben: str
) -> None:
    page = visitor.open(ben)
    form = page.topic("Due dates")

    response = visitor.raw("POST", form.action, data=form.fields(on=None))
    after = visitor.open(response.headers["Location"])

    assert response.status_code == 303
    where = urlsplit(response.headers["Location"])
    assert where.path == ben
    assert where.fragment == form.switch.get("id", "").removesuffix("-on")
    assert after.topic("Due dates").note == "Saved. Due dates is now off."


def test_a_notice_is_told_to_its_recipient_only_and_not_for_ever(
    visitor: Visitor, ben: str, alice: str, clock: Clock
) -> None:
    form = visitor.open(ben).topic("Due dates")
    response = visitor.raw("POST", form.action, data=form.fields(on=None))
    notice = parse_qs(urlsplit(response.headers["Location"]).query)["notice"][0]

    said = "Saved. Due dates is now off."
    assert said in visitor.open(f"{ben}?notice={notice}").text
    assert said not in visitor.open(f"{alice}?notice={notice}").text
    assert said not in visitor.open(f"{ben}?notice={notice}x").text
    clock.seconds += 3601
    assert said not in visitor.open(f"{ben}?notice={notice}").text


def test_turning_off_keeps_the_chosen_channels_for_later(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    peer.requests()
    kept = {"has_custom_routing": True, "custom_routing": ["push", "inbox"]}

    off = visitor.change(page, "Mentions and replies", htmx=True, on=None)
    assert topic_put(peer) == {"status": "OPTED_OUT", **kept}

    on = visitor.send(
        page.topic("Mentions and replies").action,
        off.topic("").fields(on="1"),
        htmx=True,
    )
    assert topic_put(peer) == {"status": "OPTED_IN", **kept}
    ticked = [name for name, is_ticked in on.topic("").channels.items() if is_ticked]
    assert ticked == ["push", "inbox"]


def test_a_remembered_list_that_is_not_in_force_survives_a_toggle(
    visitor: Visitor, bob: str, peer: Peer
) -> None:
    page = visitor.open(bob)
    peer.requests()

    visitor.change(page, "Due dates", htmx=True, on=None)

    assert topic_put(peer) == {
        "status": "OPTED_OUT",
        "has_custom_routing": False,
        "custom_routing": ["push"],
    }


def test_channels_are_sent_in_the_section_s_order(
    visitor: Visitor, ben: str, peer: Peer
) -> None:
    page = visitor.open(ben)
    peer.requests()

    saved = visitor.change(
        page, "Due dates", htmx=True, channel=["inbox", "sms", "email"]
    )

    assert topic_put(peer) == {
        "status": "OPTED_IN",
        "has_custom_routing": True,
        "custom_routing": ["email", "sms", "inbox"],
    }
    assert saved.announced == "Saved. Due dates now comes by: Email, SMS and In-app."


def test_the_last_channel_of_an_optional_topic_turns_it_off(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    peer.requests()

    saved = visitor.change(page, "Mentions and replies", htmx=True, channel=None)

    assert topic_put(peer) == {
        "status": "OPTED_OUT",
        "has_custom_routing": True,
        "custom_routing": ["push", "inbox"],
    }
    assert not saved.topic("").is_on
    assert saved.announced == (
        "Saved. No channel was left, so Mentions and replies is now off."
    )


def test_a_muted_topic_is_turned_on_to_its_default_channels(
    visitor: Visitor, bob: str, peer: Peer
) -> None:
    page = visitor.open(bob)
    peer.requests()

    visitor.change(page, "Mentions and replies", htmx=True, on="1")

    assert topic_put(peer) == {"status": "OPTED_IN", **DEFAULT_ROUTING}


def test_a_required_topic_s_channels_can_be_chosen(
    visitor: Visitor, links: Links, peer: Peer
) -> None:
    """REQUIRED is a default and not a choice, so OPTED_IN carries the channels."""
    noor = Recipient("user-noor", "harbor-collective")
    page = visitor.open(f"/p/{links.mint(Scope.PREFERENCES, noor)}")
    peer.requests()

    visitor.change(page, "Invoice receipts", htmx=True, channel=["sms"])

    assert topic_put(peer) == {
        "status": "OPTED_IN",
        "has_custom_routing": True,
        "custom_routing": ["sms"],
    }


def test_a_schedule_is_sent_only_when_it_was_chosen(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    form = page.topic("Comments on work you follow")
    other = next(id_ for id_, chosen in form.schedules.items() if not chosen)
    peer.requests()

    visitor.change(page, "Comments on work you follow", htmx=True, schedule=other)
    assert topic_put(peer)["digest_schedule_id"] == other

    page = visitor.open(alice)
    peer.requests()
    visitor.change(page, "Comments on work you follow", htmx=True, channel=["email"])
    assert "digest_schedule_id" not in topic_put(peer)


def test_the_old_id_of_a_schedule_has_a_slash_and_works(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    page = visitor.open(alice)
    name = "Comments on work you follow"
    old = [i for i in page.topic(name).schedules if i.startswith("sch/")]
    wanted = next(i for i in old if not page.topic(name).schedules[i])

    visitor.change(page, name, htmx=True, schedule=wanted)

    saved = peer.topic("user-ada", topic_ids[name])
    assert saved["digest_schedule_id"] == wanted


def test_saving_without_a_change_sends_nothing(
    visitor: Visitor, alice: str, peer: Peer
) -> None:
    page = visitor.open(alice)
    peer.requests()

    after = visitor.change(page, "Mentions and replies")

    assert peer.writes() == []
    assert after.topic("Mentions and replies").note == (
        "Nothing new to save: Mentions and replies is on."
    )


def test_a_tenant_s_choice_is_made_in_the_tenant(
    visitor: Visitor, bob: str, peer: Peer
) -> None:
    page = visitor.open(bob)
    peer.requests()

    visitor.change(page, "Payment reminders", htmx=True, on=None)

    ((_, path, _),) = peer.requests()
    assert path.startswith("/users/lin%20wei%2007/preferences/")
    assert path.endswith("?tenant_id=harbor-collective")


def test_a_plan_without_channel_choice_hides_the_channels_and_goes_on(
    visitor: Visitor, ben: str, peer: Peer
) -> None:
    peer.switch(channels_on_plan=False)
    page = visitor.open(ben)

    refused = visitor.change(page, "Due dates", htmx=True, channel=["email"])
    off = visitor.send(
        page.topic("Due dates").action, refused.topic("").fields(on=None), htmx=True
    )
    after = visitor.open(ben)

    assert refused.status == 409
    assert refused.topic("").is_on
    assert refused.topic("").channels == {}
    assert "Channels cannot be chosen" in refused.topic("").note
    assert off.announced == "Saved. Due dates is now off."
    assert all(not after.topic(name).channels for name in after.names)


def test_a_toggle_on_a_plan_without_channels_succeeds_at_once(
    visitor: Visitor, alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    """The recipient has channels from better days; the status goes without them."""
    page = visitor.open(alice)
    peer.switch(channels_on_plan=False)

    saved = visitor.change(page, "Mentions and replies", htmx=True, on=None)

    assert saved.announced == "Saved. Mentions and replies is now off."
    stored = peer.topic("user-ada", topic_ids["Mentions and replies"])
    assert stored["status"] == "OPTED_OUT"
