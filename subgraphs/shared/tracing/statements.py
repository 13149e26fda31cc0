"""Each statement of a database as a span.

Enters: an engine's events. Leaves: spans below the one that is current where the statement was asked for. Invariant:
of a statement only its text with placeholders leaves, never a parameter; of its failure only the class of the error,
since a driver's message quotes values.
"""

from __future__ import annotations

import re
from typing import Any, Final

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext

SYSTEMS: Final = {"postgresql": "postgresql", "sqlite": "sqlite"}
#: The first word, and the first table that is named after FROM, INTO or UPDATE.
TARGET: Final = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)
LONGEST_TEXT: Final = 1_000
SPAN: Final = "trace_span"


def trace_statements(engine: Engine, tracer: Tracer) -> None:
    """Trace what runs on this engine; what runs outside of a request isn't traced."""
    system = SYSTEMS.get(engine.dialect.name, "other_sql")
    whereabouts: dict[str, Any] = {"db.system.name": system}
    if system != "sqlite":
        url = engine.url
        found = {"db.namespace": url.database, "server.address": url.host, "server.port": url.port}
        whereabouts |= {name: value for name, value in found.items() if value}

    def begin(
        _connection: Connection,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        context: ExecutionContext | None,
        _many: bool,
    ) -> None:
        if context is None or not get_current_span().is_recording():
            return
        span = tracer.start_span(summary(statement), kind=SpanKind.CLIENT, attributes=whereabouts)
        span.set_attribute("db.operation.name", statement.split(None, 1)[0].upper())
        span.set_attribute("db.query.text", statement[:LONGEST_TEXT])
        setattr(context, SPAN, span)

    def end(
        _connection: Connection, _cursor: Any, _s: str, _p: Any, context: ExecutionContext | None, _many: bool
    ) -> None:
        span = span_of(context)
        if span is not None:
            span.end()

    def fail(failure: ExceptionContext) -> None:
        span = span_of(failure.execution_context)
        if span is not None:
            error = failure.original_exception
            span.set_attribute("error.type", getattr(error, "sqlstate", None) or type(error).__name__)
            span.set_status(StatusCode.ERROR)
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def span_of(context: ExecutionContext | None) -> Span | None:
    """The span of a statement that runs, which then has none any more."""
    span: Span | None = getattr(context, SPAN, None)
    if span is not None:
        setattr(context, SPAN, None)
    return span


def summary(statement: str) -> str:
    """Such as `SELECT courses`."""
    operation = statement.split(None, 1)[0].upper()
    target = TARGET.search(statement)
    return f"{operation} {target[1]}" if target else operation
