"""`python -m app canary`: a real unsubscribe, timed, and put back whatever happens."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from flask import Flask

from app.canary import Canary, Outing, Unfit
from app.courier.client import Courier
from app.ledger.answers import Answers
from app.links import Links, Scope
from app.mail import oneclick
from app.parts import Outside, Parts, create_courier
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from tests.conftest import SECRET, Clock
from tests.house.test_cli import answer, free_port, running
from tests.house.test_cli_ledger import told
from tests.peer import KEY, Json, Peer

URL = "http://preferences.example"
ADA = Recipient("user-ada")
TENANT = "harbor-collective"


@pytest.fixture
def topic(topic_ids: dict[str, str]) -> str:
    return topic_ids["Due dates"]


@pytest.fixture
def courier(settings: Settings) -> Iterator[Courier]:
    with closing(create_courier(settings, Outside())) as courier:
        yield courier


@dataclass
class Door:
    """Our address as a mailbox provider reaches it, and what was sent there."""

    app: Flask
    broken: dict[str, int] = field(default_factory=dict)
    """Statuses to answer instead, by how the path ends."""
    posts: list[str] = field(default_factory=list)
    on_undo: Callable[[], None] = lambda: None
    is_lost: bool = False
    """Whether the answer to the first post gets lost on its way."""

    def client(self) -> httpx.Client:
        return oneclick.new_client(httpx.WSGITransport(self))

    def __call__(self, environ: Json, start: Any) -> Iterable[bytes]:  # noqa: ANN401
        path = str(environ["PATH_INFO"])
        self.posts.append(path)
        kind = "undo" if "/undo/" in path else "post"
        if kind == "undo":
            self.on_undo()
        if kind in self.broken:
            start(f"{self.broken[kind]} No", [])
            return [b""]
        answer = self.app(environ, start)
        if self.is_lost:
            raise httpx.ReadTimeout("lost")
        return answer


@pytest.fixture
def door(app: Flask) -> Door:
    return Door(app)


Fly = Callable[..., Canary]


@pytest.fixture
def bird(
    door: Door, courier: Courier, links: Links, clock: Clock, topic: str
) -> Iterator[Fly]:
    """Time passes only where it sleeps, and `then` happens while it does."""
    client = door.client()

    def bird(
        recipient: Recipient = ADA,
        topic_id: str = topic,
        then: Callable[[], None] = lambda: None,
    ) -> Canary:
        def sleep(seconds: float) -> None:
            assert seconds > 0
            clock.seconds += seconds
            then()

        token = links.mint(Scope.UNSUBSCRIBE, recipient, subject=Subject(topic_id))
        outing = Outing(recipient, topic_id, f"{URL}/u/{token}", 300.0)
        return Canary(courier, client, outing, sleep, clock)

    yield bird
    client.close()


def wish(peer: Peer, topic_id: str, **topic: object) -> None:
    peer.replace(f"/users/user-ada/preferences/{topic_id}", {"topic": topic})


def test_what_was_honored_is_put_back_by_the_undo(
    bird: Fly, door: Door, peer: Peer, topic: str
) -> None:
    routing = {"has_custom_routing": True, "custom_routing": ["email"]}
    wish(peer, topic, status="OPTED_IN", **routing)
    before = peer.topic("user-ada", topic)
    peer.requests()

    result = bird().fly()

    statuses = [b["topic"]["status"] for _, path, b in peer.writes() if b]
    assert (result.is_ok, result.is_honored) == (True, True)
    assert statuses == ["OPTED_OUT", "OPTED_IN"]
    assert peer.topic("user-ada", topic) == before
    post, undo = door.posts
    assert undo.startswith(f"{post}/undo/")


def test_the_time_is_that_until_courier_shows_it(
    bird: Fly, peer: Peer, topic: str
) -> None:
    """What is kept while Courier is away comes a little later."""
    peer.fault(status=503, methods=["PUT", "POST"])
    slept: list[float] = []

    def then() -> None:
        slept.append(1)
        if len(slept) == 3:
            peer.mend()
            wish(peer, topic, status="OPTED_OUT")

    result = bird(then=then).fly()

    assert result.is_honored
    assert result.seconds == pytest.approx(0.1 + 0.15 + 0.225)
    assert peer.topic("user-ada", topic)["status"] == "OPTED_IN"


@pytest.mark.parametrize(
    ("name", "setup", "words"),
    [
        ("Due dates", "OPTED_OUT", "The topic is off"),
        ("Security alerts", None, "The topic is required"),
        ("none", None, "Courier knows no such topic"),
    ],
)
def test_what_is_off_locked_or_unknown_is_left_alone(
    bird: Fly,
    door: Door,
    peer: Peer,
    topic_ids: dict[str, str],
    name: str,
    setup: str | None,
    words: str,
) -> None:
    topic_id = topic_ids.get(name, "none")
    if setup:
        wish(peer, topic_id, status=setup)
    peer.requests()
    with pytest.raises(Unfit, match=words):
        bird(topic_id=topic_id).fly()
    assert (peer.writes(), door.posts) == ([], [])


def test_what_is_muted_is_left_alone(
    bird: Fly, door: Door, peer: Peer, topic: str
) -> None:
    wish(peer, topic, status="OPTED_IN", has_custom_routing=True, custom_routing=[])
    with pytest.raises(Unfit, match="The topic is off"):
        bird().fly()
    assert door.posts == []


def test_what_a_tenant_requires_is_left_alone(
    bird: Fly, door: Door, peer: Peer, topic: str
) -> None:
    peer.replace(
        f"/tenants/{TENANT}/default_preferences/items/{topic}", {"status": "REQUIRED"}
    )
    with pytest.raises(Unfit, match="The topic is required"):
        bird(Recipient("user-ada", TENANT)).fly()
    assert door.posts == []


def test_it_is_not_tried_while_courier_is_away(
    bird: Fly, door: Door, peer: Peer
) -> None:
    peer.fault(status=503)
    with pytest.raises(Unfit, match="Courier does not answer: 503"):
        bird().fly()
    assert door.posts == []


def test_what_is_not_honored_in_time_is_told_and_put_back(
    bird: Fly, door: Door, peer: Peer, clock: Clock, topic: str
) -> None:
    """Courier takes no writes, so the choice is kept, and undone before it is sent."""
    peer.fault(status=503, methods=["PUT", "POST"])
    start = clock.seconds

    result = bird().fly()

    assert (result.is_honored, len(result.faults)) == (False, 1)
    assert result.faults[0] == "Courier did not show it off within 300 s."
    assert 300 <= clock.seconds - start < 301
    assert door.posts[1].startswith(f"{door.posts[0]}/undo/")
    assert peer.topic("user-ada", topic)["status"] == "OPTED_IN"


@pytest.mark.parametrize("status", [404, 500, 303])
def test_where_the_undo_fails_it_is_put_back_at_courier_as_it_was(
    bird: Fly, door: Door, peer: Peer, topic: str, status: int
) -> None:
    door.broken["undo"] = status
    routing = {"has_custom_routing": True, "custom_routing": ["email"]}
    wish(peer, topic, status="OPTED_IN", **routing)
    before = peer.topic("user-ada", topic)

    result = bird().fly()

    assert (result.is_ok, result.is_honored) == (True, True)
    assert peer.topic("user-ada", topic) == before


def test_where_it_cannot_be_put_back_it_says_so(
    bird: Fly, door: Door, peer: Peer, topic: str
) -> None:
    door.on_undo = lambda: peer.fault(status=400, methods=["PUT", "POST", "DELETE"])
    result = bird().fly()
    assert (result.is_ok, result.is_honored) == (False, True)
    assert result.faults == ("It was not seen on again: turn it on by hand.",)
    assert peer.topic("user-ada", topic)["status"] == "OPTED_OUT"


def test_where_the_answer_is_lost_it_is_put_back_and_doubt_is_told(
    bird: Fly, door: Door, peer: Peer, topic: str
) -> None:
    door.is_lost = True
    result = bird().fly()
    assert (result.is_honored, len(door.posts)) == (False, 1)
    assert "it does not answer within 10 seconds" in result.faults[0]
    assert "the post may still be honored" in result.faults[1]
    assert peer.topic("user-ada", topic)["status"] == "OPTED_IN"


@pytest.mark.parametrize("status", [404, 500, 303, 204])
def test_an_answer_that_no_provider_takes_is_told(
    bird: Fly, door: Door, peer: Peer, topic: str, status: int
) -> None:
    door.broken["post"] = status
    result = bird().fly()
    (fault,) = result.faults
    assert fault.startswith("The one-click post failed: it ")
    assert str(status) in fault
    assert peer.topic("user-ada", topic)["status"] == "OPTED_IN"


def test_an_interruption_still_puts_it_back(
    bird: Fly, door: Door, peer: Peer, topic: str
) -> None:
    def stop() -> None:
        peer.mend()
        wish(peer, topic, status="OPTED_OUT")
        raise KeyboardInterrupt

    peer.fault(status=503, methods=["PUT", "POST"])
    with pytest.raises(KeyboardInterrupt):
        bird(then=stop).fly()
    assert "/undo/" in door.posts[-1]
    assert peer.topic("user-ada", topic)["status"] == "OPTED_IN"


def kept(parts: Parts) -> Json:
    found = Answers(parts.database).get("canary")
    assert found
    return dict(json.loads(found))


@pytest.fixture
def environ(database_url: str, peer: Peer) -> dict[str, str]:
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "DATABASE_URL": database_url,
    }


def test_against_a_real_server_it_tells_the_time_and_keeps_it(
    environ: dict[str, str], parts: Parts, peer: Peer, topic: str
) -> None:
    url = environ["PUBLIC_URL"]
    served = {"HOST": "127.0.0.1", "PORT": url.rpartition(":")[2], "WORKERS": "1"}
    words = ["--topic", topic, "--tenant", TENANT, "--timeout", "20"]
    with running({**environ, **served}, "serve") as process:
        assert answer(f"{url}/healthz", process).status_code == HTTPStatus.OK
        peer.requests()
        result = told(environ, "canary", "user-ada", *words)
        writes = peer.writes()

    assert (result.exit_code, result.stderr) == (0, "")
    found = kept(parts)
    assert result.stdout == f"Honored in {found['seconds']:.2f} s.\n"
    assert found["ok"] is True
    assert abs(found["at"] - time.time()) < 60
    assert len(writes) == 2
    assert peer.topic("user-ada", topic, TENANT)["status"] == "OPTED_IN"


def test_where_nobody_answers_it_ends_with_one_line(
    environ: dict[str, str], parts: Parts, topic: str
) -> None:
    result = told(environ, "canary", "user-ada", "--topic", topic)
    (line,) = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert line.startswith("Error: The one-click post failed: it does not answer (Conn")
    assert "/u/" not in line
    found = kept(parts)
    assert (found["ok"], found["seconds"]) == (False, None)


def test_what_was_not_tried_is_told_with_one_line(
    environ: dict[str, str], parts: Parts, peer: Peer, topic: str
) -> None:
    wish(peer, topic, status="OPTED_OUT")
    result = told(environ, "canary", "user-ada", "--topic", topic)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: Nothing was tried. The topic is off")
    assert kept(parts)["ok"] is False


@pytest.mark.parametrize(
    "words",
    [["ada"], ["..", "--topic", "T"], ["ada", "--topic", "T", "--timeout", "0"]],
)
def test_a_wrong_command_line_is_told(
    environ: dict[str, str], words: list[str]
) -> None:
    assert told(environ, "canary", *words).exit_code == 2
