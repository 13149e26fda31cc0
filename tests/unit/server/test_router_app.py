"""The application around the endpoint: health, metrics, identity, reload, page."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from router.pipeline import GraphQLResponse
from router.server.page.routes import CONTENT_SECURITY_POLICY
from tests.support.fake_pipeline import fake_app
from tests.support.tokens import AUDIENCE, ISSUER, URL, KeyServer, good_token, standard_keys
from tests.support.until import until
from tests.unit.server.test_graphql_over_http import Client

JWKS = f"[{{url: '{URL}', issuers: ['{ISSUER}'], audiences: ['{AUDIENCE}']}}]"
JWT = f"authentication: {{router: {{jwt: {{jwks: {JWKS}}}}}}}"
HOST = "http://router.test"


async def get(client: Client, path: str, **headers: str) -> httpx2.Response:
    return await client.http.get(
        HOST + path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


class TestHealth:
    """`/health`, `/health/live`, `/health/ready`."""

    async def test_up(self) -> None:
        client = Client()
        for path in ("/health", "/health/live", "/health/ready"):
            response = await get(client, path)
            assert (response.status_code, response.json()["status"]) == (200, "UP")
            assert response.headers["cache-control"] == "no-store"

    async def test_readiness_shows_which_supergraph_is_served(self) -> None:
        client = Client()
        await client.start()
        current = client.app.router_state.current
        assert current is not None
        assert (await get(client, "/health/ready")).json() == {"status": "UP", "supergraph": current.supergraph.id}

    async def test_draining_fails_readiness_only_and_requests_go_on(self) -> None:
        client = Client()
        await client.start()
        client.app.router_state.draining = True
        response = await get(client, "/health/ready")
        assert (response.status_code, response.json()["status"]) == (503, "DOWN")
        assert (await get(client, "/health/live")).status_code == 200
        answer = await client.post()
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")

    async def test_elsewhere_or_not_at_all(self) -> None:
        client = Client("health_check: {path: /status}")
        assert (await get(client, "/status/ready")).status_code == 200
        assert (await get(client, "/health")).status_code == 404
        assert (await get(Client("health_check: {enabled: false}"), "/health")).status_code == 404


async def test_metrics_count_what_happens() -> None:
    client = Client()
    await client.post()
    await client.post(b"{")
    lines = (await get(client, "/metrics")).text.splitlines()
    assert 'router_http_requests_total{status="200"} 1.0' in lines
    assert 'router_http_requests_total{status="400"} 1.0' in lines
    assert 'router_http_request_duration_seconds_bucket{le="+Inf"} 2.0' in lines
    assert "router_http_requests_in_flight 0.0" in lines
    assert 'router_supergraph_info{id="one"} 1.0' in lines
    assert 'router_supergraph_loads_total{outcome="loaded"} 1.0' in lines
    assert any(line.startswith("router_pipeline_document_cache_hits") and line.endswith(" 3.0") for line in lines)
    off = Client("telemetry: {exporters: {metrics: {prometheus: {enabled: false}}}}")
    assert (await get(off, "/metrics")).status_code == 404


async def test_metrics_come_as_openmetrics_where_that_is_asked_for() -> None:
    client = Client()
    await client.post()
    plain = await get(client, "/metrics")
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    asked = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    strict = await get(client, "/metrics", accept=asked)
    assert strict.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = list(openmetrics_families(strict.text))
    samples = {(each.name, *sorted(each.labels.items())): each.value for one in families for each in one.samples}
    assert samples["router_http_requests_total", ("status", "200")] == 1
    assert samples["router_supergraph_info", ("id", "one")] == 1
    assert samples == {
        (each.name, *sorted(each.labels.items())): each.value
        for one in text_string_to_metric_families(plain.text)
        for each in one.samples
    }
    odd = await get(client, "/metrics", accept="application/openmetrics-text;version=abc")
    assert (odd.status_code, odd.headers["content-type"]) == (200, plain.headers["content-type"])


class TestIdentity:
    """Tokens at the endpoint."""

    def client(self, more: str = "") -> Client:
        return Client(f"{JWT}\n{more}", fetch=KeyServer(standard_keys()))

    async def test_claims_reach_the_pipeline_and_the_header_the_subgraphs(self) -> None:
        client = self.client()
        header = f"Bearer {good_token()}"
        assert (await client.post(authorization=header)).status_code == 200
        context = client.pipelines[0].contexts[0]
        assert context.claims is not None
        assert context.claims["sub"] == "u1"
        assert context.headers_for("users") == (("authorization", header),)

    async def test_no_token_is_anonymous(self) -> None:
        client = self.client()
        assert (await client.post()).status_code == 200
        assert client.pipelines[0].contexts[0].claims is None

    @pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "*/*"])
    async def test_a_bad_token_is_401_with_a_graphql_error(self, accept: str) -> None:
        client = self.client()
        response = await client.post(authorization=f"Bearer {good_token(exp=1)}", accept=accept)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        error = {"message": "The token has expired; sign in again.", "extensions": {"code": "UNAUTHENTICATED"}}
        assert response.json() == {"errors": [error]}
        assert client.pipelines[0].requests == []

    async def test_a_token_can_be_required(self) -> None:
        client = self.client("authorization: {require_authentication: true}")
        response = await client.post()
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        assert (await client.post(authorization=f"Bearer {good_token()}")).status_code == 200

    async def test_a_token_is_never_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        client = self.client("telemetry: {exporters: {logging: {stdout: {requests: true}}}}")
        secret = good_token(exp=1)
        await client.post(authorization=f"Bearer {secret}")
        await client.post(authorization=f"Bearer {good_token()}")
        await client.post(authorization="Bearer s3cret-that-is-no-token")
        assert caplog.text
        assert "s3cret" not in caplog.text
        assert secret not in caplog.text
        assert "eyJ" not in caplog.text


async def test_header_rules_apply() -> None:
    client = Client("headers: {all: {request: [{propagate: {named: x-a}}], response: [{propagate: {named: x-b}}]}}")
    pipeline = await client.start()
    pipeline.response = GraphQLResponse(b"{}", subgraph_headers=(("users", {"x-b": "2", "x-c": "3"}),))
    response = await client.post(x_a="1", cookie="a=b")
    assert client.pipelines[0].contexts[0].headers_for("users") == (("x-a", "1"),)
    assert response.headers["x-b"] == "2"
    assert "x-c" not in response.headers


class TestReload:
    """A new supergraph takes over between requests; a bad one never does."""

    async def test_a_request_keeps_its_pipeline(self) -> None:
        client = Client()
        first = await client.start()
        first.gate.clear()
        running = asyncio.create_task(client.post())
        await until(lambda: first.requests)
        state = client.app.router_state
        state.source.id = "two"  # type: ignore[attr-defined]
        await state.reload()
        assert first.closed == 0
        assert (await client.post()).status_code == 200
        first.gate.set()
        assert (await running).status_code == 200
        await asyncio.sleep(0)
        first_requests, second = len(first.requests), client.pipelines[1]
        assert (first_requests, len(second.requests), first.closed) == (1, 1, 1)
        assert second.warmed == [("{ recent }", None)]

    async def test_the_old_one_serves_until_the_new_one_is_warm(self) -> None:
        client = Client()
        await client.start()
        state = client.app.router_state
        state.source.id = "two"  # type: ignore[attr-defined]
        reloading = asyncio.create_task(state.reload())
        await asyncio.sleep(0)
        assert (await client.post()).status_code == 200
        first, second = client.pipelines
        assert (len(first.requests), len(second.requests), second.warmed) == (1, 0, [])
        await reloading
        assert (await client.post()).status_code == 200
        assert (len(first.requests), len(second.requests)) == (1, 1)

    @pytest.mark.parametrize("name", ["bad", "fault"])
    async def test_a_bad_supergraph_changes_nothing_but_a_figure(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = Client()
        await client.start()
        state = client.app.router_state
        state.source.id = name  # type: ignore[attr-defined]
        await state.reload()
        assert (await client.post()).status_code == 200
        assert len(client.pipelines) == 1
        assert "the old one goes on" in caplog.text
        assert 'router_supergraph_loads_total{outcome="refused"} 1.0' in (await get(client, "/metrics")).text
        assert (await get(client, "/health/ready")).status_code == 200

    async def test_an_equal_supergraph_makes_no_new_pipeline(self) -> None:
        client = Client()
        await client.start()
        await client.app.router_state.reload()
        assert len(client.pipelines) == 1


class TestPage:
    """The page is there in development, and is nothing but the package's own files."""

    SETTINGS = json.dumps(
        {
            "homepage": {
                "enabled": True,
                "sign_in": {
                    "operation": "mutation { a }",
                    "token_path": "a.b",
                    "accounts": [{"label": "admin", "variables": {"x": 1}}],
                },
                "examples": [{"name": "One", "query": "{ ok }", "account": "admin"}],
            }
        }
    )

    async def test_not_there_by_default(self) -> None:
        for path in ("/", "/page/config.json", "/page/assets/app.js"):
            assert (await get(Client(), path)).status_code == 404

    async def test_the_index(self) -> None:
        client = Client(self.SETTINGS)
        response = await get(client, "/")
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in CONTENT_SECURITY_POLICY
        assert response.headers["x-content-type-options"] == "nosniff"
        again = await get(client, "/", if_none_match=response.headers["etag"])
        assert again.status_code == 304
        assert response.headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize(
        ("name", "content_type"),
        [("app.js", "text/javascript"), ("app.css", "text/css"), ("icon.svg", "image/svg+xml")],
    )
    async def test_assets(self, name: str, content_type: str) -> None:
        response = await get(Client(self.SETTINGS), f"/page/assets/{name}")
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(content_type)
        assert response.content

    @pytest.mark.parametrize("name", ["none.js", "..%2f..%2froutes.py", "%2e%2e/routes.py", "../routes.py"])
    async def test_nothing_else(self, name: str) -> None:
        assert (await get(Client(self.SETTINGS), f"/page/assets/{name}")).status_code == 404

    async def test_the_configuration(self) -> None:
        response = await get(Client(self.SETTINGS), "/page/config.json")
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "endpoint": "/graphql",
            "plan_endpoint": "/page/plan",
            "sign_in": {
                "operation": "mutation { a }",
                "token_path": "a.b",
                "accounts": [{"label": "admin", "variables": {"x": 1}}],
            },
            "examples": [{"name": "One", "query": "{ ok }", "variables": None, "account": "admin"}],
        }


async def test_another_path() -> None:
    app, _ = fake_app("supergraph: {path: /api/graph}")
    http: Any = httpx2.AsyncClient(transport=httpx2.ASGITransport(app))
    assert (await http.get(f"{HOST}/api/graph?query=a")).status_code == 200
    assert (await http.get(f"{HOST}/graphql?query=a")).status_code == 404
