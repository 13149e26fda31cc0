"""GraphQL over HTTP: methods, media types, status codes, refusals."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from router.pipeline import GraphQLResponse
from router.server.app import RouterApp
from tests.support.fake_pipeline import FakePipeline, fake_app

GRAPHQL = "application/graphql-response+json"
BODY = b'{"query":"{ ok }"}'
REFUSED = GraphQLResponse(b'{"errors":[{"message":"no"}]}', refused=True)
URL = "http://router.test/graphql"


class Client:
    """Sends requests to a router in process."""

    def __init__(self, settings: str = "", **more: Any) -> None:
        self.app, self.pipelines = fake_app(settings, **more)
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app))

    async def start(self) -> FakePipeline:
        await self.app.router_state.start()
        return self.pipelines[-1]

    async def post(self, body: bytes = BODY, **headers: str) -> httpx2.Response:
        sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(URL, content=body, headers=sent)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    yield client
    await client.http.aclose()
    await client.app.router_state.aclose()


def error_code(response: httpx2.Response) -> str:
    body = response.json()
    assert "data" not in body
    assert body["errors"][0]["message"]
    return str(body["errors"][0]["extensions"]["code"])


async def test_a_post_is_answered(client: Client) -> None:
    pipeline = await client.start()
    response = await client.post(
        b'{"query":"{ ok }","operationName":"A","variables":{"a":1},"extensions":{"b":2},"x":3}'
    )
    assert (response.status_code, response.json()) == (200, {"data": {"ok": True}})
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    request = pipeline.requests[0]
    assert (request.query, request.operation_name, request.variables, request.extensions, request.read_only) == (
        "{ ok }", "A", {"a": 1}, {"b": 2}, False,
    )  # fmt: skip


async def test_a_get_is_answered_and_read_only(client: Client) -> None:
    pipeline = await client.start()
    document, variables = quote('{ ok(a: "é") }'), quote('{"a": 1}')
    query = f"query={document}&variables={variables}&operationName=A&other=1"
    response = await client.http.get(f"{URL}?{query}")
    assert response.status_code == 200
    request = pipeline.requests[0]
    assert (request.query, request.variables, request.operation_name) == ('{ ok(a: "é") }', {"a": 1}, "A")
    assert request.read_only
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "content_type", "refused_status"),
    [
        (None, "application/json", 400),
        ("*/*", "application/json", 400),
        ("application/*", "application/json", 400),
        ("application/json", "application/json", 200),
        ("application/json; charset=utf-8", "application/json", 200),
        (GRAPHQL, GRAPHQL, 400),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL, 400),
        (f"application/json, {GRAPHQL}", GRAPHQL, 400),
        (f"{GRAPHQL};q=0.5, application/json", "application/json", 200),
        (f"{GRAPHQL};q=0, */*", "application/json", 400),
        ("text/html, */*;q=0.1", "application/json", 400),
        (f"{GRAPHQL.upper()}", GRAPHQL, 400),
        ("multipart/mixed;deferSpec=20220824, application/json", "application/json", 200),
    ],
)
async def test_the_media_type_is_chosen(
    client: Client, accept: str | None, content_type: str, refused_status: int
) -> None:
    pipeline = await client.start()
    del client.http.headers["accept"]
    headers = {"accept": accept} if accept is not None else {}
    assert (await client.post(**headers)).headers["content-type"] == f"{content_type}; charset=utf-8"
    pipeline.response = REFUSED
    assert (await client.post(**headers)).status_code == refused_status


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", f"{GRAPHQL};q=0", "application/json;charset=utf-16"]
)
async def test_no_acceptable_media_type(client: Client, accept: str) -> None:
    response = await client.post(accept=accept)
    assert (response.status_code, error_code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
     "application/jsonp", "text/plain;application/json", "application/json, text/plain", "", "json"],
)  # fmt: skip
@pytest.mark.parametrize("preflight", [{}, {"apollo_require_preflight": "1"}])
async def test_a_body_of_another_type_is_refused(client: Client, content_type: str, preflight: dict[str, str]) -> None:
    response = await client.post(content_type=content_type, **preflight)
    assert (response.status_code, error_code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_without_a_type_is_refused(client: Client) -> None:
    response = await client.http.post(URL, content=BODY)
    assert (response.status_code, error_code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7", "ibm500", "utf-8x"])
async def test_an_odd_charset_is_refused(client: Client, charset: str) -> None:
    response = await client.post(content_type=f"application/json; charset={charset}")
    assert (response.status_code, error_code(response)) == (400, "INVALID_GRAPHQL_REQUEST")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
async def test_utf_8_is_taken(client: Client, charset: str) -> None:
    assert (await client.post(content_type=f"Application/JSON ; Charset={charset}")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"5", b'"{ ok }"', b"{}", b'{"query":null}', b'{"query":5}', b'{"query":{}}',
        b'{"query":["a"]}', b'{"query":"{ ok }","variables":[]}', b'{"query":"{ ok }","variables":"{}"}',
        b'{"query":"{ ok }","variables":0}',
        b'{"query":"{ ok }","operationName":5}', b'{"query":"{ ok }","operationName":[]}',
        b'{"query":"{ ok }","extensions":"x"}', b'{"query":"{ ok }","variables":{"a":NaN}}',
        b'{"query":"{ ok }","variables":{"a":Infinity}}', b'{"query":"{ ok }","variables":{"a":"\xff"}}',
        b'{"query":"{ ok \xc3"}', b'{"query":"\\ud800"}', b'{"query":"{ ok }"} {}', b'{"query":"{ ok }",}',
        b"\xef\xbb\xbf" + BODY, BODY.decode().encode("utf-16"), b'{"query":' + b"[" * 100_000, b"{'query':'{ ok }'}",
    ],
    ids=range(27),
)  # fmt: skip
@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
async def test_a_malformed_body_is_refused(client: Client, body: bytes, accept: str) -> None:
    response = await client.post(body, accept=accept)
    assert (response.status_code, error_code(response)) == (400, "INVALID_GRAPHQL_REQUEST")
    assert client.pipelines[0].requests == []


@pytest.mark.parametrize("body", [b'{"query":"{ ok }","variables":null,"operationName":null,"extensions":null}'])
async def test_null_parameters_are_as_none(client: Client, body: bytes) -> None:
    assert (await client.post(body)).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["", "query=", "variables={}", "query=%7Bok%7D&variables=%7B", "query=%7Bok%7D&variables=[]", "query=%ff",
     "query=%7Bok%7D&query=%7Bno%7D", "query=%7Bok%7D&variables=%7B%22a%22:NaN%7D", "query=%7Bok%7D&extensions=5"],
)  # fmt: skip
async def test_a_malformed_query_string_is_refused(client: Client, query: str) -> None:
    await client.start()
    response = await client.http.get(f"{URL}?{query}")
    if query == "query=":
        assert response.status_code == 200  # an empty document is the parser's to refuse
    else:
        assert (response.status_code, error_code(response)) == (400, "INVALID_GRAPHQL_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "TRACE", "OPTIONS", "FOO"])
async def test_other_methods_are_refused(client: Client, method: str) -> None:
    response = await client.http.request(method, URL, content=BODY)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_mutation_by_get(client: Client) -> None:
    pipeline = await client.start()
    pipeline.response = GraphQLResponse(b'{"errors":[{"message":"use POST"}]}', refused=True, status=405)
    response = await client.http.get(f"{URL}?query=mutation")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_a_large_body_is_refused_before_it_is_read() -> None:
    client = Client("limits: {http_max_request_bytes: 1000}")
    assert (await client.post(b'{"query":"' + b" " * 987 + b'a"}')).status_code == 200
    response = await client.post(b'{"query":"' + b" " * 988 + b'a"}')
    assert (response.status_code, error_code(response)) == (413, "PAYLOAD_TOO_LARGE")

    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100
            yield b" " * 100

    response = await client.http.post(URL, content=chunks(), headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert sent <= 1200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "zstd", "x"])
async def test_a_compressed_body_is_refused(client: Client, encoding: str) -> None:
    response = await client.post(content_encoding=encoding)
    assert (response.status_code, error_code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert response.headers["accept-encoding"] == "identity"


async def test_too_many_and_too_large_headers() -> None:
    client = Client("limits: {http1_max_request_headers: 20, http1_max_request_header_bytes: 2kB}")
    assert (await client.post(**{f"x{n}": "1" for n in range(5)})).status_code == 200
    response = await client.post(**{f"x{n}": "1" for n in range(30)})
    assert (response.status_code, error_code(response)) == (431, "HEADERS_TOO_LARGE")
    assert (await client.post(cookie="a" * 3000)).status_code == 431
    assert (await client.post(accept="application/json," * 90)).status_code == 431


@pytest.mark.parametrize("name", ["authorization", "content-type", "origin"])
async def test_a_header_that_must_be_single(client: Client, name: str) -> None:
    headers = [("content-type", "application/json"), (name, "a"), (name, "b")]
    response = await client.http.post(URL, content=BODY, headers=headers)
    assert (response.status_code, error_code(response)) == (400, "INVALID_GRAPHQL_REQUEST")


async def test_request_ids() -> None:
    client = Client()
    assert (await client.post(x_request_id="abc-1.2:3_4")).headers["x-request-id"] == "abc-1.2:3_4"
    for odd in ("a b", "a" * 200, "<script>", "é"):
        made = (await client.http.post(
            URL, content=BODY, headers={"content-type": "application/json", "x-request-id": odd.encode("utf-8")}
        )).headers["x-request-id"]  # fmt: skip
        assert len(made) == 16
        assert made != (await client.post()).headers["x-request-id"]


async def test_a_fault_is_told_without_its_inside(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = await client.start()
    pipeline.failure = RuntimeError("secret at http://inside:4001")
    response = await client.post()
    assert (response.status_code, error_code(response)) == (500, "INTERNAL_SERVER_ERROR")
    assert "secret" not in response.text
    assert response.headers["x-request-id"] in caplog.text


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b'{"query": "{ ok }', {}, "The body is not valid JSON in UTF-8: unexpected end of data, line 1, column 1"),
        (b" ", {}, 'The body is empty; send {"query": "...", "variables": {...}}.'),
        (BODY, {"content_type": "multipart/form-data; boundary=x"}, "not multipart/form-data; files can't be uploaded"),
        (BODY, {"content_type": "text/plain"}, "The Content-Type must be application/json, not text/plain."),
        (b" " * 3_000, {}, "at most 2000 bytes are allowed"),
        (b"[" + BODY + b"]", {}, "send each in a request of its own"),
    ],
)
async def test_a_refusal_says_what_to_do(body: bytes, headers: dict[str, str], told: str) -> None:
    client = Client("limits: {http_max_request_bytes: 2000}")
    response = await client.post(body, **headers)
    assert told in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/", 404), ("GET", "/grapql", 404), ("PUT", "/health", 405)]
)
async def test_another_path_says_where_graphql_is(client: Client, method: str, path: str, status: int) -> None:
    response = await client.http.request(method, f"http://router.test{path}")
    assert (response.status_code, error_code(response)) == (
        status, "NOT_FOUND" if status == 404 else "METHOD_NOT_ALLOWED",
    )  # fmt: skip
    message = response.json()["errors"][0]["message"]
    assert path in message
    assert message.endswith("GraphQL is served at /graphql.")
    assert ("allow" in response.headers) == (status == 405)


async def test_a_browser_at_the_endpoint_is_shown_the_page() -> None:
    with_page, browser = Client("homepage: {enabled: true}"), {"accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}
    response = await with_page.http.get(URL, headers=browser)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    # A query is answered, another client is told, and where there is no page there is nothing to show.
    assert (await with_page.http.get(f"{URL}?query={{ok}}", headers=browser)).status_code == 200
    assert (await with_page.http.get(URL, headers={"accept": "*/*"})).status_code == 400
    assert (await Client().http.get(URL, headers=browser)).status_code == 400


@pytest.mark.parametrize(
    ("request_body", "name"),
    [
        ({"query": "query Cards { ok }"}, "Cards"),
        ({"query": " mutation\n _1($a: Int) { ok }"}, "_1"),
        ({"query": "query A { ok } query B { ok }", "operationName": "B"}, "B"),
        ({"query": "{ query A }"}, ""),
        ({"query": "query { a }"}, ""),
        ({"query": "{ ok }"}, ""),
    ],
)
async def test_the_log_names_the_operation(
    request_body: dict[str, str], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "router.request")
    client = Client("telemetry: {exporters: {logging: {stdout: {requests: true}}}}")
    await client.post(json.dumps(request_body).encode())
    (record,) = [record for record in caplog.records if record.name == "router.request"]
    assert record.__dict__["operation_name"] == name


class TestBatches:
    """Arrays of operations."""

    async def test_off_by_default(self, client: Client) -> None:
        response = await client.post(b"[" + BODY + b"]")
        assert (response.status_code, error_code(response)) == (400, "BATCHING_NOT_ENABLED")

    async def test_answers_in_order_when_on(self) -> None:
        client = Client("batching: {enabled: true, maximum_size: 3}")
        response = await client.post(b"[" + b",".join([BODY] * 3) + b"]")
        assert response.json() == [{"data": {"ok": True}}] * 3

    @pytest.mark.parametrize("size", [0, 4])
    async def test_capped(self, size: int) -> None:
        client = Client("batching: {enabled: true, maximum_size: 3}")
        response = await client.post(b"[" + b",".join([BODY] * size) + b"]")
        assert (response.status_code, error_code(response)) == (400, "BATCHING_LIMIT_EXCEEDED")

    async def test_a_bad_entry_refuses_the_whole(self) -> None:
        client = Client("batching: {enabled: true}")
        response = await client.post(b"[" + BODY + b", 5]")
        assert (response.status_code, error_code(response)) == (400, "INVALID_GRAPHQL_REQUEST")
        assert client.pipelines[0].requests == []


class TestClientsThatLeave:
    """The request ends with the client."""

    async def test_the_run_is_cancelled(self, client: Client) -> None:
        pipeline = await client.start()
        pipeline.delay = 60
        sent: list[Any] = []
        await asyncio.wait_for(leave_after(client.app, 0.05, sent), timeout=5)
        assert pipeline.cancelled == 1
        assert sent == []
        assert client.app.router_state.metrics.aborted == 1
        assert client.app.router_state.metrics.in_flight == 0
        await asyncio.sleep(0)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    async def test_leaving_within_the_body(self, client: Client) -> None:
        pipeline = await client.start()
        messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return messages.pop(0)

        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await client.app(scope(), receive, send)
        assert sent == []
        assert pipeline.requests == []

    async def test_cancellation_from_outside_stays_cancellation(self, client: Client) -> None:
        pipeline = await client.start()
        pipeline.delay = 60
        task = asyncio.create_task(leave_after(client.app, 60, []))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pipeline.cancelled == 1


def scope() -> dict[str, Any]:
    return {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip


async def leave_after(app: RouterApp, seconds: float, sent: list[Any], *headers: tuple[bytes, bytes]) -> None:
    messages = [{"type": "http.request", "body": BODY, "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app({**scope(), "headers": [*scope()["headers"], *headers]}, receive, send)


async def test_a_request_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.server.disconnect.GRACE", 0.0)
    client = Client("traffic_shaping: {router: {timeout: 100ms}}")
    pipeline = await client.start()
    pipeline.delay = 60
    response = await client.post()
    assert (response.status_code, error_code(response)) == (504, "GATEWAY_TIMEOUT")
    assert pipeline.cancelled == 1
    deadline = pipeline.contexts[0].deadline
    assert deadline is not None
    assert deadline <= asyncio.get_running_loop().time()


async def test_more_requests_than_it_takes() -> None:
    client = Client("traffic_shaping: {router: {concurrency_limit: 2}}")
    pipeline = await client.start()
    pipeline.delay = 0.05
    responses = await asyncio.gather(*(client.post() for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [200, 200, 503, 503, 503]
    refused = next(response for response in responses if response.status_code == 503)
    assert (error_code(refused), refused.headers["retry-after"]) == ("OVERLOADED", "1")
    assert (await client.http.get("http://router.test/health/live")).status_code == 200
    assert (await client.post()).status_code == 200


async def test_a_body_that_comes_too_slowly() -> None:
    client = Client("traffic_shaping: {router: {timeout: 50ms}}")

    async def chunks() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    response = await client.http.post(URL, content=chunks(), headers={"content-type": "application/json"})
    assert (response.status_code, error_code(response)) == (408, "REQUEST_TIMEOUT")


async def test_an_answer_in_parts(client: Client) -> None:
    pipeline = await client.start()
    pipeline.parts = [b'{"data":{},"hasNext":true}', b'{"hasNext":false}']
    response = await client.post(accept="multipart/mixed;deferSpec=20220824, application/json")
    assert response.headers["content-type"] == 'multipart/mixed;boundary="-";deferSpec=20220824'
    parts = response.text.split("\r\n---")
    assert parts[0] == ""
    assert [json.loads(part.split("\r\n\r\n")[1].split("\r\n")[0]) for part in parts[1:3]] == [
        {"data": {}, "hasNext": True},
        {"hasNext": False},
    ]
    assert response.text.endswith("\r\n-----\r\n")
    assert pipeline.streams_ended == 1
    plain = await client.post(accept="multipart/mixed, application/json")
    assert plain.headers["content-type"].startswith("application/json")


STREAM = (b"accept", b"multipart/mixed;deferSpec=20220824")


async def test_an_answer_that_breaks_off(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = await client.start()
    pipeline.parts = [b'{"data":{},"hasNext":true}']
    pipeline.failure_of_parts = RuntimeError("inside")
    sent: list[Any] = []
    await leave_after(client.app, 60, sent, STREAM)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"] is True
    assert "broke off" in caplog.text
    assert "inside" not in str(sent)


async def test_a_client_that_leaves_in_the_middle_of_an_answer(client: Client) -> None:
    pipeline = await client.start()
    pipeline.parts = [b'{"hasNext":true}'] * 1000
    pipeline.pause = 0.02
    sent: list[Any] = []
    await asyncio.wait_for(leave_after(client.app, 0.1, sent, STREAM), 10)
    assert 0 < len(sent) < 100
    assert pipeline.streams_ended == 1
