"""The application around a subgraph's schema: its routes, its life, and what it holds open.

Enters: a service's settings, schema and parts. Leaves: a FastAPI application.
Invariants: nothing connects before the first request; starting never changes the database; a service whose
schema isn't the one its code wants answers 503 and says so in `/health/ready`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from subgraphs.shared.database import Database
from subgraphs.shared.federation import SubgraphSchema
from subgraphs.shared.graphql_http import CallScope, GraphQLEndpoint
from subgraphs.shared.metrics import Metrics, Reading
from subgraphs.shared.migration import Migrations, SchemaState, read_schema_state
from subgraphs.shared.settings import ServiceSettings
from subgraphs.shared.token_check import TokenCheck
from subgraphs.shared.tracing import NO_REQUESTS, open_tracing

if TYPE_CHECKING:
    from subgraphs.shared.tracing.spans import Tracing

log = logging.getLogger(__name__)

NO_STORE = {"cache-control": "no-store"}


@dataclass(slots=True)
class Service:
    """One running service. `closing` runs, last first, when the application stops."""

    name: str
    settings: ServiceSettings
    schema: SubgraphSchema
    database: Database
    migrations: Migrations
    token_check: TokenCheck
    make_context: Callable[[CallScope], object]
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing | None = None
    _has_been_ready: bool = False
    #: What was found when the database was last looked at.
    _answers: bool = False
    _is_outdated: bool = False

    async def schema_state(self) -> SchemaState:
        self._answers = False
        async with asyncio.timeout(self.settings.ready_timeout):
            state = await read_schema_state(self.database, self.migrations)
        self._answers, self._is_outdated = True, not state.is_current
        return state

    def readings(self) -> list[Reading]:
        """The figures that are there in each service."""
        pool = "Connections of the pool, and how many there may be at most."
        ready = "Whether the database answered with the wanted revision, when it was last looked at."
        outdated = "Whether the database had another revision than the wanted one, when it last answered."
        readings = [
            Reading("subgraph_database_connections", pool, self.database.connections, "state"),
            Reading("subgraph_ready", ready, lambda: {"": self._answers and not self._is_outdated}),
            Reading("subgraph_schema_outdated", outdated, lambda: {"": self._is_outdated}),
        ]
        if self.tracing is not None:
            counts = self.tracing.figures.by_outcome
            spans = "Spans of traces, by what became of them."
            readings.append(Reading("subgraph_trace_spans", spans, counts, "outcome", "counter"))
        return readings

    async def is_ready(self) -> bool:
        """Whether the database has once been seen at the revision that this code wants."""
        if not self._has_been_ready:
            try:
                self._has_been_ready = (await self.schema_state()).is_current
            except (SQLAlchemyError, OSError, TimeoutError):
                return False
        return self._has_been_ready

    async def readiness(self) -> tuple[bool, str]:
        """Whether the database answers and is at the wanted revision, and a sentence about it."""
        try:
            state = await self.schema_state()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("the database doesn't answer: %s", type(error).__name__)
            return False, "the database doesn't answer"
        if state.is_current:
            return True, str(state)
        return False, f"{state}; run `{self.name} migrate`"

    async def close(self) -> None:
        async with AsyncExitStack() as stack:
            for close in (self.database.close, *self.closing):
                stack.push_async_callback(close)


def open_client(
    injected: httpx2.AsyncClient | None, closing: list[Callable[[], Awaitable[None]]]
) -> httpx2.AsyncClient:
    """The HTTP client for keys and siblings: the injected one, or one that closes with the service."""
    if injected is not None:
        return injected
    limits = httpx2.Limits(max_connections=50, max_keepalive_connections=20)
    client = httpx2.AsyncClient(limits=limits, follow_redirects=False, trust_env=False)
    closing.append(client.aclose)
    return client


def build_app(service: Service) -> FastAPI:
    """The application with `/graphql` and `/health`; the service is at `app.state.service`.

    Raises ValueError where traces are asked for that can't be made.
    """
    service.tracing = tracing = open_tracing(service.name)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if tracing is not None:
            tracing.start()
            service.closing.insert(0, tracing.aclose)
        ready, sentence = await service.readiness()
        log.log(logging.INFO if ready else logging.ERROR, "%s: %s", service.name, sentence)
        try:
            yield
        finally:
            await service.close()

    telemetry = NO_REQUESTS if tracing is None else tracing.requests
    app = FastAPI(title=service.name, openapi_url=None, lifespan=lifespan, telemetry=telemetry)
    app.state.service = service
    service.metrics.readings += service.readings()
    if tracing is not None:
        tracing.statements_of(service.database.engines)
    endpoint = GraphQLEndpoint(service)

    async def graphql(request: Request) -> Response:
        return await endpoint(request)

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=NO_STORE)

    async def ready(_: Request) -> Response:
        is_ready, sentence = await service.readiness()
        body = {"status": "ok" if is_ready else "unavailable", "detail": sentence}
        return JSONResponse(body, 200 if is_ready else 503, NO_STORE)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
    app.add_route("/graphql", graphql, methods=methods)
    app.add_route("/health/live", live, methods=["GET"])
    for path in ("/health", "/health/ready"):
        app.add_route(path, ready, methods=["GET"])
    return app
