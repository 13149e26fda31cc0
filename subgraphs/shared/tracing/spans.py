"""The spans of a service: its operations, the entities it resolves, its statements, its calls of siblings.

Enters: what happens to a request; the request's own span is FastAPI's. Leaves: ended spans, with the names and
attributes of OpenTelemetry's semantic conventions. Invariant: no span holds a document's text, a variable, a header, a
statement's parameters or a message of an error; a client can make neither names nor values without end.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final
from uuid import uuid4

import httpx2
from fastapi.telemetry import TelemetryConfig
from graphql import OperationDefinitionNode
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.version import __version__ as sdk_version
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Engine

from subgraphs.shared.tracing import NO_REQUESTS
from subgraphs.shared.tracing.export import CountingExporter, QueryStringsStay, SpanFigures, close_within
from subgraphs.shared.tracing.statements import trace_statements

#: Seconds for the last spans, when the service stops.
FLUSH: Final = 5.0
LONGEST_NAME: Final = 100
MOST_CODES: Final = 10
PROPAGATOR: Final = TraceContextTextMapPropagator()


class Tracing:
    """Makes spans and has them sent. `make_exporter` is called when the service starts."""

    def __init__(self, service: str, make_exporter: Callable[[], SpanExporter]) -> None:
        self.figures = SpanFigures()
        self._make_exporter = make_exporter
        # The sampler is the one that OTEL_TRACES_SAMPLER names; a caller that records decides, where it names none.
        self._provider = TracerProvider(
            resource=resource_of(service),
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attribute_length=1024, max_events=0),
        )
        self._provider.add_span_processor(QueryStringsStay())
        self._tracer = self._provider.get_tracer("subgraphs")

    @property
    def requests(self) -> TelemetryConfig:
        """How FastAPI makes the span of each request: none of a probe, which nobody asked for."""
        return {
            **NO_REQUESTS,
            "tracing": True,
            "tracer_provider": self._provider,
            "exclude": lambda scope: scope.get("path", "").startswith("/health"),
        }

    def start(self) -> None:
        """Start the thread that sends spans."""
        self._provider.add_span_processor(BatchSpanProcessor(CountingExporter(self._make_exporter(), self.figures)))

    def flush(self) -> None:
        """Send what waits now; blocks."""
        self._provider.force_flush()

    async def aclose(self) -> None:
        """Send what waits, for so long at most."""
        await close_within(self._provider, FLUSH)

    def statements_of(self, engines: Iterable[Engine]) -> None:
        """Trace the statements of these engines, as long as there are some."""
        for engine in engines:
            trace_statements(engine, self._tracer)

    @staticmethod
    def note_errors(codes: Sequence[str]) -> None:
        """Note the codes of the errors in the answer, in the span of the request."""
        span = get_current_span()
        span.set_attribute("graphql.error.count", len(codes))
        span.set_attribute("graphql.error.codes", sorted({code[:LONGEST_NAME] for code in codes})[:MOST_CODES])

    @contextmanager
    def operation(self, operation: OperationDefinitionNode, text: str) -> Iterator[None]:
        """Around the execution of an operation."""
        kind = operation.operation.value
        attributes = {"graphql.operation.type": kind}
        if operation.name:
            attributes["graphql.operation.name"] = operation.name.value[:LONGEST_NAME]
        digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
        attributes["graphql.document.hash"] = f"sha256:{digest}"
        with self._span(kind, attributes):
            yield

    @contextmanager
    def entities(self, typename: str, count: int) -> Iterator[None]:
        """Around the resolving of one type's representations."""
        attributes = {"graphql.entity.type": typename, "graphql.entity.count": count}
        with self._span(f"entities {typename}", attributes):
            yield

    @contextmanager
    def call(self, service: str, method: str, url: httpx2.URL) -> Iterator[dict[str, str]]:
        """Around a call of another service; with the headers that tell that service of it."""
        attributes = {
            "http.request.method": method,
            "server.address": url.host,
            "server.port": url.port or (443 if url.scheme == "https" else 80),
            "service.peer.name": service,
        }
        with self._span(f"{method} {service}", attributes, SpanKind.CLIENT):
            headers: dict[str, str] = {}
            PROPAGATOR.inject(headers)
            yield headers

    @contextmanager
    def _span(self, name: str, attributes: dict[str, Any], kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
        """A span that is the current one, and of an exception notes the class alone."""
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except asyncio.CancelledError:
                span.set_attribute("error.type", "cancelled")
                raise
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise


def resource_of(service: str) -> Resource:
    """What all spans of this process say of it; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win."""
    return Resource(
        {
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.version": sdk_version,
            "host.name": platform.node(),
            "process.pid": os.getpid(),
            "service.instance.id": str(uuid4()),
            "service.version": version("learning-supergraph"),
            "service.name": service,
            **OTELResourceDetector().detect().attributes,
        }
    )
