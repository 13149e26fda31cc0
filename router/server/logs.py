"""The log: one line an event on standard error, as text or JSON.

Enters: log records. Leaves: lines. Invariant: a line never holds a line break of its content, so nobody can forge
one; headers, tokens and variables are never given to the log.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from contextvars import ContextVar
from typing import Final

from router.config.telemetry import Stdout

_FIELDS: Final = ("request_id", "operation_name", "status", "duration_ms")
_LOGGERS: Final = ("router", "uvicorn.error")
#: Seconds in which a library says the same thing once.
_QUIET: Final = 60.0
#: Trace and span id of the request that is being answered, where it has them.
TRACE: Final[ContextVar[tuple[str, str] | None]] = ContextVar("router_trace", default=None)


class TextLines(logging.Formatter):
    """``12:00:00 INFO router.supergraph Serving ...``"""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = "".join(f" {name}={getattr(record, name)}" for name in _FIELDS if getattr(record, name, ""))
        ids = TRACE.get()
        text = record.getMessage() + fields + (f" trace_id={ids[0]}" if ids else "")
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        return f"{clock} {record.levelname} {record.name} " + text.replace("\r", " ").replace("\n", " ⏎ ")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update({name: getattr(record, name) for name in _FIELDS if hasattr(record, name)})
        ids = TRACE.get()
        if ids:
            entry["trace_id"], entry["span_id"] = ids
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class OnceInAWhile(logging.Filter):
    """Lets a message pass once a minute, whatever stands in its gaps: a collector that is away is no news for long."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record passes."""
        key = (record.name, str(record.msg))
        last = self._said.get(key)
        if last is not None and record.created - last < _QUIET:
            return False
        self._said[key] = record.created
        return True


def configure_logs(settings: Stdout) -> None:
    """Send the router's log to standard error, by the settings of `telemetry.exporters.logging.stdout`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(settings.level.upper())
    exporting = logging.StreamHandler(sys.stderr)
    exporting.setFormatter(handler.formatter)
    exporting.addFilter(OnceInAWhile())
    library = logging.getLogger("opentelemetry")
    library.handlers, library.propagate = [exporting], False
    library.setLevel(logging.WARNING)
    # It says that it started and stopped in many words; the router says it itself.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
