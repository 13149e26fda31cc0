"""What a service counts, and where it shows it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from subgraphs.courses.cli import main as courses
from subgraphs.courses.seed import GRAPHQL_ID, PYTHON_ID
from subgraphs.shared.metrics import MAX_CODES, Metrics, open_listener, shown
from subgraphs.shared.migration import migrate
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import KEYS, SERVICES, Platform
from tests.support.free_ports import free_ports

ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Course { id } } }"


def figures(platform: Platform, service: str) -> dict[str, float]:
    return read(platform.apps[service].state.service.metrics.render()[0].decode())


def read(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_requests_are_counted_by_kind_and_outcome(platform: Platform) -> None:
    await platform.ask("courses", "{ allCourses { title } }")
    await platform.ask("courses", '{ course(id: "x") { title } }')
    await platform.ask("courses", 'mutation { createCourse(title: "t", description: "d") { id } }')
    await platform.ask("courses", "{ nothing }")
    await platform.client.put("http://courses.test/graphql")
    found = figures(platform, "courses")
    requests = {name: value for name, value in found.items() if name.startswith("subgraph_requests_total")}
    assert requests == {
        'subgraph_requests_total{operation="query",status="200"}': 2,
        'subgraph_requests_total{operation="mutation",status="200"}': 1,
        'subgraph_requests_total{operation="none",status="400"}': 1,
        'subgraph_requests_total{operation="none",status="405"}': 1,
    }
    assert found['subgraph_request_duration_seconds_count{operation="query"}'] == 2
    assert found['subgraph_request_duration_seconds_bucket{le="+Inf",operation="query"}'] == 2
    assert found['subgraph_request_duration_seconds_sum{operation="query"}'] > 0
    errors = {name: value for name, value in found.items() if name.startswith("subgraph_errors_total")}
    assert errors == {
        'subgraph_errors_total{code="UNAUTHENTICATED"}': 1,
        'subgraph_errors_total{code="GRAPHQL_VALIDATION_FAILED"}': 1,
        'subgraph_errors_total{code="METHOD_NOT_ALLOWED"}': 1,
    }
    assert found["subgraph_requests_in_flight"] == 0


async def test_sizes_of_entities_are_counted(platform: Platform) -> None:
    keys = [{"__typename": "Course", "id": str(id_)} for id_ in (GRAPHQL_ID, PYTHON_ID)]
    await platform.ask("courses", ENTITIES, r=keys)
    await platform.ask("courses", ENTITIES, r=keys * 40)
    aliased = ENTITIES.replace("_entities", "secretAlias: _entities")
    await platform.ask("courses", aliased, r=keys)
    found = figures(platform, "courses")
    assert found['subgraph_requests_total{operation="entities",status="200"}'] == 3
    assert found['subgraph_entities_representations_bucket{le="2.0"}'] == 2
    assert found['subgraph_entities_representations_bucket{le="100.0"}'] == 3
    assert found["subgraph_entities_representations_sum"] == 84
    assert "secretAlias" not in str(found)


async def test_an_operation_that_takes_too_long_is_counted_as_what_it_is(
    start: StartPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = await start(courses={"request_timeout": 0.05})

    async def hang(*_: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr("subgraphs.courses.schema.types.find_courses", hang)
    await platform.ask("courses", ENTITIES, r=[{"__typename": "Course", "id": str(GRAPHQL_ID)}])
    found = figures(platform, "courses")
    assert found['subgraph_requests_total{operation="entities",status="503"}'] == 1
    assert found['subgraph_errors_total{code="TIMEOUT"}'] == 1
    assert found["subgraph_requests_in_flight"] == 0


async def test_a_caller_that_goes_away_is_counted(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr("subgraphs.courses.schema.types.find_courses", hang)
    asked = asyncio.create_task(platform.ask("courses", ENTITIES, r=[{"__typename": "Course", "id": str(GRAPHQL_ID)}]))
    for _ in range(3000):
        await asyncio.sleep(0.02)
        if figures(platform, "courses")["subgraph_requests_in_flight"] == 1:
            break
    else:
        pytest.fail("it never began")
    asked.cancel()
    await asyncio.wait([asked])
    found = figures(platform, "courses")
    assert found["subgraph_requests_in_flight"] == 0
    assert sum(value for name, value in found.items() if 'status="499"' in name) == 1


async def test_the_pool_and_the_hashing_queue_are_shown(either_platform: Platform) -> None:
    await either_platform.ask("users", 'mutation { tokenAuth(username: "a@b.c", password: "wrong") { expiresIn } }')
    found = figures(either_platform, "users")
    pools = 2 if either_platform.is_sqlite else 1
    assert found['subgraph_database_connections{state="limit"}'] == 15 * pools
    assert found['subgraph_database_connections{state="busy"}'] == 0
    assert found['subgraph_database_connections{state="idle"}'] >= 1
    assert found['subgraph_password_hashings{state="running"}'] == 0
    assert found['subgraph_password_hashings{state="waiting"}'] == 0
    assert found['subgraph_password_hashings{state="limit"}'] == 52


async def test_readiness_and_an_outdated_schema_are_shown(either_platform: Platform) -> None:
    service = either_platform.apps["courses"].state.service
    assert (await either_platform.client.get("http://courses.test/health/ready")).status_code == 200
    found = figures(either_platform, "courses")
    assert (found["subgraph_ready"], found["subgraph_schema_outdated"]) == (1, 0)
    await migrate(service.database, service.migrations, "base")
    assert (await either_platform.client.get("http://courses.test/health/ready")).status_code == 503
    found = figures(either_platform, "courses")
    assert (found["subgraph_ready"], found["subgraph_schema_outdated"]) == (0, 1)
    await migrate(service.database, service.migrations, "head")
    assert (await either_platform.client.get("http://courses.test/health/ready")).status_code == 200
    assert figures(either_platform, "courses")["subgraph_ready"] == 1


async def test_a_database_that_does_not_answer_is_not_called_outdated(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("subgraphs.shared.app.read_schema_state", fail)
    assert (await platform.client.get("http://courses.test/health/ready")).status_code == 503
    found = figures(platform, "courses")
    assert (found["subgraph_ready"], found["subgraph_schema_outdated"]) == (0, 0)


async def test_the_age_of_the_signing_key_is_shown(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    (key,) = KEYS.keys
    monkeypatch.setattr("time.time", lambda: key.signs_from + 86_400.0)
    assert figures(platform, "users")["subgraph_signing_key_age_seconds"] == 86_400
    assert "subgraph_signing_key_age_seconds" not in figures(platform, "courses")


async def test_a_transaction_shows_as_a_busy_connection(either_platform: Platform) -> None:
    database = either_platform.apps["courses"].state.service.database
    async with database.write():
        assert figures(either_platform, "courses")['subgraph_database_connections{state="busy"}'] == 1


@pytest.mark.parametrize("service", SERVICES)
async def test_the_port_of_graphql_does_not_show_them(platform: Platform, service: str) -> None:
    assert (await platform.client.get(f"http://{service}.test/metrics")).status_code == 404


def test_codes_can_make_no_series_without_end() -> None:
    metrics = Metrics()
    for number in range(10 * MAX_CODES):
        metrics.count_error(f"CODE_{number}")
    found = {name: value for name, value in read(metrics.render()[0].decode()).items() if "errors_total" in name}
    assert len(found) == MAX_CODES + 1
    assert sum(found.values()) == 10 * MAX_CODES


OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4,*/*;q=0.1"


async def test_both_texts_are_what_prometheus_reads(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the parsers of the client library, the one of OpenMetrics strict about order, bounds and suffixes."""
    await platform.ask("users", "{ whoami { id } }")
    metrics = platform.apps["users"].state.service.metrics
    monkeypatch.setattr("time.time", lambda: 1e9)  # an age would grow from one scrape to the next
    plain, plain_type = metrics.render()
    open_text, open_type = metrics.render(OPENMETRICS)
    assert plain_type == "text/plain; version=0.0.4; charset=utf-8"
    assert open_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    families = list(text_string_to_metric_families(plain.decode()))
    assert {(family.name, family.type) for family in families} == {
        ("subgraph_requests", "counter"),
        ("subgraph_request_duration_seconds", "histogram"),
        ("subgraph_entities_representations", "histogram"),
        ("subgraph_errors", "counter"),
        ("subgraph_requests_in_flight", "gauge"),
        ("subgraph_database_connections", "gauge"),
        ("subgraph_ready", "gauge"),
        ("subgraph_schema_outdated", "gauge"),
        ("subgraph_signing_key_age_seconds", "gauge"),
        ("subgraph_password_hashings", "gauge"),
    }
    assert samples(families) == samples(openmetrics_families(open_text.decode()))


def samples(families: Iterable[Metric]) -> dict[tuple[object, ...], float]:
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=abc",
        "text/plain;version=x",
        "application/openmetrics-text;version=1.0.0;escaping=none",
        ";;,=,",
        "*/*",
    ],
)
def test_an_odd_accept_header_is_answered_all_the_same(accept: str) -> None:
    body, media_type = Metrics().render(accept)
    assert b"subgraph_requests_in_flight 0.0\n" in body
    assert media_type.startswith(("text/plain; version=", "application/openmetrics-text; version="))


async def test_a_listener_of_its_own_shows_them() -> None:
    metrics = Metrics()
    metrics.count_request("query", 200, 0.1)
    listener = open_listener("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with shown(metrics, listener), httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert read(answer.text)['subgraph_requests_total{operation="query",status="200"}'] == 1
        assert (await client.get(f"{url}/graphql")).status_code == 404
        assert (await client.post(f"{url}/metrics")).status_code == 405
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5)


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSES_DATABASE_URL", f"sqlite:///{tmp_path / 'courses.sqlite3'}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("COURSES_METRICS_PORT", str(port))
        done = CliRunner().invoke(courses, ["serve", "--port", "0"])
    assert done.exit_code == 1
    assert (
        done.output == f"Error: no metrics on 127.0.0.1:{port}: Address already in use; COURSES_METRICS_PORT sets it\n"
    )


@pytest.mark.e2e
async def test_a_running_service_shows_them_until_it_has_stopped(tmp_path: Path) -> None:
    port, metrics_port = free_ports(2)
    environment = {
        "PATH": "/usr/bin:/bin",
        "COURSES_DATABASE_URL": f"sqlite:///{tmp_path / 'courses.sqlite3'}",
        "COURSES_PORT": str(port),
        "COURSES_METRICS_PORT": str(metrics_port),
    }
    command = [str(Path(sys.executable).parent / "courses"), "serve"]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            for _ in range(600):
                try:
                    await client.get(f"http://127.0.0.1:{port}/health/live")
                    break
                except httpx2.ConnectError:
                    await asyncio.sleep(0.1)
            refused = await client.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"})
            assert refused.status_code == 503
            found = read((await client.get(f"http://127.0.0.1:{metrics_port}/metrics")).text)
        assert found['subgraph_requests_total{operation="none",status="503"}'] == 1
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) in (0, -15)
    finally:
        if process.returncode is None:
            process.kill()
