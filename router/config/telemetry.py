"""The section ``telemetry`` of ``router.yaml``: metrics, the log, traces.

Enters: validated data. Leaves: a :class:`Telemetry`. Invariant: nothing of it is on that sends data anywhere, unless it
was asked for.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, SecretStr, WithJsonSchema, model_validator

from router.config.supergraph_file import HeaderName, HttpUrl
from router.config.validation import Section
from router.config.values import Count, LongerThanNone, UrlPath

_SAMPLERS: Final = {"always_on": 1.0, "always_off": 0.0}


def _ratio(value: Any) -> Any:
    if isinstance(value, str) and value in _SAMPLERS:
        return _SAMPLERS[value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f'"{value}" is not a share; write a number from 0 to 1, always_on or always_off')
    return float(value)


def _protocol(value: Any) -> Any:
    if value in ("http", "http/protobuf"):
        return "http"
    raise ValueError(f'"{value}" is not supported; write http, and the collector\'s port for it, which is often 4318')


def _secret_text(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    # A message never holds the value.
    if not isinstance(text, str) or not text.isprintable():
        raise ValueError("one line of text is expected")
    return SecretStr(text)


Ratio = Annotated[
    float,
    BeforeValidator(_ratio),
    WithJsonSchema({"anyOf": [{"enum": sorted(_SAMPLERS)}, {"type": "number", "minimum": 0, "maximum": 1}]}),
]
SecretText = Annotated[SecretStr, BeforeValidator(_secret_text), WithJsonSchema({"type": "string", "writeOnly": True})]


class Prometheus(Section):
    """Metrics in Prometheus' text form."""

    enabled: bool = True
    """Serve them."""
    path: UrlPath = "/metrics"
    """Where."""


class Metrics(Section):
    """Metrics."""

    prometheus: Prometheus = Prometheus()
    """Metrics in Prometheus' text form."""


class Stdout(Section):
    """The log on standard error."""

    format: Literal["text", "json"] = "text"
    """One line of text, or one JSON object a line."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged."""
    requests: bool = False
    """One line a request: id, operation name, status, duration, trace. Never variables or tokens."""


class Logging(Section):
    """The log."""

    stdout: Stdout = Stdout()
    """The log of the process."""


class TracingCommon(Section):
    """What is traced, and under which name."""

    service_name: Annotated[str, Field(min_length=1)] = "router"
    """The name by which traces call the router (`service.name`)."""
    resource: dict[str, str] = Field(default_factory=dict)
    """Further attributes of the router, such as `deployment.environment.name`."""
    sampler: Ratio = 1.0
    """The share of requests that is traced, from 0 to 1, or `always_on`, `always_off`."""
    parent_based_sampler: bool = True
    """Obey a caller's `traceparent` that says whether its trace is recorded. Turn it off where anybody may call."""


class BatchProcessor(Section):
    """Spans wait for each other and are sent together."""

    scheduled_delay: LongerThanNone = 5.0
    """Longest wait."""
    max_queue_size: Count = 2048
    """Most spans that wait; what comes beyond is dropped."""
    max_export_batch_size: Count = 512
    """Most spans that are sent at once."""
    max_export_timeout: LongerThanNone = 10.0
    """Longest time for sending them, all tries together."""

    @model_validator(mode="after")
    def _batches_fit(self) -> BatchProcessor:
        if self.max_export_batch_size > self.max_queue_size:
            raise ValueError("max_export_batch_size is more than max_queue_size; nothing would be sent")
        return self


class OtlpHttp(Section):
    """OTLP over HTTP."""

    headers: dict[HeaderName, SecretText] = Field(default_factory=dict)
    """Headers of each request, such as a key: `${env.TRACES_KEY}`."""


class Otlp(Section):
    """Traces go to an OpenTelemetry collector, or to whatever speaks its protocol."""

    enabled: bool = False
    """Send them; needs the package's extra `telemetry`, which the image has."""
    endpoint: HttpUrl = "http://localhost:4318"
    """Where; `/v1/traces` is added where it isn't there."""
    protocol: Annotated[Literal["http"], BeforeValidator(_protocol)] = "http"
    """OTLP over HTTP, in binary form."""
    http: OtlpHttp = OtlpHttp()
    """OTLP over HTTP."""
    batch_processor: BatchProcessor = BatchProcessor()
    """How spans are gathered."""


class Tracing(Section):
    """Traces (OpenTelemetry)."""

    common: TracingCommon = TracingCommon()
    """What is traced."""
    otlp: Otlp = Otlp()
    """Where traces go."""


class Exporters(Section):
    """Where telemetry goes."""

    metrics: Metrics = Metrics()
    """Metrics."""
    logging: Logging = Logging()
    """The log."""
    tracing: Tracing = Tracing()
    """Traces."""


class Telemetry(Section):
    """Metrics, the log, traces."""

    exporters: Exporters = Exporters()
    """Where they go."""
