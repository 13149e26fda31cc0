"""OpenTelemetry's own environment variables -> settings of ``telemetry.exporters.tracing``.

Enters: the environment. Leaves: paths with values, each with the variable that it came from. Invariant: a variable has
the meaning that OpenTelemetry's specification of environment variables gives it; what a platform sets for every
process, and this one has no use for, is let pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from router.config.document import KeyPath
from router.config.problem import dotted

TRACING: Final[KeyPath] = ("telemetry", "exporters", "tracing")
ENABLED: Final[KeyPath] = (*TRACING, "otlp", "enabled")
_COMMON: Final[KeyPath] = (*TRACING, "common")
_OTLP: Final[KeyPath] = (*TRACING, "otlp")
_BATCHES: Final[KeyPath] = (*_OTLP, "batch_processor")


def _pairs(text: str) -> dict[str, str]:
    """Read ``key=value,key=value``; both parts are percent-encoded (W3C Baggage)."""
    found = (part.partition("=") for part in text.split(",") if "=" in part)
    return {unquote(key.strip()): unquote(value.strip()) for key, _, value in found}


def _milliseconds(text: str) -> str:
    return f"{text.strip()}ms"


def _text(text: str) -> str:
    return text.strip()


def _number(text: str) -> Any:
    return int(text) if text.strip().isdecimal() else text


#: In rising precedence, where two set the same.
_VARIABLES: Final[Mapping[str, tuple[KeyPath, Callable[[str], Any]]]] = {
    "OTEL_RESOURCE_ATTRIBUTES": ((*_COMMON, "resource"), _pairs),
    "OTEL_SERVICE_NAME": ((*_COMMON, "service_name"), _text),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ((*_OTLP, "endpoint"), _text),
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": ((*_OTLP, "endpoint"), _text),
    "OTEL_EXPORTER_OTLP_PROTOCOL": ((*_OTLP, "protocol"), _text),
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": ((*_OTLP, "protocol"), _text),
    "OTEL_EXPORTER_OTLP_HEADERS": ((*_OTLP, "http", "headers"), _pairs),
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": ((*_OTLP, "http", "headers"), _pairs),
    "OTEL_BSP_SCHEDULE_DELAY": ((*_BATCHES, "scheduled_delay"), _milliseconds),
    "OTEL_BSP_MAX_QUEUE_SIZE": ((*_BATCHES, "max_queue_size"), _number),
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": ((*_BATCHES, "max_export_batch_size"), _number),
    "OTEL_BSP_EXPORT_TIMEOUT": ((*_BATCHES, "max_export_timeout"), _milliseconds),
}
#: Name of a sampler: its share (``None``: the argument is it), and whether it obeys the caller.
_SAMPLERS: Final[Mapping[str, tuple[float | None, bool]]] = {
    "always_on": (1.0, False),
    "always_off": (0.0, False),
    "traceidratio": (None, False),
    "parentbased_always_on": (1.0, True),
    "parentbased_always_off": (0.0, True),
    "parentbased_traceidratio": (None, True),
}


def standard_names() -> dict[str, list[str]]:
    """Return the variables, each with the dotted keys of the settings that it makes."""
    names = {"OTEL_TRACES_EXPORTER": [ENABLED], "OTEL_SDK_DISABLED": [ENABLED]}
    names |= {name: [path] for name, (path, _) in _VARIABLES.items()}
    names["OTEL_TRACES_SAMPLER"] = [(*_COMMON, "sampler"), (*_COMMON, "parent_based_sampler")]
    names["OTEL_TRACES_SAMPLER_ARG"] = [(*_COMMON, "sampler")]
    return {name: [dotted(path) for path in paths] for name, paths in sorted(names.items())}


def switched(environment: Mapping[str, str]) -> tuple[str, bool | str] | None:
    """Return which variable turns traces on or off, and which it does; text for a value that is neither."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "OTEL_SDK_DISABLED", False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    if not exporter:
        return None
    return "OTEL_TRACES_EXPORTER", {"otlp": True, "none": False}.get(exporter, exporter)


def standard_settings(environment: Mapping[str, str]) -> Iterator[tuple[str, KeyPath, Any]]:
    """Yield the variable, the path and the value of each setting that OpenTelemetry's variables make."""
    for name, (path, read) in _VARIABLES.items():
        if environment.get(name, "").strip():
            yield name, path, read(environment[name])
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").strip()
    if sampler:
        share, obeys = _SAMPLERS.get(sampler, (None, True))
        argument = environment.get("OTEL_TRACES_SAMPLER_ARG", "").strip() or "1"
        yield "OTEL_TRACES_SAMPLER", (*_COMMON, "parent_based_sampler"), obeys
        if sampler not in _SAMPLERS:
            yield "OTEL_TRACES_SAMPLER", (*_COMMON, "sampler"), sampler
        elif share is not None:
            yield "OTEL_TRACES_SAMPLER", (*_COMMON, "sampler"), share
        else:
            yield "OTEL_TRACES_SAMPLER_ARG", (*_COMMON, "sampler"), _share(argument)


def _share(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
