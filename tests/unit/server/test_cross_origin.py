"""CORS and CSRF: what other sites may have a browser do."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.server.test_graphql_over_http import BODY, URL, Client

SITE = "https://app.example.com"


async def preflight(client: Client, origin: str = SITE, **more: str) -> Any:
    headers = {"origin": origin, "access-control-request-method": "POST", **more}
    return await client.http.options(URL, headers=headers)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:5173", True),
        ("http://127.0.0.1:3000", True),
        ("http://localhost", True),
        ("http://localhost.evil.test", False),
        ("http://localhost:3000.evil.test", False),
        ("https://evil.test", False),
        ("null", False),
    ],
)
async def test_the_laptops_settings_allow_pages_of_the_laptop_alone(origin: str, allowed: bool) -> None:
    settings = yaml.safe_load((Path(__file__).parents[3] / "router.yaml").read_text(encoding="utf-8"))
    client = Client(f"cors: {json.dumps(settings['cors'])}")
    assert (await preflight(client, origin)).status_code == (204 if allowed else 403)
    answer = await client.post(origin=origin)
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert "access-control-allow-credentials" not in answer.headers


async def test_no_origin_is_allowed_by_default() -> None:
    client = Client()
    refused = await preflight(client)
    assert refused.status_code == 403
    assert "cors.origins" in refused.text
    answer = await client.post(origin=SITE)
    assert answer.status_code == 200
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    ("settings", "origin", "allowed"),
    [
        (f"origins: ['{SITE}']", SITE, SITE),
        (f"origins: ['{SITE}']", "https://app.example.com.evil.test", None),
        (f"origins: ['{SITE}']", "http://app.example.com", None),
        (f"origins: ['{SITE}']", "null", None),
        (r"match_origins: ['https://[a-z]+\.example\.com']", SITE, SITE),
        (r"match_origins: ['https://[a-z]+\.example\.com']", "https://a.example.com.evil.test", None),
        (r"match_origins: ['https://[a-z]+\.example\.com']", "https://evil.test/https://a.example.com", None),
        ("allow_any_origin: true", "https://anyone.test", "*"),
    ],
)
async def test_origins(settings: str, origin: str, allowed: str | None) -> None:
    client = Client(f"cors: {{{settings}}}")
    for answer in (await client.post(origin=origin), await preflight(client, origin)):
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in answer.headers
        if allowed != "*":
            assert answer.headers["vary"] == "origin"
    assert (await preflight(client, origin)).status_code == (204 if allowed else 403)


async def test_credentials_go_with_listed_origins_only() -> None:
    client = Client(f"cors: {{origins: ['{SITE}'], allow_credentials: true, expose_headers: [x-request-id]}}")
    answer = await client.post(origin=SITE)
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-expose-headers"] == "x-request-id"
    other = await client.post(origin="https://other.test")
    assert "access-control-allow-credentials" not in other.headers
    assert "access-control-allow-origin" not in other.headers
    assert other.headers["vary"] == "origin"


async def test_a_preflight_tells_what_is_allowed() -> None:
    client = Client(f"cors: {{origins: ['{SITE}'], methods: [POST], max_age: 1h}}")
    answer = await preflight(client, **{"access-control-request-headers": "content-type, x-a"})
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, x-a"
    assert answer.headers["access-control-max-age"] == "3600"
    listed = Client(f"cors: {{origins: ['{SITE}'], allow_headers: [authorization]}}")
    answer = await preflight(listed, **{"access-control-request-headers": "x-a"})
    assert answer.headers["access-control-allow-headers"] == "authorization"


async def test_refusals_carry_the_headers_too() -> None:
    client = Client(f"cors: {{origins: ['{SITE}']}}")
    answer = await client.post(b"{", origin=SITE)
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == SITE


GET = f"{URL}?query=%7Bok%7D"


async def test_get_queries_are_served_without_a_preflight() -> None:
    assert (await Client().http.get(GET)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"content-type": "text/plain"}, 400),
        ({"content-type": "text/plain;application/json"}, 400),
        ({"content-type": "application/x-www-form-urlencoded; a=b"}, 400),
        ({"content-type": "multipart/form-data"}, 400),
        ({"content-type": " TEXT/plain "}, 400),
        ({"content-type": "application/json"}, 200),
        ({"apollo-require-preflight": ""}, 200),
        ({"x-apollo-operation-name": "A"}, 200),
        ({"x-other": "1"}, 400),
    ],
)
async def test_get_requests_can_be_asked_for_a_preflight(headers: dict[str, str], status: int) -> None:
    client = Client("csrf: {required_for_get: true}")
    response = await client.http.get(GET, headers=headers)
    assert response.status_code == status
    if status == 400:
        assert response.json()["errors"][0]["extensions"]["code"] == "CSRF_ERROR"
        assert client.pipelines[0].requests == []


async def test_the_protection_can_be_turned_off() -> None:
    client = Client("csrf: {required_for_get: true, unsafe_disabled: true}")
    assert (await client.http.get(GET)).status_code == 200
    # Even then a body must be JSON.
    assert (await client.post(BODY, content_type="text/plain")).status_code == 415
