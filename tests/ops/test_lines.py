"""The log: one line per request, its id everywhere, and nobody's name in any line."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import structlog
from flask import Flask
from structlog.testing import capture_logs

from app import errand, logs
from app.factory import create_app
from app.ledger.errors import LedgerDown
from app.links import Links, Scope
from app.logs import redacted
from app.parts import Outside, Parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from app.web.logs import HEADER
from tests.asking import minted
from tests.conftest import Clock, LedgerFile
from tests.house.client import Visitor
from tests.peer import Peer

CANARY = Recipient("canary 7f3a/ü", "canary-tenant-91")
LABEL = "canary.box+news@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
Lines = list[dict[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What production would write, but for its last step."""
    steps = [structlog.processors.format_exc_info, redacted]
    with capture_logs(steps) as lines:  # type: ignore[arg-type]
        yield lines  # type: ignore[misc]


def requests(lines: Lines) -> Lines:
    return [line for line in lines if line["event"] == "request"]


class Talkative:
    """A part that fails, and says at whom."""

    def profile_language(self, recipient: Recipient) -> str:
        raise RuntimeError(f"{recipient.user_id} or {recipient}")


# One line


def test_a_request_is_one_line_that_says_all(
    visitor: Visitor, alice: str, lines: Lines
) -> None:
    answer = visitor.raw("GET", f"{alice}?lang=de")

    (line,) = requests(lines)
    assert line.pop("ms") > 0
    assert line.pop("calls_ms") > 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/p/<token>",
        "status": 200,
        "bytes": len(answer.data),
        "calls": 2,
        "language": "de",
        "request_id": answer.headers[HEADER],
    }


def test_it_counts_the_bytes_that_are_sent(
    visitor: Visitor, alice: str, lines: Lines
) -> None:
    answer = visitor.raw("GET", alice, headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert requests(lines)[0]["bytes"] == len(answer.data)


def test_a_choice_tells_its_door_and_outcome(
    visitor: Visitor, alice: str, links: Links, peer: Peer, lines: Lines
) -> None:
    visitor.change(visitor.open(alice), "Due dates", on=None)
    peer.fault(status=503)
    leave = links.mint(Scope.UNSUBSCRIBE, CANARY, subject=Subject())
    visitor.raw("POST", f"/u/{leave}", data=ONE_CLICK)

    chosen = [line for line in requests(lines) if "door" in line]
    assert [(line["door"], line["outcome"]) for line in chosen] == [
        ("page", "saved"),
        ("one_click", "kept"),
    ]


def test_calls_in_other_threads_belong_to_the_request(
    visitor: Visitor, links: Links, peer: Peer, lines: Lines
) -> None:
    token = links.mint(Scope.PREFERENCES, Recipient("lin wei 07"), has_all_tenants=True)
    visitor.open(f"/p/{token}")

    asked = peer.headers()
    (line,) = requests(lines)

    assert line["calls"] == len(asked) > 2
    assert {told.get("x-request-id") for told in asked} == {line["request_id"]}


def test_an_answer_that_nobody_can_read_is_told(
    visitor: Visitor, alice: str, peer: Peer, lines: Lines
) -> None:
    visitor.open(alice)
    peer.fault("wrong_shape")
    visitor.open(alice)

    (line,) = [each for each in lines if each["event"] == "courier_unintelligible"]
    assert (line["log_level"], line["shape"]) == ("error", "PreferenceList")
    assert line["request_id"] == requests(lines)[-1]["request_id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_is_asked_all_the_time_has_no_line(
    visitor: Visitor, path: str, lines: Lines
) -> None:
    answer = visitor.raw("GET", path)

    assert requests(lines) == []
    assert HEADER not in answer.headers


# Its id


def test_a_request_has_an_id_that_courier_is_told(
    visitor: Visitor, alice: str, peer: Peer, lines: Lines
) -> None:
    ids = [visitor.open(alice).response.headers[HEADER] for _ in range(2)]

    assert len(set(ids)) == 2
    assert [line["request_id"] for line in requests(lines)] == ids
    assert [told["x-request-id"] for told in peer.headers()] == [
        ids[0],
        ids[0],
        ids[1],
    ]


def test_a_proxy_may_say_the_id(
    settings: Settings, outside: Outside, parts: Parts, alice: str
) -> None:
    app = create_app(settings.model_copy(update={"proxies": 1}), outside, parts)
    client = app.test_client()
    for given in ("0123456789abcdef", "Root=1-67891233-abcdef01", "a:b_c-d=" * 8):
        answer = client.get("/p/damaged", headers={HEADER: given})
        assert answer.headers[HEADER] == given

    token = alice.rpartition("/")[2]
    for given in ("short", "x" * 65, "with space", "with.dot.in.it", "a's\"<b>", token):
        answer = client.get("/p/damaged", headers={HEADER: given})
        assert len(answer.headers[HEADER]) == 16, given


def test_without_a_proxy_nobody_says_the_id(visitor: Visitor, alice: str) -> None:
    answer = visitor.raw("GET", alice, headers={HEADER: "0123456789abcdef"})

    assert answer.headers[HEADER] != "0123456789abcdef"


# Nobody's name


def test_no_line_names_anybody_whatever_the_door_and_the_fault(
    app: Flask,
    visitor: Visitor,
    links: Links,
    peer: Peer,
    clock: Clock,
    deliver: Callable[[], int],
    ledger_file: LedgerFile,
    lines: Lines,
) -> None:
    tokens = {scope: minted(links, scope, CANARY) for scope in Scope}
    tokens[Scope.PREFERENCES] = links.mint(Scope.PREFERENCES, CANARY, LABEL)
    paths = {scope: f"{scope.path}{token}" for scope, token in tokens.items()}
    page = visitor.open(paths[Scope.PREFERENCES])

    def knock() -> None:
        for path in paths.values():
            for sub in ("", "/history", "xyz"):
                visitor.raw("GET", path + sub)
            for sub in ("", "/undo/7F3K-22", "/off"):
                visitor.raw("POST", path + sub, data=ONE_CLICK)
        visitor.change(page, "Due dates", on=None)

    for break_it in (
        peer.mend,
        lambda: peer.fault(status=503),
        lambda: peer.fault(status=401),
        lambda: peer.fault("reset"),
        ledger_file.lose,
        lambda: app.extensions.update(center=Talkative()),
    ):
        break_it()
        knock()
        with suppress(LedgerDown):
            deliver()
        clock.seconds += 600

    assert {"request", "courier_failed", "ledger_down", "unexpected"} <= {
        line["event"] for line in lines
    }
    text = json.dumps(lines, ensure_ascii=False)
    secrets = [CANARY.user_id, "canary%207f3a", LABEL, "canary.box", *tokens.values()]
    for secret in [*secrets, *(t.partition(".")[0] for t in tokens.values())]:
        assert secret not in text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("GET /p/eyJ1IjoiYWRhIn0 failed", "GET … failed"),
        ("https://x.example/embed/abcdef?lang=de", "https://x.example…?lang=de"),
        ("eyJ1IjoiYWRhIn0.aQxYzA.Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6", "…"),
        ("gAAAAABl0123456789abcdefghijkl", "…"),
        ("mail to ada.l+x@mail.example.com, twice", "mail to …, twice"),
        ("route /p/<token>/topics/<path:topic_id>", None),
        ("503 Service Unavailable", None),
        ("sqlalchemy.exc.OperationalError: database is locked", None),
    ],
)
def test_what_looks_like_a_key_or_an_address_is_hidden(
    given: str, told: str | None
) -> None:
    line = redacted(None, "info", {"event": "said", "said": given})

    assert line["said"] == (told or given)


@pytest.mark.parametrize("name", ["user_id", "token", "email", "recipient", "url"])
def test_some_words_say_nothing_wherever_they_are(name: str) -> None:
    line = redacted(None, "info", {"event": "x", name: "ada", "more": {name: "ada"}})

    assert line == {"event": "x", name: "…", "more": {name: "…"}}


def test_what_an_errand_hides_is_hidden_in_whatever_is_said() -> None:
    with errand.hiding("ada lovelace", "ok", None):
        told = {"reason": "no ada lovelace", "who": [Recipient("ada lovelace")]}
        line = redacted(
            None, "info", {"event": "x", **told, "path_of": "/ada%20lovelace"}
        )

    assert line["reason"] == "no …"
    assert "lovelace" not in str(line)
    assert redacted(None, "info", {"event": "x", "said": "ada"})["said"] == "ada"


# How it looks


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def written() -> Iterator[Callable[[io.StringIO], str]]:
    """A line of a library and one of ours, as that stream gets them."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers = list(root.handlers)

    def write(stream: io.StringIO) -> str:
        logs.configure(stream)
        structlog.get_logger("test").info("request", status=200, said="a@b.example")
        logging.getLogger("some.library").warning("lost %s", "/u/secret-token")
        return stream.getvalue()

    yield write
    structlog.configure(**before)
    root.handlers = handlers


def test_a_pipe_gets_json(written: Callable[[io.StringIO], str]) -> None:
    ours, theirs = map(json.loads, written(io.StringIO()).splitlines())

    assert ours.pop("timestamp").endswith("Z")
    assert ours == {"event": "request", "level": "info", "status": 200, "said": "…"}
    assert theirs["event"] == "some.library"
    assert (theirs["level"], theirs["said"]) == ("warning", "lost …")


def test_a_terminal_gets_words(written: Callable[[io.StringIO], str]) -> None:
    told = written(Terminal())

    assert "{" not in told
    assert "request" in told
    assert "secret" not in told
