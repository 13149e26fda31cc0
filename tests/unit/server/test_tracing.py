"""Traces: which spans a request makes, what stands in them and what doesn't, and what a bad collector can't do."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from router import compose, create_app
from router.server.app import RouterApp
from router.server.logs import JsonLines
from tests.unit.server.test_create_app import COURSES, QUERY, USERS, Subgraph, courses, failing, users

#: Seconds after which somebody waits for a collector that hangs, rather than for a busy machine.
LONG = 15.0
OUTER_TRACE, OUTER_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def traced(**tracing: Any) -> dict[str, Any]:
    otlp = {"enabled": True, **tracing.pop("otlp", {})}
    return {"telemetry": {"exporters": {"tracing": {"otlp": otlp, **tracing}}}}


def make_app(settings: dict[str, Any], answers: Any = courses) -> tuple[RouterApp, Subgraph, Subgraph]:
    supergraph = compose({"users": USERS, "courses": COURSES}).supergraph_sdl
    first, second = Subgraph(users), Subgraph(answers)
    return create_app(supergraph, settings=settings, subgraphs={"users": first, "courses": second}), first, second


async def ask(
    app: RouterApp, query: str = QUERY, headers: dict[str, str] | None = None, **body: Any
) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        return await client.post("http://router.test/graphql", json={"query": query, **body}, headers=headers or {})


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    monkeypatch.setattr("router.server.tracing.export.otlp_exporter", lambda _: exporter)
    return exporter


def spans_of(app: RouterApp, memory: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    assert app.router_state.tracing is not None
    app.router_state.tracing.flush()
    return {span.name: span for span in memory.get_finished_spans()}


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


class TestSpans:
    """One request with two subgraphs."""

    async def test_a_request_its_planning_and_its_calls(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app(traced())
        assert (await ask(app, "query Mine " + QUERY)).status_code == 200
        spans = spans_of(app, memory)
        assert set(spans) == {"POST /graphql", "query_planning", "subgraph users", "subgraph courses"}
        request = spans["POST /graphql"]
        assert (request.kind, request.parent, request.status.status_code) == (SpanKind.SERVER, None, StatusCode.UNSET)
        attributes = dict(request.attributes or {})
        digest = attributes.pop("graphql.document.hash")
        assert str(digest).startswith("sha256:")
        assert attributes == {
            "http.request.method": "POST",
            "http.route": "/graphql",
            "url.path": "/graphql",
            "url.scheme": "http",
            "network.protocol.version": "1.1",
            "http.response.status_code": 200,
            "graphql.operation.type": "query",
            "graphql.operation.name": "Mine",
        }
        for name in ("query_planning", "subgraph users", "subgraph courses"):
            parent = spans[name].parent
            assert parent is not None
            assert (parent.trace_id, parent.span_id) == ids(request)
        assert request.resource.attributes["service.name"] == "router"
        await app.router_state.aclose()

    async def test_a_call_says_where_it_went_and_how_it_ended(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app({**traced(), "override_subgraph_url": {"users": "http://users.test:9/graphql?key=s3cret"}})
        await ask(app)
        span = spans_of(app, memory)["subgraph users"]
        assert span.kind is SpanKind.CLIENT
        assert dict(span.attributes or {}) == {
            "http.request.method": "POST",
            "url.full": "http://users.test:9/graphql",
            "server.address": "users.test",
            "server.port": 9,
            "subgraph.name": "users",
            "graphql.operation.type": "query",
            "http.response.status_code": 200,
        }
        await app.router_state.aclose()

    async def test_a_known_operation_is_not_planned_again(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app(traced())
        await ask(app)
        spans_of(app, memory)
        memory.clear()
        await ask(app)
        assert "query_planning" not in spans_of(app, memory)
        await app.router_state.aclose()

    async def test_errors_of_a_subgraph_are_codes_without_messages(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app(traced(), failing)
        await ask(app)
        spans = spans_of(app, memory)
        attributes = spans["POST /graphql"].attributes or {}
        assert attributes["graphql.error.count"] == 1
        assert attributes["graphql.error.codes"] == ("OOPS",)
        assert "db.internal" not in "".join(span.to_json() for span in spans.values())
        await app.router_state.aclose()

    async def test_the_errors_of_all_answers_to_one_request_count(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app({**traced(), "batching": {"enabled": True}}, failing)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
            batch = [{"query": QUERY}, {"query": "{ nobody }"}, {"query": "{ me { name } }"}]
            assert len((await client.post("http://router.test/graphql", json=batch)).json()) == 3
        attributes = spans_of(app, memory)["POST /graphql"].attributes or {}
        assert attributes["graphql.error.count"] == 2
        assert attributes["graphql.error.codes"] == ("GRAPHQL_VALIDATION_FAILED", "OOPS")
        await app.router_state.aclose()

    async def test_a_subgraph_that_is_away_is_an_error_of_its_call_alone(self, memory: InMemorySpanExporter) -> None:
        supergraph = compose({"users": ("http://127.0.0.1:1/graphql", USERS), "courses": COURSES}).supergraph_sdl
        app = create_app(supergraph, settings=traced(), subgraphs={"courses": Subgraph(courses)})
        await ask(app)
        spans = spans_of(app, memory)
        call, request = spans["subgraph users"], spans["POST /graphql"]
        assert (call.status.status_code, (call.attributes or {})["error.type"]) == (
            StatusCode.ERROR,
            "SUBREQUEST_HTTP_ERROR",
        )
        assert request.status.status_code is StatusCode.UNSET
        assert (request.attributes or {})["graphql.error.codes"] == ("SUBREQUEST_HTTP_ERROR",)
        await app.router_state.aclose()

    @pytest.mark.parametrize(("tries", "ended"), [(1, "200"), (2, "SUBREQUEST_HTTP_ERROR")])
    async def test_a_request_that_was_sent_again_says_so(
        self, memory: InMemorySpanExporter, tries: int, ended: str
    ) -> None:
        lost = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal lost
            await reader.readuntil(b"\r\n\r\n")
            if lost < tries:
                lost += 1
            else:
                body = json.dumps(users({}, {})).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body))
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
        supergraph = compose({"users": (url, USERS), "courses": COURSES}).supergraph_sdl
        app = create_app(supergraph, settings=traced(), subgraphs={"courses": Subgraph(courses)})
        await ask(app)
        attributes = spans_of(app, memory)["subgraph users"].attributes or {}
        assert attributes["http.request.resend_count"] == 1
        assert str(attributes.get("error.type", attributes.get("http.response.status_code"))) == ended
        await app.router_state.aclose()
        server.close()
        await server.wait_closed()

    @pytest.mark.parametrize(
        ("query", "status", "code", "planned"),
        [("{ nope }", 400, "GRAPHQL_VALIDATION_FAILED", True), ("{", 400, "GRAPHQL_PARSE_FAILED", True)],
    )
    async def test_a_refused_operation(
        self, memory: InMemorySpanExporter, query: str, status: int, code: str, planned: bool
    ) -> None:
        app, _, _ = make_app(traced())
        assert (await ask(app, query, {"accept": "application/graphql-response+json"})).status_code == status
        spans = spans_of(app, memory)
        attributes = spans["POST /graphql"].attributes or {}
        assert (attributes["http.response.status_code"], attributes["graphql.error.codes"]) == (status, (code,))
        assert "graphql.operation.type" not in attributes
        assert (spans["query_planning"].status.status_code is StatusCode.ERROR) is planned
        await app.router_state.aclose()

    async def test_nothing_secret_stands_in_a_span(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app(traced())
        query = "query Q($x: Boolean = true) { me { name @include(if: $x) courses { title } } } # s3cret-text"
        await ask(app, query, {"authorization": "Bearer s3cret-token", "x-key": "s3cret-key"}, variables={"x": True})
        await ask(app, query, {"cookie": "s3cret"}, variables={"x": "s3cret-variable"}, operationName="s3cret-name")
        text = "".join(span.to_json() for span in memory.get_finished_spans())
        assert spans_of(app, memory)
        text = "".join(span.to_json() for span in memory.get_finished_spans())
        assert "s3cret" not in text
        await app.router_state.aclose()

    async def test_a_fault_of_the_router_is_an_error(
        self, memory: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app, _, _ = make_app(traced())

        async def broken(*_: object) -> None:
            raise TypeError("s3cret inside")

        monkeypatch.setattr("router.pipeline.Pipeline.run", broken)
        assert (await ask(app)).status_code == 500
        span = spans_of(app, memory)["POST /graphql"]
        assert (span.status.status_code, (span.attributes or {})["error.type"]) == (StatusCode.ERROR, "500")
        assert "s3cret" not in span.to_json()
        await app.router_state.aclose()


class TestPropagation:
    """W3C Trace Context, inward and outward."""

    async def test_the_callers_trace_goes_on_to_the_subgraphs(self, memory: InMemorySpanExporter) -> None:
        app, first, second = make_app(
            {**traced(), "headers": {"all": {"request": [{"propagate": {"matching": "trace.*"}}]}}}
        )
        await ask(app, headers={"traceparent": f"00-{OUTER_TRACE}-{OUTER_SPAN}-01", "tracestate": "vendor=1"})
        spans = spans_of(app, memory)
        for name, subgraph in (("users", first), ("courses", second)):
            (sent,) = subgraph.headers
            span = ids(spans[f"subgraph {name}"])[1]
            assert sent["traceparent"] == f"00-{OUTER_TRACE}-{span:016x}-01"
            assert sent["tracestate"] == "vendor=1"
        parent = spans["POST /graphql"].parent
        assert parent is not None
        assert f"{parent.span_id:016x}" == OUTER_SPAN
        await app.router_state.aclose()

    @pytest.mark.parametrize(
        "headers",
        [
            [("traceparent", "00-0-0-01")],
            [("traceparent", f"00-{OUTER_TRACE}-{OUTER_SPAN}-01")] * 2,
            [("traceparent", "\xff" * 200)],
        ],
        ids=["malformed", "twice", "garbage"],
    )
    async def test_a_bad_trace_context_begins_a_new_trace(
        self, memory: InMemorySpanExporter, headers: list[tuple[str, str]]
    ) -> None:
        app, first, _ = make_app(traced())
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
            encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
            answer = await client.post("http://router.test/graphql", json={"query": QUERY}, headers=encoded)
        assert answer.status_code == 200
        span = spans_of(app, memory)["POST /graphql"]
        assert span.parent is None
        assert OUTER_TRACE not in first.headers[0]["traceparent"]
        await app.router_state.aclose()

    @pytest.mark.parametrize(
        ("common", "flag", "recorded"),
        [
            ({"sampler": 0}, "01", True),
            ({"sampler": "always_on"}, "00", False),
            ({"sampler": 0, "parent_based_sampler": False}, "01", False),
            ({"sampler": 1, "parent_based_sampler": False}, "00", True),
        ],
    )
    async def test_who_decides_what_is_recorded(
        self, memory: InMemorySpanExporter, common: dict[str, Any], flag: str, recorded: bool
    ) -> None:
        app, first, _ = make_app(traced(common=common))
        await ask(app, headers={"traceparent": f"00-{OUTER_TRACE}-{OUTER_SPAN}-{flag}"})
        assert bool(spans_of(app, memory)) is recorded
        # What isn't recorded here may be elsewhere: the trace goes on.
        assert first.headers[0]["traceparent"].startswith(f"00-{OUTER_TRACE}-")
        assert first.headers[0]["traceparent"].endswith("01" if recorded else "00")
        await app.router_state.aclose()

    async def test_a_share_of_requests(self, memory: InMemorySpanExporter) -> None:
        app, _, _ = make_app(traced(common={"sampler": 0.5}))
        for _ in range(60):
            await ask(app)
        spans_of(app, memory)
        recorded = [span for span in memory.get_finished_spans() if span.name == "POST /graphql"]
        assert 10 < len(recorded) < 50
        await app.router_state.aclose()


async def test_off_by_default_nothing_is_sent_or_added() -> None:
    app, first, _ = make_app({})
    assert app.router_state.tracing is None
    await ask(app, headers={"traceparent": f"00-{OUTER_TRACE}-{OUTER_SPAN}-01"})
    assert "traceparent" not in first.headers[0]
    assert b"router_trace_spans_total" not in app.router_state.metrics.render()[0]
    await app.router_state.aclose()


async def test_log_lines_of_a_request_name_its_trace(memory: InMemorySpanExporter) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    handler, logger = Keep(), logging.getLogger("router.request")
    settings = traced()
    settings["telemetry"]["exporters"]["logging"] = {"stdout": {"requests": True}}
    app, _, _ = make_app(settings)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        await ask(app)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    (entry,) = [json.loads(line) for line in lines]
    trace_id, span_id = ids(spans_of(app, memory)["POST /graphql"])
    assert (entry["trace_id"], entry["span_id"]) == (f"{trace_id:032x}", f"{span_id:016x}")
    outside = json.loads(JsonLines().format(logging.makeLogRecord({"msg": "outside"})))
    assert "trace_id" not in outside
    await app.router_state.aclose()


class Collector:
    """An OTLP/HTTP receiver on loopback. ``status`` is what it answers; ``gate`` holds answers up."""

    def __init__(self) -> None:
        self.received: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.gate.wait(60)
                message = ExportTraceServiceRequest()
                message.ParseFromString(body)
                collector.received.append(message)
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                collector.paths.append(self.path)
                self.send_response(collector.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def names(self) -> list[str]:
        return [
            span.name
            for message in self.received
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as made:
        yield made


class TestSending:
    """To a collector, and to one that misbehaves."""

    async def test_spans_arrive_by_otlp_and_the_last_ones_when_the_router_stops(self, collector: Collector) -> None:
        settings = traced(
            common={"service_name": "graph", "resource": {"deployment.environment.name": "test"}},
            otlp={"endpoint": collector.url, "http": {"headers": {"x-key": "k3y"}}},
        )
        app, _, _ = make_app(settings)
        await ask(app)
        assert collector.received == []
        await app.router_state.aclose()
        assert sorted(collector.names()) == ["POST /graphql", "query_planning", "subgraph courses", "subgraph users"]
        assert (collector.paths, collector.headers[0]["x-key"]) == (["/v1/traces"], "k3y")
        resource = {
            item.key: item.value.string_value for item in collector.received[0].resource_spans[0].resource.attributes
        }
        assert (resource["service.name"], resource["deployment.environment.name"]) == ("graph", "test")
        assert {"service.version", "service.instance.id", "host.name"} <= resource.keys()
        assert b'router_trace_spans_total{outcome="sent"} 4.0' in app.router_state.metrics.render()[0]

    @pytest.mark.parametrize("status", [400, 503])
    async def test_a_collector_that_refuses_costs_requests_nothing(self, collector: Collector, status: int) -> None:
        collector.status = status
        app, _, _ = make_app(traced(otlp={"endpoint": collector.url, "batch_processor": {"max_export_timeout": "1s"}}))
        assert (await ask(app)).json()["data"]
        await app.router_state.aclose()
        assert b'router_trace_spans_total{outcome="failed"} 4.0' in app.router_state.metrics.render()[0]

    async def test_a_collector_that_hangs_holds_up_neither_requests_nor_the_stop(
        self, collector: Collector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("router.server.state.FLUSH", 0.3)
        collector.gate.clear()
        app, _, _ = make_app(traced(otlp={"endpoint": collector.url, "batch_processor": {"scheduled_delay": "10ms"}}))
        for _ in range(5):
            started = time.monotonic()
            assert (await ask(app)).status_code == 200
            assert time.monotonic() - started < LONG
        started = time.monotonic()
        await app.router_state.aclose()
        assert time.monotonic() - started < LONG

    async def test_an_endpoint_where_nobody_listens(self) -> None:
        app, _, _ = make_app(
            traced(otlp={"endpoint": "http://127.0.0.1:1", "batch_processor": {"max_export_timeout": "300ms"}})
        )
        assert (await ask(app)).json()["data"]
        started = time.monotonic()
        await app.router_state.aclose()
        assert time.monotonic() - started < LONG
        assert b'outcome="failed"} 4.0' in app.router_state.metrics.render()[0]

    async def test_what_waits_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        released = threading.Event()

        class Stuck(SpanExporter):
            def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
                released.wait(20)
                return SpanExportResult.SUCCESS

            def shutdown(self) -> None:
                pass

        monkeypatch.setattr("router.server.tracing.export.otlp_exporter", lambda _: Stuck())
        batches = {"max_queue_size": 8, "max_export_batch_size": 4, "scheduled_delay": "5ms"}
        app, _, _ = make_app(traced(otlp={"batch_processor": batches}))
        for _ in range(10):
            assert (await ask(app)).status_code == 200
            await asyncio.sleep(0.01)
        tracing = app.router_state.tracing
        assert tracing is not None
        figures = tracing.figures
        assert figures.taken - figures.handed <= 8
        assert figures.dropped >= 10
        assert figures.taken + figures.dropped >= 31
        released.set()
        await app.router_state.aclose()
        assert figures.sent == figures.taken


async def test_the_router_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from router.errors import InputError

    for name in [name for name in sys.modules if name.startswith("router.server.tracing.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(InputError, match=r"pip install 'learning-supergraph\[telemetry\]'"):
        make_app(traced())
