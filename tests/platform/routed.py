"""The real three services behind the real router, in one process.

Enters: a running `Platform`, the project's own supergraph and `router.yaml`. Leaves: a `Routed` that answers operations
and remembers every fetch.
Invariant: nothing between client and database is replaced; only the network is, by calls of the applications.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from router import create_app, load_supergraph
from router.config.document import KeyPath
from router.config.load import SettingsSources, load_settings
from router.server.app import RouterApp
from router.server.asgi import AsgiApp, Receive, Scope, Send
from router.server.schemas import compose_schemas, load_schemas, load_supergraph_file
from router.supergraph.model import Supergraph
from tests.subgraphs.platform import SERVICES, Answer, Platform

ROOT = Path(__file__).resolve().parents[2]
#: The client's (RFC 5737).
ADDRESS = "198.51.100.7"


async def compose_own_supergraph() -> Supergraph:
    """What `router compose --config supergraph.yaml` gives, loaded."""
    schemas = await load_schemas(load_supergraph_file(ROOT / "supergraph.yaml", {}))
    composed = compose_schemas(schemas)
    assert composed.supergraph_sdl is not None, composed.errors
    return load_supergraph(composed.supergraph_sdl)


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to a service, as it arrived there."""

    service: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class Routed:
    """`client` reaches the router as `http://router.test`. `down` names services that nobody can reach."""

    platform: Platform
    app: RouterApp
    client: httpx2.AsyncClient
    fetches: list[Fetch] = field(default_factory=list)
    down: set[str] = field(default_factory=set)

    async def ask(
        self, query: str, token: str | None = None, headers: dict[str, str] | None = None, **variables: Any
    ) -> Answer:
        """POST one operation to the router; `fetches` are then those of this one."""
        self.fetches.clear()
        sent = {"accept": "application/graphql-response+json", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        body = {"query": query, "variables": variables}
        response = await self.client.post("http://router.test/graphql", json=body, headers=sent)
        return Answer(response.status_code, response.json(), response.headers)

    @property
    def asked(self) -> list[str]:
        """The services that the last operation asked, in order."""
        return [fetch.service for fetch in self.fetches]

    def between(self, service: str) -> AsgiApp:
        """The service's application, with its requests noted and its network cut where it is `down`."""
        inner = self.platform.apps[service]

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                raise ValueError("the service's life is the platform's matter")
            if service in self.down:
                raise ConnectionError("unreachable")
            if scope["path"] != "/graphql":
                await inner(scope, receive, send)
                return
            message = await receive()
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.fetches.append(Fetch(service, headers, json.loads(message["body"])))
            waiting = [message]

            async def again() -> Any:
                return waiting.pop() if waiting else await receive()

            await inner(scope, again, send)

        return application


@asynccontextmanager
async def start_router(
    platform: Platform, supergraph: Supergraph, changes: Mapping[str, Any] | None = None, address: str = ADDRESS
) -> AsyncIterator[Routed]:
    """Put the router in front, with the project's `router.yaml`. `changes` are settings by dotted key, `address` is
    the client's."""
    overrides: dict[KeyPath, Any] = {tuple(key.split(".")): value for key, value in (changes or {}).items()}
    async with httpx2.AsyncClient() as unused:
        routed = Routed(platform, None, unused)  # type: ignore[arg-type]
        settings = load_settings(SettingsSources((ROOT / "router.yaml").read_text(), folder=ROOT, overrides=overrides))
        routed.app = create_app(
            supergraph, settings=settings, subgraphs={service: routed.between(service) for service in SERVICES}
        )
        transport = httpx2.ASGITransport(app=routed.app, client=(address, 4711))
        async with (
            routed.app.router.lifespan_context(routed.app),
            httpx2.AsyncClient(transport=transport) as routed.client,
        ):
            yield routed
