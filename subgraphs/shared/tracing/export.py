"""Spans -> a collector, beside requests.

Enters: ended spans. Leaves: OTLP requests, by a thread of the SDK. Invariants: where an address holds what a caller
sent, it doesn't leave; closing takes no longer than it is given.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


@dataclass(slots=True)
class SpanFigures:
    """What became of spans, counted by the thread that sends them."""

    sent: int = 0
    failed: int = 0

    def by_outcome(self) -> dict[str, float]:
        return {"sent": self.sent, "failed": self.failed}


def otlp_exporter() -> SpanExporter:
    """The exporter that `OTEL_EXPORTER_OTLP_...` describe: endpoint, headers, certificates, timeout."""
    return OTLPSpanExporter()


class CountingExporter(SpanExporter):
    """Passes batches on to `inner`, and counts how they ended."""

    def __init__(self, inner: SpanExporter, figures: SpanFigures) -> None:
        self._inner = inner
        self._figures = figures

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._inner.export(spans)
        finally:
            if result is SpanExportResult.SUCCESS:
                self._figures.sent += len(spans)
            else:
                self._figures.failed += len(spans)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()


class QueryStringsStay(SpanProcessor):
    """A query by GET has its document and its variables in the address; they are no more for a trace than a body is."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if span.attributes and "url.query" in span.attributes:
            span.set_attribute("url.query", "redacted")


async def close_within(provider: TracerProvider, seconds: float) -> None:
    """Send what waits, and wait for that no longer than this."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def work() -> None:
        try:
            provider.shutdown()
        finally:
            # The loop may be closed by then.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(done.set)

    # A thread of the loop's executor would be waited for at the end, however long it takes.
    threading.Thread(target=work, name="traces-flush", daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await done.wait()
