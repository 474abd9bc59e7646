"""How often a link and an address may act, and that a Redis stops nobody."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from flask import Flask
from pydantic import SecretStr
from structlog.testing import capture_logs
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import TestResponse

from app.factory import create_app
from app.links import Links, Scope
from app.parts import Outside, Parts
from app.settings import Settings
from app.web import limits
from app.web.limits import AMOUNTS, Kind
from tests.conftest import ALICE
from tests.house.client import Visitor
from tests.redis import Server, running_redis
from tests.timing import RUNS, is_within

HERE, THERE = "203.0.113.7", "203.0.113.8"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def redis() -> Iterator[Server]:
    with running_redis() as server:
        yield server


def made(
    settings: Settings, outside: Outside, parts: Parts, **changes: object
) -> Flask:
    return create_app(settings.model_copy(update=changes), outside, parts)


Share = Callable[[Server], Flask]


@pytest.fixture
def share(settings: Settings, outside: Outside, parts: Parts, bob: str) -> Share:
    """Makes an app that counts in a Redis, which another address has reached."""

    def share(redis: Server) -> Flask:
        app = made(settings, outside, parts, redis_url=SecretStr(redis.patient_url))
        redis.reached(lambda: post(app, undo(bob), THERE))
        return app

    return share


def post(app: Flask, path: str, address: str = HERE, **headers: str) -> TestResponse:
    """To an address that reads no form, so that only counting decides."""
    environ = {"REMOTE_ADDR": address}
    return app.test_client().post(path, headers=headers, environ_overrides=environ)


def get(app: Flask, path: str, address: str = HERE, **headers: str) -> TestResponse:
    environ = {"REMOTE_ADDR": address}
    return app.test_client().get(path, headers=headers, environ_overrides=environ)


def used_up(app: Flask, kind: Kind, whose: str) -> None:
    """Counts as often as it may be."""
    with app.test_request_context():
        waits = [app.extensions["limits"].wait(kind, whose) for _ in range(most(kind))]
    assert not any(waits)


def most(kind: Kind) -> int:
    return int(AMOUNTS[kind].split()[0])


def token_of(path: str) -> str:
    return path.rpartition("/")[2]


def undo(path: str) -> str:
    return f"{path}/undo/7F3K-22"


@pytest.fixture
def leave(links: Links) -> str:
    return f"/u/{links.mint(Scope.UNSUBSCRIBE, ALICE)}"


def test_the_amounts_are_those_that_are_promised() -> None:
    assert AMOUNTS == {
        Kind.POSTS_OF_LINK: "60 per minute",
        Kind.POSTS_OF_ADDRESS: "600 per minute",
        Kind.DAMAGED: "60 per minute",
        Kind.MAIL_OF_LINK: "3 per hour",
        Kind.MAIL_OF_USER: "3 per hour",
        Kind.MAIL_OF_ADDRESS: "30 per hour",
        Kind.API: "600 per minute",
        Kind.SIGN_IN: "30 per minute",
        Kind.ANSWER: "300 per minute",
    }


def test_a_link_posts_sixty_times_a_minute(app: Flask, alice: str, bob: str) -> None:
    statuses = [post(app, undo(alice)).status_code for _ in range(61)]

    assert statuses == [404] * 60 + [429]
    assert post(app, undo(alice), THERE).status_code == 429
    assert post(app, undo(bob)).status_code == 404
    assert get(app, alice).status_code == 200


def test_a_link_is_counted_as_it_was_minted_whatever_mail_made_of_it(
    app: Flask, alice: str
) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(alice))
    assert post(app, undo(f"{alice}%20.")).status_code == 429


def test_what_no_view_takes_is_counted_as_well(app: Flask, alice: str) -> None:
    statuses = {post(app, f"{alice}/nowhere").status_code for _ in range(60)}

    assert statuses == {404}
    assert post(app, f"{alice}/nowhere").status_code == 429
    assert app.test_client().delete(alice).status_code == 429


@pytest.mark.parametrize("beginning", ["/p/", "/u/", "/embed/"])
def test_every_kind_of_link_is_counted(app: Flask, beginning: str) -> None:
    used_up(app, Kind.POSTS_OF_LINK, "token")
    assert post(app, f"{beginning}token/nowhere").status_code == 429


def test_an_address_posts_six_hundred_times_a_minute(
    app: Flask, alice: str, bob: str
) -> None:
    used_up(app, Kind.POSTS_OF_ADDRESS, HERE)

    assert post(app, undo(alice)).status_code == 429
    assert post(app, undo(bob)).status_code == 429
    assert post(app, undo(bob), THERE).status_code == 404
    assert get(app, alice).status_code == 200


def test_a_mailbox_provider_unsubscribes_as_many_as_it_likes(
    app: Flask, leave: str
) -> None:
    """It posts for thousands from few addresses; only the link is counted."""
    used_up(app, Kind.POSTS_OF_ADDRESS, HERE)

    assert post(app, leave).status_code == 200
    assert post(app, undo(leave)).status_code == 429

    assert {post(app, leave).status_code for _ in range(59)} == {200}
    assert post(app, leave).status_code == 429


def test_invented_links_are_counted_by_their_address_not_one_by_one(app: Flask) -> None:
    """Else whoever invents them fills our memory."""
    used_up(app, Kind.POSTS_OF_LINK, "invented")

    statuses = [post(app, "/u/invented").status_code for _ in range(61)]

    assert statuses == [404] * 60 + [429]


def test_a_household_with_ipv6_is_one_address(app: Flask) -> None:
    addresses = [f"2001:db8:1:2::{i:x}" for i in range(61)]
    statuses = [get(app, "/p/damaged", address).status_code for address in addresses]

    assert statuses == [404] * 60 + [429]
    assert get(app, "/p/damaged", "2001:db8:1:3::1").status_code == 404


def test_an_address_of_ipv4_is_one_in_either_notation(app: Flask, alice: str) -> None:
    used_up(app, Kind.POSTS_OF_ADDRESS, HERE)
    assert post(app, undo(alice), f"::ffff:{HERE}").status_code == 429


def test_who_has_no_address_is_not_everybody(app: Flask, alice: str) -> None:
    used_up(app, Kind.POSTS_OF_ADDRESS, "")
    used_up(app, Kind.DAMAGED, "")

    assert post(app, undo(alice), "").status_code == 404
    assert get(app, "/p/damaged", "").status_code == 404


def test_damaged_tokens_are_looked_at_sixty_times_a_minute(
    app: Flask, alice: str, leave: str
) -> None:
    """Links that work go on working for the people who share the address."""
    statuses = [get(app, f"/p/damaged{i}").status_code for i in range(61)]

    assert statuses == [404] * 60 + [429]
    assert get(app, "/u/damaged").status_code == 429
    assert post(app, "/u/damaged").status_code == 429
    assert get(app, alice).status_code == 200
    assert get(app, leave).status_code == 200
    assert post(app, undo(alice)).status_code == 404
    assert get(app, "/p/damaged", THERE).status_code == 404


def test_a_get_is_never_limited(app: Flask, alice: str) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(alice))
    used_up(app, Kind.POSTS_OF_ADDRESS, HERE)
    used_up(app, Kind.DAMAGED, HERE)

    for path in (alice, f"{alice}/history", "/", "/healthz", "/readyz", "/metrics"):
        assert get(app, path).status_code == 200, path
    assert get(app, "/static/css/app.css").status_code == 200
    assert app.test_client().options(alice).status_code == 200


def test_what_is_too_often_is_a_kind_page(app: Flask, alice: str) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(alice))

    page = Visitor(app.test_client()).send(undo(alice), {})

    assert (page.status, page.heading) == (429, "That was too often")
    assert "Please wait a minute" in page.text
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60


def test_for_htmx_it_is_a_fragment(app: Flask, alice: str) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(alice))

    page = Visitor(app.test_client()).send(undo(alice), {}, htmx=True)

    assert (page.status, page.is_fragment) == (429, True)
    assert page.response.headers["HX-Retarget"] == "#problem"
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("given", [{}, {"Accept": "*/*"}])
def test_a_mail_program_is_told_in_one_line(
    app: Flask, leave: str, given: dict[str, str]
) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(leave))

    told = post(app, leave, **given)

    assert (told.status_code, told.mimetype) == (429, "text/plain")
    assert told.text == (
        "That was too often. Nothing was changed. "
        "Please wait a minute, then repeat your last step.\n"
    )
    assert 1 <= int(told.headers["Retry-After"]) <= 60


def test_a_browser_that_unsubscribes_too_often_sees_a_page(
    app: Flask, leave: str
) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(leave))
    assert post(app, leave, **BROWSER).mimetype == "text/html"


def may_mail(app: Flask, mark: str, user_id: str, address: str = HERE) -> bool:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return limits.may_mail(mark, user_id)


def test_a_fresh_link_is_mailed_three_times_an_hour(app: Flask) -> None:
    by_link = [may_mail(app, "mark", f"user-{i}") for i in range(4)]
    by_user = [may_mail(app, f"mark-{i}", "ada") for i in range(4)]

    assert by_link == by_user == [True] * 3 + [False]


def test_an_address_has_thirty_fresh_links_mailed_an_hour(app: Flask) -> None:
    told = [may_mail(app, f"mark-{i}", f"user-{i}") for i in range(31)]

    assert told == [True] * 30 + [False]
    assert may_mail(app, "mark", "user", THERE)


def test_a_mail_that_is_not_sent_is_counted_by_all_three(app: Flask) -> None:
    used_up(app, Kind.MAIL_OF_LINK, "mark")
    for _ in range(3):
        assert not may_mail(app, "mark", "ada")
    assert not may_mail(app, "another", "ada")


def test_a_key_of_the_api_calls_six_hundred_times_a_minute(app: Flask) -> None:
    used_up(app, Kind.API, "shop")

    with app.test_request_context():
        limits.count_call("billing")
        with pytest.raises(TooManyRequests) as caught:
            limits.count_call("shop")
    assert 1 <= int(dict(caught.value.get_headers())["Retry-After"]) <= 60


def test_the_count_begins_anew(app: Flask, alice: str) -> None:
    used_up(app, Kind.POSTS_OF_LINK, token_of(alice))
    app.extensions["limits"].forget()
    assert post(app, undo(alice)).status_code == 404


@pytest.mark.parametrize(
    ("proxies", "claimed", "counted"),
    [
        (0, THERE, HERE),
        (1, THERE, THERE),
        (1, f"198.51.100.1, {THERE}", THERE),
        (2, f"198.51.100.1, {THERE}, 10.0.0.1", THERE),
        (2, THERE, HERE),
    ],
)
def test_an_address_is_believed_of_our_own_proxies_alone(
    settings: Settings,
    outside: Outside,
    parts: Parts,
    alice: str,
    proxies: int,
    claimed: str,
    counted: str,
) -> None:
    app = made(settings, outside, parts, proxies=proxies)
    used_up(app, Kind.POSTS_OF_ADDRESS, counted)
    headers = {"X-Forwarded-For": claimed}

    assert post(app, undo(alice), HERE, **headers).status_code == 429
    app.extensions["limits"].forget()
    other = HERE if counted == THERE else THERE
    used_up(app, Kind.POSTS_OF_ADDRESS, other)
    assert post(app, undo(alice), HERE, **headers).status_code == 404


def test_several_processes_count_together_in_redis(
    share: Share, alice: str, redis: Server
) -> None:
    one, two = (share(redis) for _ in "12")
    used_up(one, Kind.POSTS_OF_LINK, token_of(alice))

    told = post(two, undo(alice))

    assert told.status_code == 429
    assert 1 <= int(told.headers["Retry-After"]) <= 60


def test_redis_is_told_nobody_s_name(share: Share, alice: str, redis: Server) -> None:
    app = share(redis)
    told = set(Kind) - {Kind.API, Kind.SIGN_IN, Kind.ANSWER}

    def count_all() -> None:
        post(app, undo(alice))
        get(app, "/p/garbled")
        may_mail(app, "visit-mark", ALICE.user_id)

    redis.reached(count_all, len(told))
    keys = " ".join(redis.keys())

    assert all(kind in keys for kind in told)
    for secret in (token_of(alice), HERE, ALICE.user_id, "garbled", "visit-mark"):
        assert secret not in keys


def test_a_redis_that_stops_and_comes_back_stops_nobody(
    share: Share, alice: str
) -> None:
    """Meanwhile each process counts for itself; it is said once."""
    with running_redis() as server:
        app = share(server)
    with capture_logs() as told:
        statuses = [post(app, undo(alice)).status_code for _ in range(61)]
        assert may_mail(app, "mark", "ada")
        assert get(app, alice).status_code == 200

    assert statuses == [404] * 60 + [429]
    assert [line["said"] for line in told if line["event"] == "limits"] == [
        "Rate limit storage unreachable - falling back to in-memory storage"
    ]


@pytest.mark.parametrize("first", ["post", "damaged", "mail"])
@pytest.mark.parametrize("host", ["127.0.0.1:9", "nowhere.invalid:6379"])
def test_a_redis_that_never_was_there_stops_nobody(
    settings: Settings,
    outside: Outside,
    parts: Parts,
    alice: str,
    host: str,
    first: str,
) -> None:
    app = made(settings, outside, parts, redis_url=SecretStr(f"redis://{host}"))
    does = {
        "post": lambda: post(app, undo(alice)).status_code == 404,
        "damaged": lambda: get(app, "/p/damaged").status_code == 404,
        "mail": lambda: may_mail(app, "mark", "ada"),
    }
    with capture_logs() as told:
        assert does[first]()
        assert all(does[name]() for name in does)
    assert len([line for line in told if line["event"] == "limits"]) == 1


def test_a_redis_that_hangs_is_soon_given_up(
    settings: Settings, outside: Outside, parts: Parts, alice: str
) -> None:
    """It takes the connection and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        url = SecretStr(f"redis://127.0.0.1:{door.getsockname()[1]}")

        apps = [made(settings, outside, parts, redis_url=url) for _ in range(RUNS)]

        def come() -> None:
            app = apps.pop()
            statuses = [post(app, undo(alice)).status_code for _ in range(5)]
            assert statuses == [404] * 5

        assert is_within(1.5, come)


def test_a_log_never_has_who_came_too_often(
    app: Flask, alice: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(61):
        post(app, undo(alice))
    said = "".join(capfd.readouterr())

    assert "429" in said
    assert token_of(alice) not in said
    assert HERE not in said
