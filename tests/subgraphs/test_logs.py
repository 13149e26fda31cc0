"""What a service writes to its log: one line an event, whatever is in it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from opentelemetry.sdk.trace import TracerProvider

from subgraphs.shared.logs import QUIET, JsonLines, OnceInAWhile, TextLines
from tests.support.free_ports import free_ports


def record(message: str = "said", name: str = "subgraphs.shared.app", created: float = 0.0) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, message, (), None)
    made.created = created
    return made


def failed() -> logging.LogRecord:
    try:
        raise ValueError("one\nWARNING forged")
    except ValueError:
        made = record("a\r\nb")
        made.exc_info = sys.exc_info()
        return made


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
def test_nobody_can_forge_a_line(formatter: logging.Formatter) -> None:
    line = formatter.format(failed())
    assert "\n" not in line
    assert "\r" not in line
    assert "ValueError" in line


def test_json_has_the_names_of_the_routers_lines() -> None:
    entry = json.loads(JsonLines().format(record("schön")))
    assert entry == {
        "time": "1970-01-01T00:00:00.000Z",
        "level": "warning",
        "logger": "subgraphs.shared.app",
        "message": "schön",
    } | {"time": entry["time"]}


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
def test_a_line_of_a_traced_request_names_its_trace(formatter: logging.Formatter) -> None:
    with TracerProvider(shutdown_on_exit=False).get_tracer("tests").start_as_current_span("one") as span:
        line = formatter.format(record())
    assert f"{span.get_span_context().trace_id:032x}" in line
    assert f"{span.get_span_context().span_id:016x}" in line
    assert "trace_id" not in formatter.format(record())


def test_a_collector_that_is_away_is_said_once_a_minute() -> None:
    passes = OnceInAWhile()
    name = "opentelemetry.exporter.otlp"
    found = [passes.filter(record("away", name, moment)) for moment in (0.0, 1.0, QUIET - 1, QUIET, QUIET + 1)]
    assert found == [True, False, False, True, False]
    assert passes.filter(record("another", name, 1.0))
    assert all(passes.filter(record("the same")) for _ in range(3))


@pytest.mark.e2e
async def test_a_service_writes_json_and_nothing_else(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = {
        "PATH": "/usr/bin:/bin",
        "COURSES_DATABASE_URL": f"sqlite:///{tmp_path / 'courses.sqlite3'}",
        "COURSES_PORT": str(port),
        "COURSES_LOG_FORMAT": "json",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "courses"),
        "serve",
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            for _ in range(600):
                try:
                    await client.get(f"http://127.0.0.1:{port}/health/live")
                    break
                except httpx2.ConnectError:
                    await asyncio.sleep(0.1)
            await client.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"})
        process.terminate()
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
    lines = [json.loads(line) for line in output.decode().splitlines()]
    assert any(line["logger"] == "subgraphs.shared.app" and line["level"] == "error" for line in lines)
    assert any(line["logger"].startswith("opentelemetry") for line in lines)
