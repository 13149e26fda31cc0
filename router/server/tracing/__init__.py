"""Traces (OpenTelemetry): what a request went through, sent to a collector.

Enters: settings. Leaves: a :class:`~router.server.tracing.spans.Tracing`, or ``None``. Invariants: where traces are off
nothing of OpenTelemetry is loaded, and a request pays one look at ``None``; whatever happens to traces, requests go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.config.telemetry import Tracing as TracingSettings
from router.errors import InputError

if TYPE_CHECKING:
    from router.server.tracing.spans import Tracing


def open_tracing(settings: TracingSettings) -> Tracing | None:
    """Return what traces requests, by the settings. Raises :class:`InputError` where the packages are missing."""
    if not settings.otlp.enabled:
        return None
    try:
        from router.server.tracing.export import otlp_exporter
        from router.server.tracing.spans import Tracing
    except ImportError as error:
        raise InputError(
            f"telemetry.exporters.tracing.otlp.enabled needs OpenTelemetry, which isn't installed ({error.name}); "
            "pip install 'learning-supergraph[telemetry]'"
        ) from None
    return Tracing(settings, lambda: otlp_exporter(settings.otlp))
