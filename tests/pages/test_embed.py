"""The page within a page of somebody else, as it is asked for and answered."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.links import Links, Scope
from app.parts import Parts
from app.preferences.choice import Door
from app.preferences.model import Recipient
from app.settings import Settings
from app.web.hosts import Hosts
from tests.conftest import ALICE, BOB, Clock
from tests.house import rules
from tests.house.client import Page, Visitor
from tests.pages.acts import choices
from tests.peer import Peer

SHOP, CLUB = "https://shop.example", "https://club.example"
BACK = f"{SHOP}/account?tab=1#mail"
OURS = "http://preferences.example"
MARKED = "topic wanted"
Embed = Callable[..., str]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    hosts = (SHOP, "https://*.wild.example", f"harbor-collective={CLUB}")
    changes = {"frame_ancestors": hosts, "return_origins": ("https://back.example",)}
    return settings.model_copy(update=changes)


@pytest.fixture
def embed(links: Links) -> Embed:
    def embed(recipient: Recipient = ALICE) -> str:
        return f"/embed/{links.mint(Scope.EMBED, recipient)}"

    return embed


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ancestors(answer: TestResponse) -> set[str]:
    policy = answer.headers["Content-Security-Policy"]
    (told,) = [d for d in policy.split("; ") if d.startswith("frame-ancestors ")]
    is_denied = answer.headers.get("X-Frame-Options") == "DENY"
    assert is_denied is (told == "frame-ancestors 'none'")
    return {*told.split()[1:]}


def printed(answer: TestResponse) -> Page:
    """What a backend prints: no page of its own, all of it in a shadow."""
    html = answer.get_data(as_text=True)
    assert html.startswith('<div class="courier-preferences">')
    assert '<template shadowrootmode="open">' in html
    page = Page.checked(answer)
    for element in rules.elements(page.tree):
        for name in ("href", "action", "formaction"):
            address = element.get(name)
            assert not address or address.startswith((OURS, SHOP)), address
    assert not list(rules.elements(page.tree, "script"))
    return page


# Who may embed it


def test_only_embed_pages_are_framed_and_only_by_those_in_the_settings(
    client: FlaskClient, embed: Embed, alice: str, mint: Callable[..., str]
) -> None:
    everybody = {SHOP, "https://*.wild.example"}

    assert ancestors(client.get(embed())) == everybody
    assert ancestors(client.get(embed(BOB))) == {*everybody, CLUB}
    others = (alice, f"{alice}/off", mint(), "/", "/nothing", "/embedded")
    for path in (*others, "/healthz", "/static/css/app.css"):
        assert ancestors(client.get(path)) == {"'none'"}, path


@pytest.mark.parametrize(
    "path", ["/off", "/reset", "/history", "/fragment", "?lang=de"]
)
def test_so_is_what_it_leads_to(client: FlaskClient, embed: Embed, path: str) -> None:
    assert CLUB in ancestors(client.get(f"{embed(BOB)}{path}"))


def test_what_went_wrong_is_framed_by_whom_the_page_is(
    client: FlaskClient,
    embed: Embed,
    clock: Clock,
    peer: Peer,
    parts: Parts,
) -> None:
    own, old = embed(BOB), embed(BOB)
    assert CLUB in ancestors(client.get(f"{own}/nothing"))
    assert CLUB in ancestors(client.get(f"{own}/topics/x"))
    assert ancestors(client.get("/embed/damaged")) == {SHOP, "https://*.wild.example"}
    peer.fault(status=503)
    down = client.get(own)
    peer.mend()
    for _ in range(61):
        limited = client.post(f"{own}/off")
    parts.access.revoke(BOB.user_id, clock.seconds)
    revoked = client.get(own)
    clock.seconds += 13 * 60 * 60
    expired = client.get(old)

    answers = (down, limited, revoked, expired)
    assert [answer.status_code for answer in answers] == [503, 429, 410, 410]
    for answer in answers:
        assert CLUB in ancestors(answer)
        page = Page.checked(answer)
        assert list(rules.elements(page.tree, "header", "footer")) == []


def test_without_the_setting_nobody_may(app: Flask, embed: Embed) -> None:
    app.extensions["hosts"] = Hosts((), ())

    assert ancestors(app.test_client().get(embed())) == {"'none'"}


def test_scripts_of_no_origin_may_ask_and_read(
    client: FlaskClient, embed: Embed, alice: str
) -> None:
    asked = {
        "Origin": "null",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "hx-request,hx-target",
    }
    preflight = client.options(f"{embed()}/topics/x", headers=asked)

    assert preflight.status_code == 200
    for answer in (preflight, client.get(embed()), client.post("/embed/damaged/off")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Headers"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Access-Control-Expose-Headers"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get(alice).headers


def test_what_a_frame_loads_may_be_loaded_from_anywhere(client: FlaskClient) -> None:
    for path in ("/static/js/embed.js", "/static/css/app.css", "/theme/0b5c6b.css"):
        headers = client.get(path).headers
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["Access-Control-Allow-Origin"] == "*"


# What it is


def test_it_is_the_page_without_head_and_foot(
    client: FlaskClient, visitor: Visitor, embed: Embed, alice: str
) -> None:
    page, whole = Page.checked(client.get(embed())), visitor.open(alice)

    assert page.standings == whole.standings
    assert page.sections == whole.sections
    assert list(rules.elements(page.tree, "header", "footer", "nav")) == []
    assert list(rules.elements(whole.tree, "header"))
    (heading,) = rules.elements(page.tree, "h1")
    assert heading.get("class") == "heard"  # the host has a title of its own


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("background=transparent", "embed transparent"),
        ("background=red", "embed"),
        ("", "embed"),
    ],
)
def test_its_background_is_transparent_on_request(
    client: FlaskClient, embed: Embed, query: str, expected: str
) -> None:
    page = Page.checked(client.get(f"{embed()}?{query}"))

    (root,) = rules.elements(page.tree, "html")
    assert root.get("class") == expected


def test_every_address_of_it_repeats_what_the_host_asked_for(
    client: FlaskClient, embed: Embed
) -> None:
    asked = "lang=de&theme=dark&background=transparent"
    page = Page.checked(client.get(f"{embed()}?{asked}&theme=x&evil=1"))

    inside = [a for a in page.links.values() if not a.startswith("#")]
    forms = [f.get("action") or "" for f in rules.elements(page.tree, "form")]
    assert inside
    assert forms
    for address in (*inside, *forms):
        assert address.endswith(f"?{asked}"), address


def test_what_is_chosen_there_came_by_the_door_of_that_name(
    visitor: Visitor, embed: Embed, parts: Parts
) -> None:
    page = visitor.open(embed())
    visitor.change(page, "Due dates", htmx=True, on=None)

    (choice,) = choices(parts)
    assert choice.trace.door is Door.EMBED


def test_a_form_that_came_too_late_is_handed_back_to_be_sent_again(
    client: FlaskClient, embed: Embed, clock: Clock
) -> None:
    own = f"{embed()}/off?lang=en"
    clock.seconds += 13 * 60 * 60
    fields = {"topic": ["a", '"><script>'], "more": "1"}
    page = Page.checked(client.post(own, data=fields))

    assert page.status == 410
    (form,) = rules.elements(page.tree, "form")
    pairs = [(i.get("name"), i.get("value")) for i in rules.elements(form, "input")]
    assert (form.get("action"), pairs) == (
        own,
        [("topic", "a"), ("topic", '"><script>'), ("more", "1")],
    )


# Printed by a backend


def test_a_backend_prints_it_with_whole_addresses(
    client: FlaskClient, visitor: Visitor, embed: Embed
) -> None:
    page = printed(client.get(f"{embed()}/fragment"))

    assert page.names == visitor.open(embed()).names
    for form in rules.elements(page.tree, "form"):
        assert (form.get("action") or "").startswith(f"{OURS}/embed/")


def post(client: FlaskClient, page: Page, name: str = "Due dates") -> TestResponse:
    """What a browser without script does with a form of the printed page."""
    forms = [f for f in rules.elements(page.tree, "form") if name in rules.text(f)]
    fields = {
        str(i.get("name")): str(i.get("value") or "on")
        for i in rules.elements(forms[0], "input")
        if i.get("name") in ("state", "shown")
    }
    action = (forms[0].get("action") or "").removeprefix(OURS)
    return client.post(action, data=fields)


def test_after_an_act_it_goes_back_with_a_notice_that_the_page_then_tells(
    client: FlaskClient, embed: Embed
) -> None:
    own = embed()
    query = {"return_to": BACK}
    page = printed(client.get(f"{own}/fragment", query_string=query))
    went = post(client, page)

    assert went.status_code == 303
    begin, _, rest = went.headers["Location"].partition("&notice=")
    notice, _, anchor = rest.partition("#")
    assert (begin, anchor) == (f"{SHOP}/account?tab=1", "mail")
    query["notice"] = notice
    told = printed(client.get(f"{own}/fragment", query_string=query))
    assert told.topic("Due dates").note == "Saved. Due dates is now off."
    query["notice"] = f"{notice}x"
    quiet = printed(client.get(f"{own}/fragment", query_string=query))
    assert quiet.topic("Due dates").note == ""


TRICKS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    f"{SHOP}@evil.example",
    f"{SHOP}:pass@evil.example/",
    "https://user@shop.example/",
    f"{SHOP}.evil.example/",
    "https://evil-shop.example/",
    f"{SHOP}:8443/",
    f"{SHOP}:0443/",
    "http://shop.example/",
    "https:/shop.example",
    "https:shop.example",
    "https:\\\\shop.example\\",
    f"{SHOP}\\@evil.example",
    f"{SHOP}\t.evil.example",
    "ht\ntps://shop.example",
    f" {SHOP}",
    f"{SHOP}%2f@evil.example",
    f"{SHOP}%00.evil.example",
    "https://shop。example/",
    "https://\u0455hop.example/",
    f"{SHOP}./",
    f"{SHOP}:/",
    "https://wild.example/",
    "https://evil.example/.wild.example",
    "https://evil.example#.wild.example",
    "https://evil.example%2f.wild.example/",
    "https://.wild.example@evil.example",
    "javascript:alert(1)",
    "javascript://shop.example/%0aalert(1)",
    "data:text/html,x",
    "ftp://shop.example/",
    f"{SHOP}/\r\nSet-Cookie: a=b",
    f"{SHOP}/{'a' * 1000}",
    CLUB,
    "",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_return_to_nobody_we_know_is_not_done(
    client: FlaskClient, embed: Embed, trick: str
) -> None:
    own, query = embed(), {"return_to": trick}
    answer = client.get(f"{own}/fragment", query_string=query)
    page = printed(answer)
    went = post(client, page)

    assert "return_to" not in answer.get_data(as_text=True)
    assert went.status_code == 303
    assert went.headers["Location"].startswith(f"{own}?notice=")


@pytest.mark.parametrize(
    "address",
    [
        SHOP,
        f"{SHOP}/",
        "HTTPS://SHOP.Example/a",
        f"{SHOP}:443/a",
        "https://a.b.wild.example/?x=//evil.example",
        "https://back.example/#a",
    ],
)
def test_a_return_to_somebody_we_know_is(
    client: FlaskClient, embed: Embed, address: str
) -> None:
    query = {"return_to": address}
    answer = client.get(f"{embed()}/fragment", query_string=query)
    went = post(client, Page.checked(answer))

    begin, _, rest = went.headers["Location"].partition("notice=")
    before = address.replace("HTTPS://SHOP.Example", SHOP).partition("#")[0]
    assert begin in (f"{before}?", f"{before}&")
    assert rest


def test_a_tenant_s_own_site_is_returned_to_by_its_recipients_alone(
    client: FlaskClient, embed: Embed
) -> None:
    query = {"return_to": CLUB}
    bob = client.get(embed(BOB), query_string=query)

    assert "return_to" in bob.get_data(as_text=True)


def test_what_went_wrong_is_printed_too(
    client: FlaskClient, embed: Embed, clock: Clock, peer: Peer
) -> None:
    own = f"{embed()}/fragment"
    damaged = client.get("/embed/damaged/fragment")
    peer.fault(status=503)
    down = client.get(own)
    peer.mend()
    clock.seconds += 13 * 60 * 60
    expired = client.get(own)

    statuses = {404: damaged, 503: down, 410: expired}
    for status, answer in statuses.items():
        assert answer.status_code == status
        assert printed(answer).text


# Deep links


@pytest.mark.parametrize("scope", [Scope.EMBED, Scope.PREFERENCES])
def test_a_topic_of_the_address_is_marked(
    client: FlaskClient, links: Links, topic_ids: dict[str, str], scope: Scope
) -> None:
    path = f"{scope.path}{links.mint(scope, ALICE)}"
    page = Page.checked(client.get(f"{path}?topic={topic_ids['Due dates']}"))

    assert "This is the topic that you came for." in page.topic("Due dates").text
    marked, *_ = (e for e in rules.elements(page.tree) if e.get("class") == MARKED)
    assert marked.get("autofocus") is not None


def test_one_that_is_gone_is_said_so(client: FlaskClient, alice: str) -> None:
    page = Page.checked(client.get(f"{alice}?topic=gone"))

    assert "The notification it was about no longer exists." in page.text


def test_a_way_back_stands_on_the_pages_of_each_link(
    client: FlaskClient, alice: str, mint: Callable[..., str]
) -> None:
    for path in (alice, mint()):
        known = Page.checked(client.get(path, query_string={"return_to": BACK}))
        unknown = client.get(path, query_string={"return_to": "https://evil.example"})
        assert known.links["Back to shop.example"] == BACK
        assert 'href="https://evil.example' not in unknown.get_data(as_text=True)
