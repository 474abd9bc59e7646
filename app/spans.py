"""Traces by OpenTelemetry: a span for each request, one within it for each call.

Names and attributes are routes and names of calls: nobody's id, token or address. What
else there is to set, such as the service's name or how many traces are kept, the SDK
reads from its own variables (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`).
Reference: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app import tracing

NAME = "courier-preference-center"
TRACES = "/v1/traces"
"""What the protocol has after the address of a collector."""

PATIENCE = 2.0
"""Seconds for a collector to take what it is sent, tried again or not."""


class CallSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.headers: dict[str, str] = {}
        PROPAGATOR.inject(self.headers, trace.set_span_in_context(span))

    def ended(self, outcome: str) -> None:
        self._span.set_attribute("courier.outcome", outcome)
        if outcome != "ok":
            self._span.set_status(StatusCode.ERROR, outcome)


class RequestSpan:
    """One that is the current one until it ends."""

    def __init__(self, span: trace.Span) -> None:
        self.span = span
        self.token = context.attach(trace.set_span_in_context(span))


class Spans(tracing.Tracing):
    is_on = True

    def __init__(self, endpoint: str) -> None:
        self._provider = TracerProvider(resource=_resource())
        exporter = OTLPSpanExporter(endpoint + TRACES, timeout=PATIENCE)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._is_closed = False
        self._tracer = self._provider.get_tracer(NAME)

    @contextmanager
    def call(self, name: str, method: str) -> Iterator[tracing.Span]:
        span = self._tracer.start_span(
            f"courier {name}",
            kind=SpanKind.CLIENT,
            attributes={"http.request.method": method, "courier.call": name},
        )
        try:
            yield CallSpan(span)
        finally:
            span.end()

    def begin(self, method: str, route: str, parent: str) -> object:
        span = self._tracer.start_span(
            f"{method} {route}",
            _trace(parent),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route},
        )
        return RequestSpan(span)

    def end(self, span: object, status: int) -> None:
        if not isinstance(span, RequestSpan):
            return
        span.span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.span.set_status(StatusCode.ERROR)
        context.detach(span.token)
        span.span.end()

    def close(self) -> None:
        """What was not sent yet is sent, if somebody takes it; once."""
        if not self._is_closed:
            self._is_closed = True
            self._provider.shutdown()


PROPAGATOR = TraceContextTextMapPropagator()


def _resource() -> Resource:
    """What the SDK is told of us, and our name where it is told none."""
    told = Resource.create()
    is_named = not str(told.attributes[SERVICE_NAME]).startswith("unknown_service")
    return told if is_named else told.merge(Resource({SERVICE_NAME: NAME}))


def _trace(parent: str) -> Context:
    """The trace that somebody else began. What else they tell is not handed on."""
    return PROPAGATOR.extract({"traceparent": parent}, Context())
