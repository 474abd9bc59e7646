"""A collector of traces: takes what the protocol sends, and tells what came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)


@dataclass(frozen=True)
class Received:
    """A span as it came; ids in hexadecimal."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    service: str
    is_fault: bool
    attributes: dict[str, Any]


@dataclass
class Collector:
    port: int
    bodies: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spans(self) -> list[Received]:
        """In the order in which they came."""
        found = []
        for _, body in self.bodies:
            for told in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = _plain(told.resource.attributes).get("service.name", "")
                for scope in told.scope_spans:
                    found += [_received(span, service) for span in scope.spans]
        return found


def _received(span: Any, service: str) -> Received:  # noqa: ANN401  protobuf's
    return Received(
        span.name,
        span.kind,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        service,
        span.status.code == 2,
        _plain(span.attributes),
    )


def _plain(attributes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {a.key: a.value.string_value or a.value.int_value for a in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.bodies.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
