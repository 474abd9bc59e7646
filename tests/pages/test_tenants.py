"""A link that opens every organization of its recipient, and no other."""

import pytest

from app.links import DAY, Links, Scope
from app.preferences.model import Recipient
from tests.conftest import ALICE, Later
from tests.house import rules
from tests.house.client import Page, Visitor
from tests.peer import Peer

HARBOR, LISBON = "harbor-collective", "harbor-lisbon"


@pytest.fixture
def all_of_alice(links: Links) -> str:
    return f"/p/{links.mint(Scope.PREFERENCES, ALICE, has_all_tenants=True)}"


def offered(page: Page) -> list[str]:
    navs = [e for e in rules.elements(page.tree, "nav") if e.get("class") == "places"]
    return [rules.text(li) for nav in navs for li in rules.elements(nav, "li")]


def open_now(page: Page) -> str:
    (here,) = [e for e in rules.elements(page.tree) if e.get("aria-current") == "page"]
    return rules.text(here)


def press(visitor: Visitor, page: Page) -> Page:
    form = page.form("Change")
    fields = {str(i.get("name")): i.get("value") for i in rules.elements(form, "input")}
    return visitor.send(form.get("action") or "", fields)


def test_it_shows_a_switch_and_each_organization_as_it_is(
    visitor: Visitor, all_of_alice: str
) -> None:
    page = visitor.open(all_of_alice)
    harbor = visitor.open(page.links["Harbor Collective"])

    assert offered(page) == ["Personal", "Harbor Collective", "Harbor Lisbon"]
    assert (open_now(page), open_now(harbor)) == ("Personal", "Harbor Collective")
    receipts = harbor.topic("Invoice receipts")
    assert receipts.is_locked
    assert "Required by Harbor Collective" in receipts.text
    assert "Harbor Collective does not allow this" in receipts.text
    assert not page.topic("Invoice receipts").is_locked
    alerts = harbor.topic("Security alerts")
    assert "Required by" not in alerts.text, "that is the product's own"
    assert visitor.open(harbor.links["Personal"]).names == page.names


def test_a_choice_is_made_where_the_page_is(
    visitor: Visitor, all_of_alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    harbor = visitor.open(f"{all_of_alice}?tenant={HARBOR}")
    peer.requests()
    after = visitor.change(harbor, "Due dates", on=None)
    ((_, path, _),) = peer.writes()

    assert path.endswith(f"{topic_ids['Due dates']}?tenant_id={HARBOR}")
    assert open_now(after) == "Harbor Collective"
    assert not after.topic("Due dates").is_on
    assert visitor.open(all_of_alice).topic("Due dates").is_on


def test_a_page_of_one_organization_cannot_act_in_another(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    """What a form hands back is sealed for whom it was drawn."""
    form = visitor.open(f"{all_of_alice}?tenant={HARBOR}").topic("Due dates")
    peer.requests()
    elsewhere = form.action.replace(HARBOR, LISBON)

    assert visitor.send(elsewhere, form.fields(on=None)).status == 400
    assert peer.writes() == []


@pytest.mark.parametrize("tenant", ["someone-elses", "..", "a/b", "harbor", "%00"])
def test_an_organization_that_is_not_theirs_is_not_there(
    visitor: Visitor, all_of_alice: str, tenant: str
) -> None:
    page = Page.checked(
        visitor.raw("GET", all_of_alice, query_string={"tenant": tenant})
    )

    assert page.status == 404


def test_an_ordinary_link_opens_one_alone(visitor: Visitor, alice: str) -> None:
    page = visitor.open(f"{alice}?tenant={HARBOR}")

    assert offered(page) == []
    assert not page.topic("Invoice receipts").is_locked
    assert visitor.open(f"{alice}/everywhere").status == 404


def test_who_is_in_no_organization_sees_no_switch(
    visitor: Visitor, links: Links
) -> None:
    ben = links.mint(Scope.PREFERENCES, Recipient("user-ben"), has_all_tenants=True)

    assert offered(visitor.open(f"/p/{ben}")) == []


def test_a_link_of_one_organization_says_whose_choices_it_shows(
    visitor: Visitor, bob: str
) -> None:
    assert "Your choices for Harbor Collective" in visitor.open(bob).text


def test_all_pages_of_the_list_are_read_once_and_kept(
    visitor: Visitor, links: Links, peer: Peer
) -> None:
    for number in range(130):
        peer.replace(f"/tenants/t{number:03}", {"name": f"Team {number:03}"})
        peer.replace(f"/users/many/tenants/t{number:03}", {})
    token = links.mint(Scope.PREFERENCES, Recipient("many"), has_all_tenants=True)
    peer.requests()
    page = visitor.open(f"/p/{token}")
    first = [path for _, path, _ in peer.requests()]
    visitor.open(f"/p/{token}")
    second = [path for _, path, _ in peer.requests()]

    assert len(offered(page)) == 131
    assert "Team 129" in offered(page)
    assert len([p for p in first if p.startswith("/users/many/tenants")]) == 2
    assert second == ["/users/many/preferences"], "one call, as every page"


def test_while_courier_does_not_say_the_page_is_there_without_a_switch(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    peer.fault("status", path="/tenants")
    page = visitor.open(all_of_alice)
    there = Page.checked(visitor.raw("GET", f"{all_of_alice}?tenant={HARBOR}"))

    assert (page.status, offered(page)) == (200, [])
    assert there.status == 503, "nobody can say whether it is theirs"


def test_everywhere_shows_the_difference_and_changes_nothing(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    page = visitor.open(all_of_alice)
    peer.requests()
    asked = visitor.open(page.links["Use these choices everywhere"])

    assert asked.heading == "Use these choices everywhere?"
    assert peer.writes() == []
    text = asked.text
    assert "Harbor Lisbon Due dates Now" in text
    assert visitor.open(all_of_alice).standings == page.standings


def test_everywhere_makes_it_so_but_for_what_is_locked(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    page = visitor.open(all_of_alice)
    visitor.change(page, "Invoice receipts", on=None)
    asked = visitor.open(f"{all_of_alice}/everywhere")
    peer.requests()
    done = press(visitor, asked)
    writes = peer.writes()

    assert "This stays as it is Invoice receipts Required" in asked.text
    assert "Saved." in done.notice
    assert "changed elsewhere." in done.notice
    assert writes, "it is Courier that was asked"
    assert all(f"tenant_id={HARBOR}" in p or LISBON in p for _, p, _ in writes)
    here = {n: rest for n, *rest in visitor.open(all_of_alice).standings}
    for tenant in (HARBOR, LISBON):
        there = visitor.open(f"{all_of_alice}?tenant={tenant}")
        assert there.topic("Invoice receipts").is_on
        for name, *rest in there.standings:
            assert name == "Invoice receipts" or rest == here[name], (tenant, name)
    again = visitor.open(f"{all_of_alice}/everywhere")
    assert "the same everywhere already" in again.text


def test_everywhere_is_kept_while_courier_is_down(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    asked = visitor.open(f"{all_of_alice}/everywhere")
    peer.fault("status", methods=["PUT", "POST"])
    done = press(visitor, asked)

    assert "Kept." in done.notice
    assert "elsewhere as soon as possible" in done.notice


def test_an_organization_that_cannot_be_seen_is_told_and_left_alone(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    visitor.open(all_of_alice)
    peer.fault("status", path=f"tenant_id={LISBON}")
    asked = visitor.open(f"{all_of_alice}/everywhere")
    peer.mend()
    peer.requests()
    press(visitor, asked)

    assert "Harbor Lisbon We cannot see your choices there just now" in asked.text
    assert not [path for _, path, _ in peer.writes() if LISBON in path]


def test_only_what_the_page_told_is_changed(
    visitor: Visitor, all_of_alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    asked = visitor.open(f"{all_of_alice}/everywhere")
    page = visitor.open(all_of_alice)
    visitor.change(page, "Mentions and replies", on=None)
    peer.requests()
    press(visitor, asked)

    mentions = topic_ids["Mentions and replies"]
    bodies = [str(w) for w in peer.writes()]
    assert not [body for body in bodies if mentions in body]


@pytest.mark.parametrize("agreed", ["", "x", None, "0123456789", "0123456789 " * 2])
def test_a_form_of_nobody_s_is_refused(
    visitor: Visitor, all_of_alice: str, agreed: str | None, peer: Peer
) -> None:
    visitor.open(all_of_alice)
    peer.requests()
    fields = {} if agreed is None else {"agreed": agreed}

    assert visitor.send(f"{all_of_alice}/everywhere", fields).status == 400
    assert peer.writes() == []


def test_an_old_link_switches_and_cannot_copy(visitor: Visitor, links: Links) -> None:
    earlier = links.ahead(-40 * DAY)
    token = earlier.mint(Scope.PREFERENCES, ALICE, has_all_tenants=True)
    page = visitor.open(f"/p/{token}")

    assert "Harbor Lisbon" in offered(page)
    assert "Use these choices everywhere" not in page.links
    assert visitor.open(f"/p/{token}/everywhere").status == 403


def test_a_fresh_link_opens_as_much_as_the_old_one_did(
    visitor: Visitor, links: Links, peer: Peer, later: Later
) -> None:
    earlier = links.ahead(-40 * DAY)
    token = earlier.mint(Scope.PREFERENCES, ALICE, has_all_tenants=True)
    visitor.send(f"/p/{token}/fresh?tenant={HARBOR}", {})
    peer.requests()
    later.run()
    (mail,) = [body for _, path, body in peer.requests() if path == "/send" and body]
    words = mail["message"]["content"]["body"].split()
    fresh = next(w for w in words if "/p/" in w).partition("example")[2]

    page = visitor.open(fresh)

    assert offered(page) == ["Personal", "Harbor Collective", "Harbor Lisbon"]
    assert open_now(page) == "Personal"


def test_everywhere_is_one_act_and_undone_as_one(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    def standings() -> list[object]:
        pages = [visitor.open(f"{all_of_alice}?tenant={t}") for t in (HARBOR, LISBON)]
        return [page.standings for page in pages]

    before = standings()
    done = press(visitor, visitor.open(f"{all_of_alice}/everywhere"))
    changed = standings()
    undone = visitor.send(done.form("Undo").get("action") or "", {})

    assert changed != before
    assert standings() == before
    assert "as they were before" in undone.notice
    peer.requests()


def test_nobody_else_s_act_is_undone_by_it(
    visitor: Visitor, links: Links, all_of_alice: str, peer: Peer
) -> None:
    done = press(visitor, visitor.open(f"{all_of_alice}/everywhere"))
    reference = (done.form("Undo").get("action") or "").rpartition("/")[2]
    lin = links.mint(Scope.PREFERENCES, Recipient("lin wei 07"), has_all_tenants=True)
    plain = links.mint(Scope.PREFERENCES, ALICE)
    peer.requests()

    assert visitor.send(f"/p/{lin}/undo/{reference}", {}).status == 404
    assert visitor.send(f"/p/{plain}/undo/{reference}", {}).status == 404
    assert peer.writes() == []


def test_what_is_out_of_date_here_is_copied_nowhere(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    """One request that fails must not turn on again what was turned off elsewhere."""
    visitor.open(all_of_alice)
    peer.fault("status", path=f"/users/{ALICE.user_id}/preferences$")
    asked = visitor.open(f"{all_of_alice}/everywhere")

    assert (asked.status, "Then" in asked.text) == (503, False)


def test_nothing_is_said_to_be_the_same_where_nobody_can_see_it(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    asked = visitor.open(f"{all_of_alice}/everywhere")
    peer.fault("status", path="tenant_id=")
    blind = visitor.open(f"{all_of_alice}/everywhere")
    peer.requests()
    done = press(visitor, asked)

    assert "the same everywhere already" not in blind.text
    assert (done.status, peer.writes()) == (503, [])
    assert "could not be changed. Try again." in done.notice


def test_what_would_be_something_else_by_now_is_left_out_and_said(
    visitor: Visitor, all_of_alice: str, peer: Peer, topic_ids: dict[str, str]
) -> None:
    harbor = visitor.open(f"{all_of_alice}?tenant={HARBOR}")
    visitor.change(harbor, "Due dates", channel=["sms"])
    asked = visitor.open(f"{all_of_alice}/everywhere")
    visitor.change(visitor.open(all_of_alice), "Due dates", on=None)
    peer.requests()
    done = press(visitor, asked)

    assert "Harbor Collective" in asked.text
    assert not [w for w in peer.writes() if topic_ids["Due dates"] in str(w)]
    assert "could not be changed. Try again." in done.notice


def test_ever_so_many_changes_are_confirmed_at_once(
    visitor: Visitor, links: Links, peer: Peer
) -> None:
    section = peer.sections()[1]["id"]
    for number in range(60):
        body = {"name": f"Topic {number}", "default_status": "OPTED_IN"}
        peer.create(f"/preferences/sections/{section}/topics", body)
    for number in range(12):
        peer.replace(f"/tenants/t{number}", {"name": f"Team {number}"})
        peer.replace(f"/users/many/tenants/t{number}", {})
    many = links.mint(Scope.PREFERENCES, Recipient("many"), has_all_tenants=True)
    page = visitor.open(f"/p/{many}/off?tenant=t0")
    topics = [i.get("value") for i in rules.elements(page.form("Turn"), "input")]
    visitor.send(f"/p/{many}/off?tenant=t0", {"topic": topics})
    done = press(visitor, visitor.open(f"/p/{many}/everywhere?tenant=t0"))

    assert f"{len(topics) * 12} choices" in done.notice
    assert not visitor.open(f"/p/{many}?tenant=t11").topic("Topic 59").is_on


def test_while_nobody_can_say_where_else_it_is_not_said_to_be_nowhere(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    peer.fault("status", path="/users/.*/tenants")
    asked = visitor.open(f"{all_of_alice}/everywhere")

    assert asked.status == 503
    assert asked.heading == "We cannot show your choices at the moment"
    assert asked.response.headers["Retry-After"] == "30"


def test_one_user_s_refused_list_is_nobody_else_s(
    visitor: Visitor, links: Links, all_of_alice: str, peer: Peer
) -> None:
    ben = links.mint(Scope.PREFERENCES, Recipient("user-ben"), has_all_tenants=True)
    peer.fault("status", status=404, path="/users/user-ben/tenants")

    assert visitor.open(f"/p/{ben}").status == 200
    assert visitor.open(f"{all_of_alice}?tenant={LISBON}").status == 200


def test_a_tenant_that_cannot_be_read_is_not_asked_for_on_every_page(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    peer.fault("status", path="^/tenants/")
    peer.requests()
    first = visitor.open(all_of_alice)
    asked = [path for _, path, _ in peer.requests() if path.startswith("/tenants/")]
    visitor.open(all_of_alice)
    again = [path for _, path, _ in peer.requests() if path.startswith("/tenants/")]

    assert offered(first) == ["Personal", HARBOR, LISBON]
    assert len(asked) <= 4, "each once, with a retry"
    assert again == []


def test_a_tenant_without_a_name_is_called_by_its_id(
    visitor: Visitor, all_of_alice: str, peer: Peer
) -> None:
    peer.replace(f"/tenants/{HARBOR}", {"name": "   "})
    peer.replace(f"/tenants/{LISBON}", {"name": "L" * 5000})

    assert offered(visitor.open(all_of_alice))[1:] == [HARBOR, "L" * 120]


def test_everywhere_calls_topics_as_the_page_does(
    visitor: Visitor, all_of_alice: str
) -> None:
    asked = visitor.open(f"{all_of_alice}/everywhere?lang=de")

    assert "Fälligkeiten" in asked.text
    assert "Due dates" not in asked.text
