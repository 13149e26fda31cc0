"""What `helm test` asks the router: anybody may ask it, and the answer needs all three services."""

from __future__ import annotations

from typing import Any

import httpx2
import yaml

from dev.product import ROOT
from router import compose, create_app
from subgraphs.shared.migration import migrate
from tests.subgraphs.platform import SERVICES, Platform


async def ask(platform: Platform, settings: dict[str, Any]) -> Any:
    schemas = {
        name: (f"http://{name}.test/graphql", app.state.service.schema.sdl) for name, app in platform.apps.items()
    }
    router = create_app(compose(schemas).supergraph_sdl, settings=settings, subgraphs=platform.apps)
    query = yaml.safe_load((ROOT / "charts" / "values" / "router.yaml").read_text())["test"]["query"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(router)) as client:
        answer = (await client.post("http://router.test/graphql", json={"query": query})).json()
    await router.router_state.aclose()
    return answer


async def test_it_is_answered_without_an_error(platform: Platform) -> None:
    answer = await ask(platform, {})
    assert "errors" not in answer
    assert {course["enrollmentCount"] for course in answer["data"]["allCourses"]} == {0, 1, 2}
    assert all(course["instructor"]["displayName"] for course in answer["data"]["allCourses"])


async def test_it_is_where_nothing_is_stored_yet_and_asks_every_service(platform: Platform) -> None:
    for name in SERVICES:
        service = platform.apps[name].state.service
        await migrate(service.database, service.migrations, "base")
        await migrate(service.database, service.migrations, "head")
    answer = await ask(platform, {})
    assert answer == {"data": {"allCourses": [], "whoami": None, "enrollment": None}}
    for name in SERVICES:
        counted = platform.apps[name].state.service.metrics.render()[0].decode()
        assert 'subgraph_requests_total{operation="query",status="200"} 1.0' in counted, name
