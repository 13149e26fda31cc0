"""The log: one line an event on standard error, as text or as JSON.

Enters: log records. Leaves: lines. Invariant: a line never holds a line break of its content, so nobody can forge one;
headers, tokens, statements' parameters and variables are never given to the log, but that at the level debug each
request's address is there, with the query string of a GET.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any, Final

from opentelemetry.trace import get_current_span

from subgraphs.shared.settings import ServiceSettings

#: Seconds for which a library doesn't repeat itself.
QUIET: Final = 60.0
#: Of OpenTelemetry's exporter and of what it sends with.
TRACES: Final = ("opentelemetry", "urllib3")


class TextLines(logging.Formatter):
    """`2026-11-23 12:00:00,000 INFO subgraphs.shared.app: ...`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        ids = "".join(f" {name}={value}" for name, value in trace_of_now().items())
        return (super().format(record) + ids).replace("\r", " ").replace("\n", " ⏎ ")


class JsonLines(logging.Formatter):
    """One JSON object a line, with the same names as the router's."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **trace_of_now(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class OnceInAWhile(logging.Filter):
    """Lets each message about traces pass once a minute: a collector that is away is no news for long."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record passes."""
        if record.name.partition(".")[0] not in TRACES:
            return True
        key = (record.name, str(record.msg))
        last = self._said.get(key)
        if last is not None and record.created - last < QUIET:
            return False
        self._said[key] = record.created
        return True


def trace_of_now() -> dict[str, str]:
    """The trace and the span that a line belongs to; nothing where traces are off."""
    known = get_current_span().get_span_context()
    return {"trace_id": f"{known.trace_id:032x}", "span_id": f"{known.span_id:016x}"} if known.is_valid else {}


def configure_logs(settings: ServiceSettings) -> None:
    """Send everything to standard error, as the settings say. The server's own loggers must have no handlers."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    handler.addFilter(OnceInAWhile())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("httpx2", *TRACES):
        logging.getLogger(name).setLevel(logging.WARNING)
