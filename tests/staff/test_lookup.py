"""Whom a link, a reference, an address or a number stands for, by all who may know."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

import httpx
import pytest

from app.courier.http import Http
from app.courier.people import People
from app.courier.pool import Pool
from app.desk.addresses import MOST_TENANTS
from app.desk.handed import Kind
from app.desk.hits import Hit
from app.desk.lookup import Found, LookUp
from app.directory import Directory
from app.ledger.ledger import Ledger
from app.linkreport import Reports
from app.links import DAY, Links, Scope
from app.parts import Parts
from app.preferences.asking import Asking
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.subject import Subject
from tests.conftest import ALICE, BOB, SECRET, Clock, LedgerFile
from tests.peer import KEY, PATIENCE, Json, Peer

URL = "https://tidewell.example/find"
SITE = "https://preferences.example"
ADA = Recipient("user-ada")
HARBOR, LISBON = "harbor-collective", "harbor-lisbon"
TENANTS = {HARBOR: "Harbor Collective", LISBON: "Harbor Lisbon"}
OFF = Change(Status.OPTED_OUT, Routing())
ON = Standing(Status.OPTED_IN, Status.OPTED_IN)


@dataclass
class Desk:
    """Makes look-ups over one Courier and one ledger; remembers what to close."""

    reports: Reports
    ledger: Ledger
    url: str
    closing: list[Callable[[], None]]

    def lookup(
        self,
        users: object = None,
        tenants: Mapping[str, str] | None = TENANTS,
        *,
        status: int = 200,
    ) -> LookUp:
        """`users`: what the product's directory answers; without, there is none."""
        answer = httpx.Response(status, json={"users": users})
        found = httpx.MockTransport(lambda _: answer)
        directory = None if users is None else Directory(URL, "key", found)
        return self.over(None, directory, tenants)

    def over(
        self,
        transport: httpx.BaseTransport | None,
        directory: Directory | None = None,
        tenants: Mapping[str, str] | None = TENANTS,
    ) -> LookUp:
        pool = Pool(self.url, {"Authorization": f"Bearer {KEY}"}, transport)
        self.closing.append(pool.close)
        if directory:
            self.closing.append(directory.close)
        people = People(Http(pool))
        return LookUp(self.reports, self.ledger, people, directory, lambda: tenants)


@pytest.fixture
def desk(parts: Parts, peer: Peer, links: Links, clock: Clock) -> Iterator[Desk]:
    reports = Reports([SECRET], links, clock)
    desk = Desk(reports, Ledger(parts.database, clock), peer.url, [])
    peer.requests()
    yield desk
    for close in desk.closing:
        close()


def whom(found: Found) -> list[Recipient]:
    return [hit.recipient for hit in found.hits]


def act(desk: Desk, *recipients: Recipient) -> str:
    """Turns something off for each, as one act; gives its reference."""
    reference = None
    for recipient in recipients:
        draft = Draft("news", "News", ON, OFF)
        done = desk.ledger.record(recipient, [draft], Trace(Door.PAGE), reference)
        reference = done[0].reference
    return reference or ""


# Links


@pytest.mark.parametrize("scope", [Scope.PREFERENCES, Scope.EMBED, Scope.UNSUBSCRIBE])
def test_a_link_of_any_age_leads_to_whose_it_is(
    desk: Desk, links: Links, peer: Peer, scope: Scope
) -> None:
    token = links.ahead(-400 * DAY).mint(scope, BOB)
    found = desk.lookup().find(f"{SITE}{scope.path}{token}")

    assert (found.kind, whom(found), found.problems) == (Kind.LINK, [BOB], ())
    assert found.hits[0].why == f"{scope} link of 11 December 2025"
    assert peer.requests() == []


def test_a_bare_token_leads_to_whose_it_is(desk: Desk, links: Links) -> None:
    token = links.mint(Scope.PREFERENCES, ALICE)

    assert whom(desk.lookup().find(token)) == [ALICE]


@pytest.mark.parametrize(
    "subject", [Subject("news"), Subject(section_id="all"), Subject()]
)
def test_an_unsubscribe_link_says_what_it_is_about(
    desk: Desk, links: Links, subject: Subject
) -> None:
    token = links.mint(Scope.UNSUBSCRIBE, ALICE, subject=subject)

    assert desk.lookup().find(token).hits[0].subject == subject


def test_a_link_to_confirm_says_its_topic(desk: Desk, links: Links) -> None:
    asking = Asking("news", "News", "Asked for it", 7, ON)
    token = links.mint(Scope.CONFIRM, ALICE, asking=asking)
    found = desk.lookup().find(f"{SITE}/c/{token}")

    assert (whom(found), found.hits[0].subject) == ([ALICE], Subject("news"))


def test_a_damaged_link_finds_nobody_and_its_claim_is_marked(
    desk: Desk, links: Links, peer: Peer
) -> None:
    token = links.mint(Scope.PREFERENCES, ALICE)
    found = desk.lookup().find(f"{SITE}/p/{token[:-3]}")

    assert found.hits == ()
    (told,) = found.problems
    assert "cut off: 3 characters" in told
    assert "claims the user user-ada, which is NOT verified" in told
    assert peer.requests() == []


def test_a_link_by_a_strangers_key_finds_nobody(desk: Desk, clock: Clock) -> None:
    forged = Links(["another-key-of-somebody-else-entirely"], clock)
    found = desk.lookup().find(forged.mint(Scope.PREFERENCES, ALICE))

    assert found.hits == ()
    assert "NOT verified" in found.problems[0]
    assert "Tried" not in found.problems[0]


def test_a_link_from_the_future_finds_nobody(desk: Desk, links: Links) -> None:
    token = links.ahead(DAY).mint(Scope.PREFERENCES, ALICE)
    found = desk.lookup().find(token)

    assert found.hits == ()
    assert "from the future" in found.problems[0]


def test_an_address_elsewhere_finds_nobody_and_may_be_an_id(desk: Desk) -> None:
    found = desk.lookup().find("https://example.com/users/7")

    assert found == Found(
        Kind.LINK,
        (),
        ("There is no link of ours in it.",),
        "https://example.com/users/7",
    )


def test_a_link_that_only_its_gateway_knows_is_told(desk: Desk) -> None:
    found = desk.lookup().find("https://protect-eu.mimecast.com/s/0wSdCVON0gcz")

    assert found.kind is Kind.WRAPPED_UNREADABLE
    assert found.problems[0].startswith("A link was rewritten by Mimecast,")


# Mails


def mail(text: str, to: str = "Noor <noor@harbor.example>") -> bytes:
    message = EmailMessage()
    message["To"] = to
    message.set_content(text)
    return message.as_bytes()


def test_all_links_of_a_mail_that_are_one_persons_are_one_hit(
    desk: Desk, links: Links, peer: Peer
) -> None:
    about = links.mint(Scope.UNSUBSCRIBE, ALICE, subject=Subject("news"))
    whole = links.mint(Scope.PREFERENCES, ALICE)
    text = f"{SITE}/p/{whole}\n\nhttps://x.example/u/somebody\n\n{SITE}/u/{about}"
    found = desk.lookup().find("", mail(text))

    assert whom(found) == [ALICE]
    assert found.hits[0].subject == Subject("news")
    assert found.problems == ()
    assert peer.requests() == []


def test_links_of_several_people_are_all_listed(desk: Desk, links: Links) -> None:
    tokens = [links.mint(Scope.PREFERENCES, one) for one in (ALICE, BOB)]
    text = "\n\n".join(f"{SITE}/p/{token}" for token in tokens)

    assert set(whom(desk.lookup().find("", mail(text)))) == {ALICE, BOB}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello", None),
        ("See https://x.example/u/somebody", "The link opens nothing:"),
        ("https://protect-eu.mimecast.com/s/0wSdCVON0", None),
    ],
)
def test_a_mail_without_a_link_of_ours_leads_to_whom_it_was_to(
    desk: Desk, text: str, told: str | None
) -> None:
    found = desk.lookup().find("", mail(text))

    assert (found.kind, found.as_user_id) == (Kind.EMAIL, "")
    assert whom(found) == [
        Recipient("user-noor", HARBOR),
        Recipient("user-noor", LISBON),
    ]
    assert [p.startswith(told or "-") for p in found.problems] == [True] * bool(told)


def test_a_mail_that_names_nobody_says_so(desk: Desk) -> None:
    found = desk.lookup().find("", b"\x00\xff")

    assert found == Found(
        Kind.NOTHING, (), ("There is nothing in it that names anybody.",)
    )


# References


def test_a_reference_leads_to_whose_act_it_was(desk: Desk, peer: Peer) -> None:
    reference = act(desk, BOB)
    act(desk, ALICE)
    found = desk.lookup().find(f" {reference.lower().replace('-', ' ')} ")

    assert found == Found(Kind.REFERENCE, (Hit(BOB, f"reference {reference}"),))
    assert peer.requests() == []


def test_an_act_in_several_tenants_lists_each_and_none_of_them_first(
    desk: Desk,
) -> None:
    places = [Recipient("user-ada", tenant) for tenant in (LISBON, None, HARBOR)]
    reference = act(desk, *places)
    found = desk.lookup().find(f"My reference is {reference}, thanks")

    assert [hit.recipient.tenant_id for hit in found.hits] == [None, HARBOR, LISBON]


def test_a_reference_of_nothing_says_so_and_may_be_an_id(desk: Desk) -> None:
    found = desk.lookup().find("anna-07")

    assert found == Found(
        Kind.REFERENCE, (), ("No act has the reference ANNA-07.",), "anna-07"
    )


def test_a_ledger_out_of_reach_is_told(desk: Desk, ledger_file: LedgerFile) -> None:
    ledger_file.lose()
    found = desk.lookup().find("7F3K-22")

    assert found.hits == ()
    assert found.problems[0].startswith("Our own database does not answer")


# Addresses


def test_an_address_is_found_by_all_who_know_it_each_recipient_once(
    desk: Desk,
) -> None:
    users = [
        {"user_id": "user-zoe", "tenant_id": HARBOR, "name": "Zoe Quist"},
        {"user_id": "user-ada", "name": "Ada Brandt"},
        {"user_id": "user-ada", "tenant_id": HARBOR},
    ]
    found = desk.lookup(users).find("Ada <ADA.brandt@example.com>")

    assert (found.kind, found.problems, found.as_user_id) == (Kind.EMAIL, (), "")
    assert found.hits == (
        Hit(Recipient("user-zoe", HARBOR), "directory", name="Z••• Q•••"),
        Hit(ADA, "directory", name="A••• B•••"),
        Hit(Recipient("user-ada", HARBOR), "directory", name="A••• B•••"),
        Hit(
            Recipient("user-ada", LISBON),
            "member of Harbor Lisbon",
            name="A••• B•••",
        ),
    )


@pytest.mark.parametrize(
    "text", ["+351 210 000 002", "00351210000002", "(210) 000 002"]
)
def test_a_number_is_found_among_the_members_of_tenants(desk: Desk, text: str) -> None:
    found = desk.lookup().find(text)

    assert found.kind is Kind.PHONE
    assert whom(found) == [
        Recipient("user-noor", HARBOR),
        Recipient("user-noor", LISBON),
    ]
    assert found.hits[0].why == "member of Harbor Collective"


def test_whose_id_is_their_address_is_found_by_their_profile(desk: Desk) -> None:
    found = desk.lookup().find("grace.okafor@example.com")

    (hit,) = found.hits
    assert hit == Hit(
        Recipient("grace.okafor@example.com"), "their user id", name="G••• O•••"
    )


def test_an_address_without_a_profile_is_found_by_its_messages(
    desk: Desk, peer: Peer
) -> None:
    to: Json = {"user_id": "jo@example.com"}
    peer.create("/send", {"message": {"to": to, "template": "product-news"}})
    found = desk.lookup().find("jo@example.com")

    assert found.hits == (Hit(Recipient("jo@example.com"), "messages to this address"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nobody@example.com", "Nobody is known by this email address."),
        ("+99 999 999 999", "Nobody is known by this phone number."),
    ],
)
def test_an_address_that_nobody_knows_may_be_an_id(
    desk: Desk, text: str, told: str
) -> None:
    found = desk.lookup([]).find(text)

    assert found.hits == ()
    assert found.problems == (told,)
    assert found.as_user_id == text
    assert whom(desk.lookup().by_id(text)) == [Recipient(text)]


def test_all_are_asked_at_once_in_one_round_trip(desk: Desk) -> None:
    """Five questions wait for each other: one that came later would break them."""
    together = threading.Barrier(5, timeout=PATIENCE)

    def courier(_: httpx.Request) -> httpx.Response:
        together.wait()
        empty: Json = {"results": [], "items": [], "profile": {}}
        return httpx.Response(200, json=empty)

    def directory(_: httpx.Request) -> httpx.Response:
        together.wait()
        return httpx.Response(200, json={"users": []})

    asked = Directory(URL, "", httpx.MockTransport(directory))
    found = desk.over(httpx.MockTransport(courier), asked).find("ada@example.com")

    assert found.problems == ("Nobody is known by this email address.",)


def test_a_directory_that_is_down_is_told_and_the_others_count(desk: Desk) -> None:
    found = desk.lookup([], status=500).find("noor@harbor.example")

    assert len(found.hits) == 2
    assert found.problems == ("Your directory did not answer.",)


def test_a_courier_that_is_down_is_told_once_and_the_directory_counts(
    desk: Desk, peer: Peer
) -> None:
    peer.fault(status=503)
    found = desk.lookup([{"user_id": "user-ada"}]).find("ada@example.com")

    assert whom(found) == [ADA]
    assert found.problems == ("Courier did not answer all that it was asked.",)


def test_a_part_of_courier_that_is_down_takes_nothing_else_along(
    desk: Desk, peer: Peer
) -> None:
    peer.fault(status=500, path=f"/tenants/{LISBON}")
    found = desk.lookup().find("noor@harbor.example")

    assert whom(found) == [Recipient("user-noor", HARBOR)]
    assert found.problems == ("Courier did not answer all that it was asked.",)


def test_a_key_that_may_not_ask_is_told_only_where_nobody_is_found(
    desk: Desk, peer: Peer
) -> None:
    peer.fault(status=403, path="/messages")

    assert desk.lookup().find("noor@harbor.example").problems == ()
    assert desk.lookup().find("nobody@example.com").problems == (
        "Nobody is known by this email address.",
        "The key for Courier may not ask for all of it.",
    )


def test_tenants_that_nobody_knows_now_are_told(desk: Desk) -> None:
    found = desk.lookup(tenants=None).find("grace.okafor@example.com")

    assert len(found.hits) == 1
    assert found.problems == ("Courier does not tell its tenants now.",)


def test_tenants_and_members_that_were_left_out_are_told_where_nobody_is_found(
    desk: Desk, peer: Peer
) -> None:
    for number in range(301):
        peer.replace(f"/users/u{number:03}/tenants/{LISBON}", {})
    tenants = {LISBON: "", **{f"t{n}": "T" for n in range(MOST_TENANTS + 2)}}
    found = desk.lookup(tenants=tenants).find("nobody@example.com")

    assert found.problems == (
        "Nobody is known by this email address.",
        "The members of 3 more tenants were not searched.",
        "harbor-lisbon has more members than were searched.",
    )
    assert desk.lookup(tenants=tenants).find("grace.okafor@example.com").problems == ()


def test_of_many_addresses_the_first_few_are_looked_for(desk: Desk, peer: Peer) -> None:
    desk.lookup().find("\n".join(f"u{n}@example.com" for n in range(9)))

    paths = [path for _, path, _ in peer.requests()]
    assert len([path for path in paths if path.startswith("/profiles/")]) == 3


# Ids


@pytest.mark.parametrize(
    "text", ["user-ada", "lin wei 07", "studio/marco", "no such id"]
)
def test_a_users_id_is_taken_as_it_is_and_nobody_asked(
    desk: Desk, peer: Peer, text: str
) -> None:
    found = desk.lookup([]).find(f" {text} ")

    assert found == Found(Kind.USER_ID, (Hit(Recipient(text), "user id"),))
    assert peer.requests() == []


@pytest.mark.parametrize("text", ["", ".", "..", "a\nb", "\ud800", "x" * 501])
def test_what_can_be_no_id_is_refused(desk: Desk, peer: Peer, text: str) -> None:
    found = desk.lookup().by_id(text)

    assert found == Found(Kind.USER_ID, (), ("This cannot be the id of a user.",))
    assert not desk.lookup().find(text).hits
    assert not desk.lookup().find(text).as_user_id
    assert peer.requests() == []
