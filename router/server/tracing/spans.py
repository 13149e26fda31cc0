"""The spans of a request: the request itself, its planning, and each call of a subgraph.

Enters: what happens to a request. Leaves: ended spans, with the names and attributes of OpenTelemetry's semantic
conventions. Invariant: no span holds a document's text, a variable, a header or a message of an error; a client can
make neither names nor values without end.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final
from uuid import uuid4

from opentelemetry import context as contexts
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.sdk.version import __version__ as sdk_version
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from router.config.telemetry import Tracing as TracingSettings
from router.config.telemetry import TracingCommon
from router.execution.transport import SubgraphTransport
from router.server.asgi import Scope
from router.server.logs import TRACE
from router.server.tracing.export import BoundedProcessor, SpanFigures, close_within
from router.server.tracing.transport import TracedTransport

_METHODS: Final = frozenset(("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"))
_LONGEST_NAME: Final = 100
_MOST_CODES: Final = 10
_PROPAGATOR: Final = TraceContextTextMapPropagator()


class RequestSpan:
    """The span of one request that is recorded; a :class:`~router.execution.context.RequestTrace`."""

    def __init__(self, span: Span, tracer: Tracer) -> None:
        self._span = span
        self._tracer = tracer
        self._prepared = False
        self._errors = 0
        self._codes: set[str] = set()

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Around parsing, validating and planning."""
        with self._tracer.start_as_current_span(
            "query_planning", record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    def prepared(self, kind: str, name: str | None, text: str) -> None:
        """Note what is asked: of a batch, its first operation."""
        if self._prepared:
            return
        self._prepared = True
        self._span.set_attribute("graphql.operation.type", kind)
        if name:
            self._span.set_attribute("graphql.operation.name", name[:_LONGEST_NAME])
        digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
        self._span.set_attribute("graphql.document.hash", f"sha256:{digest}")

    def errors(self, codes: Iterable[str]) -> None:
        """Note the codes of the errors in the answer, or in one more of its payloads."""
        for code in codes:
            self._errors += 1
            if len(self._codes) < _MOST_CODES:
                self._codes.add(code[:_LONGEST_NAME])
        self._span.set_attribute("graphql.error.count", self._errors)
        self._span.set_attribute("graphql.error.codes", sorted(self._codes))

    def answered(self, status: int) -> None:
        """Note the status of the answer. Of a server only its own faults count as errors."""
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(StatusCode.ERROR)

    def abandoned(self) -> None:
        """Note that the client went away."""
        self._span.set_attribute("error.type", "client_gone")


class Tracing:
    """Makes spans and has them sent. ``make_exporter`` is called when the router starts."""

    def __init__(self, settings: TracingSettings, make_exporter: Callable[[], SpanExporter]) -> None:
        self.figures = SpanFigures()
        self._make_exporter = make_exporter
        self._processor = BoundedProcessor(settings.otlp.batch_processor, self.figures)
        provider = TracerProvider(
            sampler=_sampler(settings.common),
            resource=_resource(settings.common),
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attribute_length=1024),
        )
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("router")

    def start(self) -> None:
        """Start the thread that sends spans."""
        if not self._processor.started:
            self._processor.start(self._make_exporter())

    def flush(self) -> None:
        """Send what waits now; blocks."""
        self._processor.force_flush()

    async def aclose(self, seconds: float) -> None:
        """Send what waits, for so long at most."""
        if self._processor.started:
            await close_within(self._processor, seconds)

    def transport(self, inner: SubgraphTransport) -> TracedTransport:
        """Return the transport that traces calls, and tells subgraphs of the trace."""
        return TracedTransport(inner, self._tracer)

    @contextmanager
    def request(self, scope: Scope, route: str) -> Iterator[RequestSpan | None]:
        """Trace one request; ``None`` where this one isn't recorded."""
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        span = self._tracer.start_span(
            f"{'HTTP' if method == '_OTHER' else method} {route}",
            _PROPAGATOR.extract(_received(scope)),
            SpanKind.SERVER,
            {
                "http.request.method": method,
                "http.route": route,
                "url.path": scope["path"],
                "url.scheme": scope.get("scheme", "http"),
                "network.protocol.version": scope.get("http_version", "1.1"),
            },
        )
        known = span.get_span_context()
        ids = TRACE.set((f"{known.trace_id:032x}", f"{known.span_id:016x}"))
        token = contexts.attach(set_span_in_context(span))
        try:
            yield RequestSpan(span, self._tracer) if span.is_recording() else None
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()
            contexts.detach(token)
            TRACE.reset(ids)


def _received(scope: Scope) -> dict[str, str]:
    """Return the trace context that a request brings; none where it brings two."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in (b"traceparent", b"tracestate"):
            text = value.decode("latin-1")
            if name == b"traceparent" and "traceparent" in found:
                return {}
            key = name.decode()
            found[key] = f"{found[key]},{text}" if key in found else text
    return found


def _sampler(settings: TracingCommon) -> Sampler:
    sampler = TraceIdRatioBased(settings.sampler)
    return ParentBased(sampler) if settings.parent_based_sampler else sampler


def _resource(settings: TracingCommon) -> Resource:
    return Resource(
        {
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.version": sdk_version,
            "host.name": platform.node(),
            "process.pid": os.getpid(),
            "service.instance.id": str(uuid4()),
            "service.version": version("learning-supergraph"),
            **settings.resource,
            "service.name": settings.service_name,
        }
    )
