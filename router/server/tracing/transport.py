"""Calls of subgraphs, each as a span of its own, which the subgraph is told of (W3C Trace Context).

Enters: requests to subgraphs. Leaves: the same with ``traceparent``, and their answers as they are. Invariant: a
subgraph gets the router's trace context and no other, whatever header rules say.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport, TransportError
from router.execution.transports.wrapping import WrappingTransport

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_OWN: Final = _PROPAGATOR.fields


class TracedTransport(WrappingTransport):
    """Stands before another transport."""

    def __init__(self, inner: SubgraphTransport, tracer: Tracer) -> None:
        super().__init__(inner)
        self._tracer = tracer

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send; see :class:`~router.execution.transport.SubgraphTransport`."""
        attributes = {
            **_address(request.url),
            "subgraph.name": request.subgraph,
            "graphql.operation.type": request.kind,
        }
        span = self._tracer.start_span(f"subgraph {request.subgraph}", kind=SpanKind.CLIENT, attributes=attributes)
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, set_span_in_context(span))
        others = [header for header in request.headers if header[0].lower() not in _OWN]
        try:
            response = await self.inner.send(replace(request, headers=(*others, *carrier.items())))
        except TransportError as error:
            _note_resends(span, request.resends + error.resends)
            span.set_attribute("error.type", error.code)
            span.set_status(StatusCode.ERROR)
            raise
        except asyncio.CancelledError:
            span.set_attribute("error.type", "cancelled")
            raise
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
        else:
            _note_resends(span, request.resends + response.resends)
            span.set_attribute("http.response.status_code", response.status)
            if response.status >= 400:
                span.set_attribute("error.type", str(response.status))
                span.set_status(StatusCode.ERROR)
            return response
        finally:
            span.end()


def _note_resends(span: Span, count: int) -> None:
    if count:
        span.set_attribute("http.request.resend_count", count)


@lru_cache(maxsize=1024)
def _address(url: str) -> dict[str, str | int]:
    """What a span says of where a request goes: never credentials, nor a query string."""
    found: dict[str, str | int] = {"http.request.method": "POST"}
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return found
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    found["url.full"] = f"{parts.scheme}://{shown}:{port}{parts.path}"
    found["server.address"] = host
    found["server.port"] = port
    return found
