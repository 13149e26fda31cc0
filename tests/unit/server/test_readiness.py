"""What `/health/ready` waits for: a supergraph, and for a bounded time the first keys; never a subgraph."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from router.server.identity import key_set
from tests.support.tokens import AUDIENCE, ISSUER, URL, KeyServer, good_token, standard_keys
from tests.unit.server.test_graphql_over_http import Client
from tests.unit.server.test_router_app import get

JWKS = f"[{{url: '{URL}', issuers: ['{ISSUER}'], audiences: ['{AUDIENCE}'], poll_interval: 1s}}]"


def client(server: Any, more: str = "") -> Client:
    return Client(f"authentication: {{router: {{jwt: {{jwks: {JWKS}{more}}}}}}}", fetch=server)


async def readiness(made: Client) -> tuple[int, dict[str, Any]]:
    response = await get(made, "/health/ready")
    return response.status_code, response.json()


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(3000):
        if await is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never came true")


async def until_ready(made: Client) -> None:
    async def is_ready() -> bool:
        return (await readiness(made))[0] == 200

    await eventually(is_ready)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_set, "FIRST_RETRY", 0.01)
    monkeypatch.setattr(key_set, "LONGEST_RETRY", 0.05)


async def test_it_waits_for_the_first_keys_and_says_so() -> None:
    server = KeyServer(standard_keys())
    server.failing = True
    made = client(server)
    await made.start()
    await asyncio.sleep(0.1)
    status, body = await readiness(made)
    assert (status, body["status"]) == (503, "DOWN")
    assert body["waiting_for"] == ["the first keys of authentication.router.jwt.jwks[0]"]
    # Where the keys come from is nobody's business who may ask for health.
    assert URL not in str(body)
    assert (await get(made, "/health/live")).status_code == 200
    # Who comes all the same is served as far as it goes.
    assert (await made.post()).status_code == 200
    assert (await made.post(authorization=f"Bearer {good_token()}")).status_code == 503
    server.failing = False
    await until_ready(made)
    assert (await made.post(authorization=f"Bearer {good_token()}")).status_code == 200
    await made.app.router_state.aclose()


async def test_it_waits_no_longer_than_it_is_told() -> None:
    server = KeyServer(standard_keys())
    server.failing = True
    made = client(server, ", wait_for_keys: 200ms")
    await made.start()
    assert (await readiness(made))[0] == 503
    await until_ready(made)
    assert "waiting_for" not in (await readiness(made))[1]
    assert (await made.post(authorization=f"Bearer {good_token()}")).status_code == 503
    server.failing = False

    async def is_verified() -> bool:
        return (await made.post(authorization=f"Bearer {good_token()}")).status_code == 200

    await eventually(is_verified)
    await made.app.router_state.aclose()


async def test_a_later_outage_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "router.identity")
    server = KeyServer(standard_keys())
    made = client(server)
    await made.start()
    await until_ready(made)
    server.failing = True
    fetched = server.calls

    async def is_tried() -> bool:
        return server.calls >= fetched + 15

    await eventually(is_tried)
    assert (await readiness(made))[0] == 200
    assert (await made.post(authorization=f"Bearer {good_token()}")).status_code == 200
    told = [record.getMessage() for record in caplog.records if "can't be had" in record.getMessage()]
    assert 1 <= len(told) <= 3
    assert "known keys stay" in told[0]
    server.failing = False

    async def is_told() -> bool:
        return "is back" in caplog.text

    await eventually(is_told)
    await made.app.router_state.aclose()


async def test_a_router_that_stops_says_that() -> None:
    made = Client()
    await made.start()
    made.app.router_state.draining = True
    status, body = await readiness(made)
    assert (status, body["reason"]) == (503, "The router is stopping.")
    await made.app.router_state.aclose()


async def test_the_log_says_that_there_is_still_no_supergraph(caplog: pytest.LogCaptureFixture) -> None:
    made = Client()
    state = made.app.router_state
    source: Any = state.source
    source.id = "bad"
    state._wait = True
    await state.start()
    await state.reload()
    assert "There is still no supergraph: this supergraph is bad" in caplog.text
    assert "the old one goes on" not in caplog.text
    assert (await readiness(made))[1]["waiting_for"] == ["a supergraph"]
    await state.aclose()
