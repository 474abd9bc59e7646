"""Traces as a collector gets them: a span per request and per call, and nobody's id."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask import Flask

from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, Parts, create_parts
from app.settings import Settings
from tests.conftest import ALICE
from tests.house.client import Visitor
from tests.ops.collector import Collector, Received, collecting
from tests.peer import Peer

SERVER, CLIENT = 2, 3
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def settings(settings: Settings, collector: Collector) -> Settings:
    return settings.model_copy(update={"otel_exporter_otlp_endpoint": collector.url})


def received(parts: Parts, collector: Collector) -> list[Received]:
    """All that there was, once everything was sent."""
    parts.tracing.close()
    return collector.spans()


def test_a_request_and_its_calls_are_one_trace(
    visitor: Visitor, parts: Parts, alice: str, collector: Collector
) -> None:
    visitor.open(alice)

    *calls, page = received(parts, collector)

    assert (page.name, page.kind) == ("GET /p/<token>", SERVER)
    assert page.attributes == {
        "http.request.method": "GET",
        "http.route": "/p/<token>",
        "http.response.status_code": 200,
    }
    assert page.service == "courier-preference-center"
    assert {call.name for call in calls} == {"courier catalog", "courier preferences"}
    for call in calls:
        assert (call.kind, call.trace, call.parent) == (CLIENT, page.trace, page.id)
        assert call.attributes["courier.outcome"] == "ok"
        assert not call.is_fault
    assert {path for path, _ in collector.bodies} == {"/v1/traces"}


def test_a_trace_that_somebody_began_goes_on_and_reaches_courier(
    visitor: Visitor, parts: Parts, alice: str, collector: Collector, peer: Peer
) -> None:
    visitor.open(alice)
    peer.requests()
    visitor.open(alice, traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="who=ada")

    (told,) = peer.headers()
    call, page = received(parts, collector)[-2:]

    assert (page.trace, page.parent) == (TRACE, PARENT)
    assert told["traceparent"] == f"00-{TRACE}-{call.id}-01"
    assert "tracestate" not in told


def test_what_fails_is_marked(
    visitor: Visitor, parts: Parts, alice: str, collector: Collector, peer: Peer
) -> None:
    peer.fault(status=503)
    visitor.open(alice)

    *calls, page = received(parts, collector)

    assert page.is_fault
    assert page.attributes["http.response.status_code"] == 503
    assert {call.attributes["courier.outcome"] for call in calls} == {"unavailable"}
    assert all(call.is_fault for call in calls)


def test_requests_of_one_thread_are_traces_of_their_own(
    visitor: Visitor, parts: Parts, alice: str, bob: str, collector: Collector
) -> None:
    for path in (alice, f"{alice}/nowhere", "/p/damaged", bob):
        visitor.raw("GET", path)

    pages = [s for s in received(parts, collector) if s.kind == SERVER]

    assert len({page.trace for page in pages}) == len(pages) == 4
    assert not any(page.parent for page in pages)


def test_what_nobody_asked_for_belongs_to_no_request(
    visitor: Visitor, parts: Parts, alice: str, collector: Collector
) -> None:
    visitor.open(alice)
    parts.reader.lines(ALICE)

    last = received(parts, collector)[-1]

    assert (last.name, last.parent) == ("courier preferences", "")


def test_no_trace_says_whose_it_is(
    visitor: Visitor, parts: Parts, alice: str, collector: Collector
) -> None:
    page = visitor.open(alice)
    visitor.change(page, "Due dates", on=None)
    visitor.raw("GET", f"{alice}/history?lang=de")

    received(parts, collector)

    told = b"".join(body for _, body in collector.bodies)
    for secret in (alice.rpartition("/")[2], ALICE.user_id, "example.com", "Due dates"):
        assert secret.encode() not in told


def test_a_collector_that_is_not_there_stops_nobody(
    settings: Settings, outside: Outside, alice: str
) -> None:
    nowhere = {"otel_exporter_otlp_endpoint": "http://127.0.0.1:9"}
    settings = settings.model_copy(update=nowhere)
    parts = create_parts(settings, outside)
    migrate(parts.database)
    app: Flask = create_app(settings, outside, parts)

    assert Visitor(app.test_client()).open(alice).status == 200
    parts.tracing.close()
    parts.center.close()


def test_without_the_setting_nothing_of_it_is_read() -> None:
    """It takes a while, and need not be installed."""
    script = "import sys, app.factory, app.serve; print('opentelemetry' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "False"
