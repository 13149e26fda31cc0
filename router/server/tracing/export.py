"""Spans -> a collector, beside requests.

Enters: ended spans. Leaves: OTLP requests, by a thread of their own. Invariants: no more spans wait than the settings
allow, and what comes beyond is dropped and counted; a collector that is slow or away costs requests nothing; closing
takes no longer than it is given.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from router.config.telemetry import BatchProcessor, Otlp

_PATH = "/v1/traces"


@dataclass(slots=True)
class SpanFigures:
    """What became of spans. ``taken`` and ``dropped`` are counted by the event loop, the others by the thread."""

    taken: int = 0
    dropped: int = 0
    handed: int = 0
    sent: int = 0
    failed: int = 0


def otlp_exporter(settings: Otlp) -> SpanExporter:
    """Return the exporter for a collector; certificates come from the ``OTEL_EXPORTER_OTLP_*CERTIFICATE`` variables."""
    endpoint = settings.endpoint
    if not endpoint.endswith(_PATH):
        endpoint = endpoint.rstrip("/") + _PATH
    headers = {name: value.get_secret_value() for name, value in settings.http.headers.items()}
    return OTLPSpanExporter(endpoint, headers=headers, timeout=settings.batch_processor.max_export_timeout)


class CountingExporter(SpanExporter):
    """Passes batches on to ``inner``, and counts how they ended."""

    def __init__(self, inner: SpanExporter, figures: SpanFigures) -> None:
        self._inner = inner
        self._figures = figures

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        self._figures.handed += len(spans)
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
        """Give up what is being sent."""
        self._inner.shutdown()


class BoundedProcessor(SpanProcessor):
    """Gathers ended spans for the thread that sends them; what ends while there is none goes nowhere."""

    def __init__(self, settings: BatchProcessor, figures: SpanFigures) -> None:
        self._figures = figures
        self._settings = settings
        self._inner: BatchSpanProcessor | None = None

    def start(self, exporter: SpanExporter) -> None:
        """Start the thread."""
        self._inner = BatchSpanProcessor(
            CountingExporter(exporter, self._figures),
            max_queue_size=self._settings.max_queue_size,
            schedule_delay_millis=self._settings.scheduled_delay * 1000,
            max_export_batch_size=self._settings.max_export_batch_size,
            export_timeout_millis=self._settings.max_export_timeout * 1000,
        )

    @property
    def started(self) -> bool:
        """Whether there is a thread."""
        return self._inner is not None

    def on_end(self, span: ReadableSpan) -> None:
        """Keep a span, unless too many wait."""
        figures = self._figures
        if self._inner is None:
            return
        if figures.taken - figures.handed >= self._settings.max_queue_size:
            figures.dropped += 1
            return
        figures.taken += 1
        self._inner.on_end(span)

    def shutdown(self) -> None:
        """Send what waits; blocks until it is sent or given up."""
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int | None = 30_000) -> bool:
        """Send what waits now."""
        return self._inner is None or self._inner.force_flush(timeout_millis)


async def close_within(processor: SpanProcessor, seconds: float) -> None:
    """Shut a processor down, and wait for it no longer than this."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def work() -> None:
        try:
            processor.shutdown()
        finally:
            # The loop may be closed by then.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(done.set)

    # A thread of the loop's executor would be waited for at the end, however long it takes.
    threading.Thread(target=work, name="traces-flush", daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await done.wait()
