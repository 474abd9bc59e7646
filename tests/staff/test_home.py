"""The look-up box: what is handed over leads to a recipient, and is written down."""

import io
from collections.abc import Callable
from email.message import EmailMessage

from flask import Flask

from app.factory import create_app
from app.links import DAY, Links, Scope
from app.parts import Outside, Parts
from app.preferences.choice import Door, Draft, Trace
from app.preferences.model import Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.staff import Entry, Kind
from app.settings import Settings
from tests.conftest import ALICE, BOB, Clock
from tests.staff.conftest import AMIR, SAME, Colleague, Hire, staffed

Told = Callable[[Recipient], list[Entry]]


def looked(parts: Parts) -> list[Entry]:
    return parts.trail.of_kind(Kind.LOOKED_UP, 0.0)


def test_a_user_id_opens_the_recipient(amir: Colleague, parts: Parts) -> None:
    assert amir.look_up("user-ada").heading == "user-ada"
    assert [(e.actor, e.detail) for e in looked(parts)] == [(AMIR.actor, "user_id: 1")]


def test_an_old_link_opens_its_recipient_in_its_tenant(
    amir: Colleague, links: Links
) -> None:
    token = links.ahead(-400 * DAY).mint(Scope.PREFERENCES, BOB)
    page = amir.look_up(f"https://gone.example/p/{token}?utm_source=x")

    assert page.heading == BOB.user_id
    assert "In the tenant harbor-collective" in page.text


def test_a_link_about_a_topic_leads_to_that_topic(
    amir: Colleague, mint: Callable[..., str], topic_ids: dict[str, str]
) -> None:
    path = mint(topic_id=topic_ids["Due dates"])
    answer = amir.raw(
        "POST", "/staff/lookup", data={"given": f"https://x.example{path}"}
    )

    assert answer.status_code == 303
    assert f"topic={topic_ids['Due dates']}" in answer.headers["Location"]


def test_a_mail_as_a_file_opens_its_recipient(
    amir: Colleague, mint: Callable[..., str]
) -> None:
    mail = EmailMessage()
    mail["To"] = "somebody@elsewhere.example"
    mail["List-Unsubscribe"] = f"<https://x.example{mint()}>"
    mail.set_content("See below." + " " * 200_000)
    page = amir.send(
        "/staff/lookup", {"given": "", "mail": (io.BytesIO(bytes(mail)), "it.eml")}
    )

    assert page.heading == "user-ada"


def test_a_damaged_link_opens_nobody_and_says_what_it_only_claims(
    amir: Colleague, alice: str, entries: Told
) -> None:
    page = amir.look_up(f"https://x.example{alice[:-4]}AAAA")

    assert page.heading == "Nobody was found"
    assert "as a user id" not in page.text
    assert "NOT verified" in page.text
    assert entries(ALICE) == []


def test_several_are_listed_and_none_is_opened(
    amir: Colleague, entries: Told, parts: Parts
) -> None:
    on = Standing(Status.OPTED_IN, Status.OPTED_IN)
    draft = Draft("t", "Topic", on, Change(Status.OPTED_OUT, Routing()))
    for recipient in (ALICE, BOB):
        parts.ledger.record(recipient, [draft], Trace(Door.PAGE), "7F3K-22")
    page = amir.look_up(" 7f3k-22 ")

    assert page.heading == "2 recipients"
    assert {"user-ada", "lin wei 07"} <= page.links.keys()
    assert entries(ALICE) == entries(BOB) == []
    opened = amir.open(page.links["lin wei 07"])
    assert "In the tenant harbor-collective" in opened.text


def test_what_nobody_knows_can_be_opened_as_an_id(amir: Colleague) -> None:
    page = amir.look_up("nobody@elsewhere.example")
    assert "Nobody was found" in page.text

    form = page.form("as a user id")
    opened = amir.send(
        "/staff/lookup", {"given": "nobody@elsewhere.example", "as": "user_id"}
    )

    assert form.get("action") == "/staff/lookup"
    assert opened.heading == "nobody@elsewhere.example"


def test_nothing_is_answered_with_what_to_do(amir: Colleague, parts: Parts) -> None:
    page = amir.look_up("   ")

    assert page.status == 422
    assert "Paste something first, or choose a file." in page.text
    assert looked(parts) == []


def test_what_was_looked_for_is_not_kept(amir: Colleague, parts: Parts) -> None:
    amir.look_up("somebody.private@elsewhere.example")

    assert "somebody.private" not in str(looked(parts))


def test_own_look_ups_of_late_are_offered_again(
    amir: Colleague, ana: Colleague
) -> None:
    amir.look_up("user-ada")
    amir.look_up("user-ben")

    assert list(amir.open("/staff/").links)[-2:] == ["user-ben", "user-ada"]
    assert "user-ben" not in ana.open("/staff/").text


def test_looking_at_too_many_is_stopped_and_an_alert_once(
    settings: Settings,
    outside: Outside,
    parts: Parts,
    clock: Clock,
    hire_at: Callable[[Flask], Hire],
) -> None:
    limited = staffed(settings, STAFF_LOOKUPS_PER_HOUR="3")
    amir = hire_at(create_app(limited, outside, parts))(AMIR)
    for number in range(3):
        assert amir.see(Recipient(f"user {number}")).status == 200
    for number in range(3, 6):
        refused = amir.see(Recipient(f"user {number}"))
        assert refused.status == 429
        assert refused.response.headers["Retry-After"]
    assert amir.see(Recipient("user 0")).status == 200
    assert len(parts.trail.of_kind(Kind.LIMITED, 0.0)) == 1
    clock.seconds += 3601

    fresh = hire_at(create_app(limited, outside, parts))(AMIR)
    assert fresh.see(Recipient("user 5")).status == 200


def test_without_a_provider_there_is_no_desk(
    settings: Settings, outside: Outside, parts: Parts
) -> None:
    bare = settings.model_copy(update={"oidc_issuer": None})
    client = create_app(bare, outside, parts).test_client()

    for path in ("/staff/", "/staff/signin", "/staff/trail", "/staff/nothing"):
        assert client.get(path).status_code == 404
        assert client.post(path, headers=SAME).status_code == 404
