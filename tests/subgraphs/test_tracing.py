"""Traces of the services: which spans there are, how they hang together with the router's, and what isn't in them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from router import compose, create_app
from subgraphs.courses.cli import main as courses
from subgraphs.courses.seed import GRAPHQL_ID, PYTHON_ID
from subgraphs.enrollments.seed import STUDENT1_GRAPHQL_ID
from subgraphs.shared.tracing import open_tracing
from subgraphs.users.seed import STUDENT1_ID
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import SERVICES, Platform

OUTER_TRACE, OUTER_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACED = {"traceparent": f"00-{OUTER_TRACE}-{OUTER_SPAN}-01"}
ENTITIES = "query Some($r: [_Any!]!) { _entities(representations: $r) { ... on Course { title } } }"
THE_QUERY = "query Mine($id: ID!) { enrollment(id: $id) { user { email } course { title } } }"
COURSE = {"__typename": "Course", "id": str(GRAPHQL_ID)}


class Memory:
    """The spans of all services of a process, by what made them."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.platform: Platform | None = None

    def spans(self) -> list[ReadableSpan]:
        assert self.platform is not None
        for app in self.platform.apps.values():
            app.state.service.tracing.flush()
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans() if span.name == name]
        return found


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    memory = Memory()
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setattr("subgraphs.shared.tracing.export.otlp_exporter", lambda: memory.exporter)
    return memory


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def span_id(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.span_id


async def test_a_request_its_operation_its_entities_and_its_statements(start: StartPlatform, memory: Memory) -> None:
    memory.platform = platform = await start()
    await platform.ask("courses", "{ __typename }")  # the first request looks whether the database is ready
    memory.spans()
    memory.exporter.clear()
    answer = await platform.ask("courses", ENTITIES, headers=TRACED, r=[COURSE, {**COURSE, "id": str(PYTHON_ID)}])
    assert answer.data["_entities"][0]["title"]
    spans = {span.name: span for span in memory.spans()}
    assert set(spans) == {"POST /graphql", "query", "entities Course", "SELECT courses"}
    request = spans["POST /graphql"]
    assert request.kind is SpanKind.SERVER
    assert request.parent is not None
    assert (f"{request.parent.trace_id:032x}", f"{request.parent.span_id:016x}") == (OUTER_TRACE, OUTER_SPAN)
    assert request.resource.attributes["service.name"] == "courses"
    found = attributes(request)
    assert (found["http.request.method"], found["http.route"], found["http.response.status_code"]) == (
        "POST",
        "/graphql",
        200,
    )
    operation = attributes(spans["query"])
    assert operation.pop("graphql.document.hash").startswith("sha256:")
    assert operation == {"graphql.operation.type": "query", "graphql.operation.name": "Some"}
    assert attributes(spans["entities Course"]) == {"graphql.entity.type": "Course", "graphql.entity.count": 2}
    statement = attributes(spans["SELECT courses"])
    assert (statement["db.system.name"], statement["db.operation.name"]) == ("sqlite", "SELECT")
    assert "FROM courses" in statement["db.query.text"]
    chain = ["POST /graphql", "query", "entities Course", "SELECT courses"]
    for inner, outer in zip(chain[1:], chain, strict=False):
        parent = spans[inner].parent
        assert parent is not None
        assert parent.span_id == span_id(spans[outer]), inner


async def test_statements_of_postgresql_say_where_they_went(memory: Memory, either_platform: Platform) -> None:
    memory.platform = platform = either_platform
    await platform.ask("courses", '{ course(id: "' + str(GRAPHQL_ID) + '") { title } }')
    statement = attributes(memory.named("SELECT courses"))
    assert statement["db.system.name"] == ("sqlite" if platform.is_sqlite else "postgresql")
    assert ("db.namespace" in statement) is not platform.is_sqlite
    assert str(GRAPHQL_ID) not in str(statement)


async def test_one_request_is_one_trace_from_the_router_to_the_databases(
    start: StartPlatform, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.server.tracing.export.otlp_exporter", lambda _: memory.exporter)
    memory.platform = platform = await start()
    schemas = {
        name: (f"http://{name}.test/graphql", app.state.service.schema.sdl) for name, app in platform.apps.items()
    }
    settings = {
        "telemetry": {"exporters": {"tracing": {"otlp": {"enabled": True}}}},
        "headers": {"all": {"request": [{"propagate": {"named": "authorization"}}]}},
    }
    sdl = compose(schemas).supergraph_sdl
    router = create_app(sdl, settings=settings, subgraphs=platform.apps)
    answer = await ask_router(router, platform, THE_QUERY, {"id": str(STUDENT1_GRAPHQL_ID)})
    assert answer["data"]["enrollment"] == {
        "user": {"email": "student1@learn.test"},
        "course": {"title": "Introduction to GraphQL"},
    }
    tracing = router.router_state.tracing
    assert tracing is not None
    tracing.flush()
    spans = memory.spans()
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    by_id = {span_id(span): span for span in spans}
    roots = [span for span in spans if span.parent is None or span.parent.span_id not in by_id]
    assert [(span.name, span.resource.attributes["service.name"]) for span in roots] == [("POST /graphql", "router")]
    made_by = {str(span.resource.attributes["service.name"]) for span in spans}
    assert made_by == {"router", *SERVICES}
    # Each service's request hangs below the router's call of that very service, or below a sibling's.
    for span in spans:
        service = span.resource.attributes["service.name"]
        if span.kind is SpanKind.SERVER and service != "router":
            assert span.parent is not None
            assert span.parent.is_remote  # by the header, not by sharing a process
            caller = by_id[span.parent.span_id]
            assert caller.kind is SpanKind.CLIENT
            assert str(service) in caller.name
    assert {span.name for span in spans if span.name.startswith("SELECT")} >= {
        "SELECT enrollments",
        "SELECT courses",
        "SELECT accounts",
    }
    await router.router_state.aclose()


async def ask_router(router: Any, platform: Platform, query: str, variables: dict[str, Any]) -> Any:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(router)) as client:
        headers = {"authorization": f"Bearer {platform.student}"}
        body = {"query": query, "variables": variables}
        return (await client.post("http://router.test/graphql", json=body, headers=headers)).json()


async def test_nothing_that_a_caller_sent_is_in_a_span(start: StartPlatform, memory: Memory) -> None:
    memory.platform = platform = await start()
    email, password = "someone@private.test", "a-very-secret-password"
    sign_up = "mutation Up($e: String!, $p: String!) { createUser(email: $e, password: $p) { id } }"
    sign_in = f'mutation {{ tokenAuth(username: "{email}", password: "{password}") {{ accessToken refreshToken }} }}'
    await platform.ask("users", sign_up, e=email, p=password)
    assert (await platform.ask("users", sign_up, e=email, p=password)).codes == ["EMAIL_TAKEN"]
    tokens = (await platform.ask("users", sign_in)).data["tokenAuth"]
    await platform.ask("users", "{ whoami { email } }", tokens["accessToken"])
    await platform.client.get("http://users.test/graphql", params={"query": f'{{ user(id: "{email}") {{ id }} }}'})
    written = "".join(span.to_json() for span in memory.spans())
    for secret in (email, password, tokens["accessToken"], tokens["refreshToken"], "argon2id"):
        assert secret not in written
    assert '"url.query": "redacted"' in written
    assert "INSERT" in written


async def test_a_statement_that_fails_says_what_kind_of_failure_it_was(start: StartPlatform, memory: Memory) -> None:
    """The database's own words would quote the values that it refused."""
    memory.platform = platform = await start()
    service = platform.apps["users"].state.service

    async def insert_twice() -> None:
        async with service.database.write() as session:
            connection = await session.connection()
            for _ in range(2):
                await connection.execute(text("INSERT INTO alembic_version VALUES ('someone@private.test')"))

    with service.tracing.call("tests", "GET", platform.client.base_url), pytest.raises(IntegrityError):
        await insert_twice()
    inserts = [span for span in memory.spans() if span.name == "INSERT alembic_version"]
    assert [span.status.status_code for span in inserts] == [StatusCode.UNSET, StatusCode.ERROR]
    assert attributes(inserts[1])["error.type"] == "IntegrityError"
    assert not inserts[1].status.description
    assert not inserts[1].events


async def test_errors_are_codes_without_messages(start: StartPlatform, memory: Memory) -> None:
    memory.platform = platform = await start()
    await platform.ask("users", "{ users { id } }")
    found = attributes(memory.named("POST /graphql"))
    assert (found["graphql.error.count"], found["graphql.error.codes"]) == (1, ("UNAUTHENTICATED",))


async def test_a_sibling_that_is_away_is_an_error_of_its_call(start: StartPlatform, memory: Memory) -> None:
    memory.platform = platform = await start()
    platform.cut_off("courses")
    create = "mutation($u: ID!, $c: ID!) { createEnrollment(userId: $u, courseId: $c) { id } }"
    answer = await platform.ask("enrollments", create, platform.student, u=str(STUDENT1_ID), c=str(PYTHON_ID))
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]
    call = memory.named("POST courses")
    assert (call.kind, call.status.status_code) == (SpanKind.CLIENT, StatusCode.ERROR)
    assert attributes(call) == {
        "http.request.method": "POST",
        "server.address": "courses.test",
        "server.port": 80,
        "service.peer.name": "courses",
        "error.type": "ConnectError",
    }


@pytest.mark.parametrize(("flag", "recorded"), [("01", True), ("00", False)])
async def test_the_caller_says_whether_it_is_recorded(
    start: StartPlatform, memory: Memory, flag: str, recorded: bool
) -> None:
    memory.platform = platform = await start()
    await platform.ask(
        "courses", "{ allCourses { title } }", headers={"traceparent": f"00-{OUTER_TRACE}-{OUTER_SPAN}-{flag}"}
    )
    assert bool(memory.spans()) is recorded


async def test_probes_are_not_traced(start: StartPlatform, memory: Memory) -> None:
    memory.platform = platform = await start()
    for path in ("/health", "/health/live", "/health/ready"):
        assert (await platform.client.get(f"http://users.test{path}")).status_code == 200
    assert memory.spans() == []


async def test_the_environment_names_the_service_and_the_share(
    start: StartPlatform, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "learning-users")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "k8s.namespace.name=prod")
    memory.platform = platform = await start()
    await platform.ask("users", "{ __typename }")
    resource = memory.named("POST /graphql").resource.attributes
    assert (resource["service.name"], resource["k8s.namespace.name"]) == ("learning-users", "prod")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    memory.exporter.clear()
    memory.platform = other = await start()
    await other.ask("users", "{ __typename }")
    assert memory.spans() == []


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_off_is_the_default(environment: dict[str, str]) -> None:
    assert open_tracing("users", environment) is None


async def test_off_means_that_fastapi_makes_none_either(platform: Platform) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = platform.apps["users"]
    assert app.state.service.tracing is None
    assert not app._native_telemetry.enabled()
    await platform.ask("users", "{ __typename }", headers=TRACED)
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OTEL_TRACES_EXPORTER": "jaeger"}, "OTEL_TRACES_EXPORTER: jaeger is not supported; write otlp or none"),
        (
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is supported",
        ),
    ],
)
def test_what_it_cannot_do_ends_the_start_in_a_sentence(
    environment: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"COURSES_DATABASE_URL": f"sqlite:///{tmp_path / 'c.sqlite3'}", **environment}.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(courses, ["serve", "--port", "0"])
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {message}")


class Collector(ThreadingHTTPServer):
    """Takes OTLP, or answers with a status, once the gate is open."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.gate = threading.Event()
        self.gate.set()
        self.names: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.gate.wait(30)
        message = ExportTraceServiceRequest()
        message.ParseFromString(body)
        self.server.names += [
            span.name for one in message.resource_spans for scope in one.scope_spans for span in scope.spans
        ]
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Collector]]:
    started: list[Collector] = []

    def start_one(status: int) -> Collector:
        server = Collector(status)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        started.append(server)
        return server

    yield start_one
    for server in started:
        server.gate.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("status", "outcome"), [(200, "sent"), (400, "failed")])
async def test_spans_reach_a_collector_and_are_counted(
    start: StartPlatform, collector: Callable[[int], Collector], status: int, outcome: str
) -> None:
    server = collector(status)
    platform = await start()
    assert (await platform.ask("courses", "{ allCourses { title } }")).status == 200
    service = platform.apps["courses"].state.service
    await asyncio.to_thread(service.tracing.flush)
    assert {"POST /graphql", "SELECT courses", "query"} <= set(server.names)
    assert (
        f'subgraph_trace_spans_total{{outcome="{outcome}"}} {len(server.names)}.0'
        in service.metrics.render()[0].decode()
    )


async def test_a_collector_that_hangs_holds_up_neither_requests_nor_the_stop(
    start: StartPlatform, collector: Callable[[int], Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subgraphs.shared.tracing.spans.FLUSH", 0.3)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    server = collector(200)
    server.gate.clear()
    platform = await start()
    for _ in range(5):
        assert (await platform.ask("courses", "{ allCourses { title } }")).status == 200
    began = time.monotonic()
    await platform.apps["courses"].state.service.tracing.aclose()
    assert time.monotonic() - began < 2


def test_nothing_of_the_sdk_is_loaded_while_it_is_off() -> None:
    code = (
        "import json, sys; from subgraphs.courses.app import create_app; create_app(); "
        "print(json.dumps([name for name in sys.modules if name.startswith('opentelemetry.sdk')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(done.stdout) == []
