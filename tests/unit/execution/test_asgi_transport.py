"""The in-process transport: ASGI applications called directly, with the faults that a network has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request

from router.execution.transport import SubgraphRequest, TransportError
from router.execution.transports.asgi import AsgiApp, AsgiTransport


def post(**more: Any) -> SubgraphRequest:
    values = {"timeout": 1.0, "headers": (("Content-Type", "application/json"),), **more}
    return SubgraphRequest("a", "http://a.test:81/graphql%20x?y=1", b'{"query":"{x}"}', **values)


def app(*messages: dict[str, Any], wait: float = 0.0, error: Exception | None = None) -> AsgiApp:
    async def run(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await receive()
        for message in messages:
            await send(message)
        await asyncio.sleep(wait)
        if error is not None:
            raise error

    return run


def start(status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": [(b"X-Mark", b"1")]}


def body(data: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def test_a_real_application_with_its_lifespan() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, str]]:
        events.append("up")
        yield {"kept": "state"}
        events.append("down")

    server = FastAPI(lifespan=lifespan)

    @server.post("/graphql x")
    async def answer(request: Request) -> dict[str, Any]:
        return {
            "body": await request.json(),
            "host": request.headers["host"],
            "query": request.url.query,
            "kept": request.state.kept,
        }

    async with AsgiTransport({"a": server}) as transport:
        assert events == ["up"]
        response = await transport.send(post())
    assert events == ["up", "down"]
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.body) == {"body": {"query": "{x}"}, "host": "a.test:81", "query": "y=1", "kept": "state"}


async def test_an_application_without_a_lifespan_is_left_alone() -> None:
    async def strict(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("no lifespan here")
        await send(start())
        await send(body(b"{}"))

    async with AsgiTransport({"a": strict}) as transport:
        assert (await transport.send(post())).body == b"{}"


async def test_an_application_that_fails_to_start() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(TransportError, match="no database"):
        async with AsgiTransport({"a": broken}):
            pass


async def test_chunks_are_put_together_and_statuses_kept() -> None:
    transport = AsgiTransport({"a": app(start(500), body(b"a", True), body(b"b"))})
    response = await transport.send(post())
    assert (response.status, response.body, response.headers) == (500, b"ab", {"x-mark": "1"})


@pytest.mark.parametrize(
    ("application", "code"),
    [
        (app(), "SUBREQUEST_HTTP_ERROR"),
        (app(error=RuntimeError("secret")), "SUBREQUEST_HTTP_ERROR"),
        (app(start(), body(b"x", True)), "SUBREQUEST_MALFORMED_RESPONSE"),
        (app(start(), body(b"x", True), error=RuntimeError("secret")), "SUBREQUEST_HTTP_ERROR"),
        (app(start(), body(b"x" * 101)), "SUBREQUEST_TOO_LARGE"),
        (app(start(), body(b"x" * 60, True), body(b"x" * 60)), "SUBREQUEST_TOO_LARGE"),
        (app(start(), body(b"x", True), wait=5), "SUBREQUEST_TIMEOUT"),
        (app(wait=5), "SUBREQUEST_TIMEOUT"),
    ],
)
async def test_faults(application: AsgiApp, code: str) -> None:
    transport = AsgiTransport({"a": application})
    with pytest.raises(TransportError) as caught:
        await transport.send(post(timeout=0.1, max_response_bytes=100))
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


async def test_what_happens_after_the_answer_does_not_matter() -> None:
    transport = AsgiTransport({"a": app(start(), body(b"{}"), error=RuntimeError("late"))})
    assert (await transport.send(post())).body == b"{}"


async def test_a_subgraph_without_an_application() -> None:
    with pytest.raises(TransportError) as caught:
        await AsgiTransport({}).send(post())
    assert not caught.value.sent
