"""GraphQL over HTTP at a subgraph: methods, media types, status codes, sizes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest

from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import Platform

URL = "http://courses.test/graphql"
RESPONSE = "application/graphql-response+json"


async def post(platform: Platform, content: str | bytes, **headers: str) -> httpx2.Response:
    sent = {"content-type": "application/json", "accept": RESPONSE}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await platform.client.post(URL, content=content, headers={k: v for k, v in sent.items() if v})


def query(text: str, **more: Any) -> str:
    return json.dumps({"query": text, **more})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, application/json", RESPONSE),
        (f"application/json, {RESPONSE};q=0.5", "application/json"),
        (f"application/json;q=0.4, {RESPONSE};charset=utf-8;q=0.5", RESPONSE),
        (f"text/html, {RESPONSE};q=0.1, */*;q=0.05", RESPONSE),
        ("text/html", None),
        ("application/json;q=0", None),
        (f"{RESPONSE};charset=utf-16", None),
        ("application/json;q=much", None),
    ],
)
async def test_the_media_type_of_the_answer(platform: Platform, accept: str, chosen: str | None) -> None:
    response = await platform.client.post(
        URL, content=query("{ __typename }"), headers={"content-type": "application/json", "accept": accept}
    )
    if chosen is None:
        assert response.status_code == 406
        assert response.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"
    else:
        assert response.headers["content-type"] == f"{chosen}; charset=utf-8"
        assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($i: ID!) { course(id: $i) { id } }", "BAD_USER_INPUT"),
        ("{ courses(first: true) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { x }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __schema { queryType { name } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { __type(name: \"Query\") { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)  # fmt: skip
async def test_a_request_error_has_no_data(platform: Platform, text: str, code: str) -> None:
    response = await post(platform, query(text))
    assert response.status_code == 400
    assert "data" not in response.json()
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}
    legacy = await post(platform, query(text), accept="application/json")
    assert (legacy.status_code, legacy.json()) == (200, response.json())


async def test_a_mistake_is_located_but_nothing_is_suggested(platform: Platform) -> None:
    response = await post(platform, query("{ allCourse { id } }"))
    error = response.json()["errors"][0]
    assert error["locations"] == [{"line": 1, "column": 3}]
    assert "allCourses" not in error["message"]


async def test_introspection_can_be_turned_on(start: StartPlatform) -> None:
    platform = await start(courses={"introspection": True})
    answer = await platform.ask("courses", "{ __schema { queryType { name } } }")
    assert answer.data == {"__schema": {"queryType": {"name": "Query"}}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '[{"query": "{ __typename }"}]',
        '"{ __typename }"',
        "{}",
        '{"query": ""}',
        '{"query": 1}',
        '{"query": {}}',
        '{"query": "{ __typename }", "variables": []}',
        '{"query": "{ __typename }", "variables": "{}"}',
        '{"query": "{ __typename }", "operationName": 1}',
        '{"query": "{ __typename }", "extensions": 7}',
        '{"query": "{ __typename }", "variables": {"a": NaN}}',
        b'{"query": "{ __typename }\xff"}',
        '{"query": "\\ud800"}',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("accept", [RESPONSE, "application/json"])
async def test_a_malformed_request_is_400(platform: Platform, content: str | bytes, accept: str) -> None:
    response = await post(platform, content, accept=accept)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ],
)
async def test_another_content_type_is_415(platform: Platform, content_type: str) -> None:
    assert (await post(platform, query("{ __typename }"), content_type=content_type)).status_code == 415


async def test_a_compressed_body_is_415(platform: Platform) -> None:
    assert (await post(platform, query("{ __typename }"), content_encoding="gzip")).status_code == 415


async def test_get_answers_queries_and_refuses_mutations(platform: Platform) -> None:
    ask = platform.client.get
    good = {"query": "query A($f: Int) { allCourses(first: $f) { id } } query B { __typename }"}
    response = await ask(URL, params={**good, "operationName": "A", "variables": '{"f": 1}', "extensions": "{}"})
    assert len(response.json()["data"]["allCourses"]) == 1
    mutation = 'mutation { createCourse(title: "x", description: "y") { id } }'
    response = await ask(URL, params={"query": mutation}, headers={"authorization": f"Bearer {platform.instructor}"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert (await ask(URL)).status_code == 400
    assert (await ask(URL, params={**good, "operationName": "A", "variables": "{"})).status_code == 400
    assert (await ask(f"{URL}?query=%7B__typename%7D&query=%7Bx%7D")).status_code == 400
    totals = (await platform.ask("courses", "{ courses { totalCount } }")).data
    assert totals == {"courses": {"totalCount": 3}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_other_methods_are_405(platform: Platform, method: str) -> None:
    response = await platform.client.request(method, URL)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_a_large_body_is_413(platform: Platform) -> None:
    assert (await post(platform, query("{ __typename }" + " " * 1_000_000))).status_code == 413

    async def stream() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    response = await platform.client.post(URL, content=stream(), headers={"content-type": "application/json"})
    assert response.status_code == 413


@pytest.mark.parametrize(
    "text",
    [
        "{ " + "allCourses { id } " * 31 + "}",
        "{ " + "allCourses { instructor " * 30 + "{ id }" + " }" * 30 + " }",
        "{ " + "... { " * 30 + "__typename" + " }" * 30 + " }",
        "{ " + "... { __typename } " * 31 + "}",
        "{ " + " ".join(f"a{n}: __typename" for n in range(2_001)) + " }",
        "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(20))
        + " fragment F20 on Query { __typename }",
        "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ ... {{ ...F{n + 1} }} }}" for n in range(30))
        + " fragment F30 on Query { __typename }",
        "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ __typename }}" for n in range(101)),
    ],
    ids=["repeated", "deep", "deep inline", "repeated inline", "aliases", "doubling", "chained", "many fragments"],
)
async def test_an_operation_that_would_cost_too_much_is_refused(platform: Platform, text: str) -> None:
    response = await post(platform, query(text))
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] in ("OPERATION_TOO_LARGE", "GRAPHQL_VALIDATION_FAILED")


async def test_too_many_tokens_are_refused(platform: Platform) -> None:
    response = await post(platform, query("{ " + "a " * 20_000 + "}"))
    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


async def test_a_slow_operation_ends_in_time(start: StartPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = await start(courses={"request_timeout": 0.05})

    async def sleep(*_: object) -> None:
        await asyncio.sleep(5)

    monkeypatch.setattr("subgraphs.courses.schema.queries.find_course", sleep)
    answer = await platform.ask("courses", "{ course(id: 1) { id } }")
    assert (answer.status, answer.codes, answer.headers["retry-after"]) == (503, ["TIMEOUT"], "1")


async def test_a_failure_outside_of_a_resolver_is_a_graphql_error(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("subgraphs.shared.graphql_http.SubgraphExecutor.build", fail)
    answer = await platform.ask("courses", "{ __typename }")
    assert (answer.status, answer.codes) == (500, ["INTERNAL_SERVER_ERROR"])
    assert "42" not in str(answer.body)
    assert "42" in caplog.text


async def test_answers_are_for_their_caller_only(platform: Platform) -> None:
    answer = await platform.ask("users", "{ whoami { email } }", platform.student)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_health(platform: Platform) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        for service in platform.apps:
            response = await platform.client.get(f"http://{service}.test{path}")
            assert (response.status_code, response.json()["status"]) == (200, "ok")
