"""Traces of a router as a process: a collector on loopback gets them, the last ones when the router is told to stop."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from tests.e2e.test_serve import TICK, served
from tests.unit.server.test_tracing import OUTER_SPAN, OUTER_TRACE, Collector

pytestmark = pytest.mark.e2e


def test_the_last_spans_are_sent_when_it_stops(tmp_path: Path) -> None:
    with Collector() as collector:
        settings = f"telemetry: {{exporters: {{tracing: {{otlp: {{enabled: true, endpoint: '{collector.url}'}}}}}}}}"
        with served(tmp_path, settings=settings) as router:
            headers = {"traceparent": f"00-{OUTER_TRACE}-{OUTER_SPAN}-01"}
            answer = httpx2.post(f"{router.url}/graphql", json=TICK, headers=headers, timeout=60)
            assert answer.json() == {"data": {"tick": 1}}
            code, said = router.stop()
            assert code == 0, said
        spans = [
            span
            for message in collector.received
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            if span.trace_id.hex() == OUTER_TRACE
        ]
        assert {span.name for span in spans} >= {"POST /graphql", "subgraph ticker"}
        (request,) = [span for span in spans if span.name == "POST /graphql"]
        assert request.parent_span_id.hex() == OUTER_SPAN
        attributes = {item.key: item.value for item in request.attributes}
        assert attributes["http.response.status_code"].int_value == 200
        assert attributes["network.protocol.version"].string_value == "1.1"
