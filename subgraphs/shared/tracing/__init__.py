"""Traces (OpenTelemetry): what a service does with a request, sent to a collector.

Enters: the environment, by OpenTelemetry's own variables. Leaves: a `Tracing`, or None. Invariants: where traces are
off nothing of the SDK is loaded, and a request pays one look at None; whatever happens to traces, requests go on.

Traces are on where `OTEL_TRACES_EXPORTER` is `otlp`, as at the router; an endpoint alone turns nothing on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import httpx2
from fastapi.telemetry import TelemetryConfig

if TYPE_CHECKING:
    from subgraphs.shared.tracing.spans import Tracing

#: What traces the request that is answered here; None where traces are off.
TRACING: ContextVar[Tracing | None] = ContextVar("tracing", default=None)
#: FastAPI makes no spans, metrics and logs by itself, whatever another library of the process has set up.
NO_REQUESTS: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def open_tracing(service: str, environment: Mapping[str, str] = os.environ) -> Tracing | None:
    """What traces this service's requests. Raises ValueError for what can't be, with the remedy."""
    if not is_switched_on(environment):
        return None
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol and protocol.strip() != "http/protobuf":
        raise ValueError(
            "OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is supported; the collector's port for it is often 4318"
        )
    try:
        from subgraphs.shared.tracing.export import otlp_exporter
        from subgraphs.shared.tracing.spans import Tracing
    except ImportError as error:
        raise ValueError(
            f"OTEL_TRACES_EXPORTER=otlp needs OpenTelemetry, which isn't installed ({error.name}); "
            "pip install 'learning-supergraph[telemetry]'"
        ) from None
    return Tracing(service, otlp_exporter)


def is_switched_on(environment: Mapping[str, str]) -> bool:
    """Whether the variables ask for traces. Raises ValueError for an exporter that isn't there."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip() or "none"
    if exporter not in ("otlp", "none"):
        raise ValueError(f"OTEL_TRACES_EXPORTER: {exporter} is not supported; write otlp or none")
    return exporter == "otlp"


def traced_call(service: str, method: str, url: httpx2.URL) -> AbstractContextManager[Mapping[str, str]]:
    """Around a call of another service; with the headers that tell it of the trace that the call belongs to."""
    tracing = TRACING.get()
    return nullcontext({}) if tracing is None else tracing.call(service, method, url)
