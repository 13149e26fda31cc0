"""A pipeline that answers what a test tells it to, so that HTTP is tested apart from GraphQL.

Enters: requests. Leaves: canned responses. Invariant: every request and context that came in is kept.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from router.config.load import SettingsSources, load_settings
from router.errors import InvalidSupergraph
from router.execution.context import RequestContext
from router.pipeline import GraphQLRequest, GraphQLResponse
from router.server.app import RouterApp
from router.server.sources import LoadedSupergraph
from router.server.state import RouterState
from router.supergraph.model import Supergraph
from router.type_system.model import Schema

EMPTY = Supergraph(Schema({}), {}, {})


class FakePipeline:
    """Gives `response` to every request, after `delay` seconds and with the `gate` open; `parts` to clients that take
    several."""

    def __init__(self) -> None:
        self.response = GraphQLResponse(b'{"data":{"ok":true}}')
        self.parts: list[bytes] = []
        self.failure: Exception | None = None
        self.failure_of_parts: Exception | None = None
        self.pause = 0.0
        self.streams_ended = 0
        self.delay = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.requests: list[GraphQLRequest] = []
        self.contexts: list[RequestContext] = []
        self.cancelled = 0
        self.closed = 0
        self.warmed: list[tuple[str, str | None]] = []
        self.counters = {"document_cache_hits": 3}

    async def run(self, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse:
        self.requests.append(request)
        self.contexts.append(context)
        try:
            await asyncio.sleep(self.delay)
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure
        return self.response

    async def stream(self, request: GraphQLRequest, context: RequestContext) -> GraphQLResponse | AsyncIterator[bytes]:
        response = await self.run(request, context)
        return self._stream() if self.parts else response

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            for part in self.parts:
                await asyncio.sleep(self.pause)
                yield part
            if self.failure_of_parts is not None:
                raise self.failure_of_parts
        finally:
            self.streams_ended += 1

    def recent(self) -> list[tuple[str, str | None]]:
        return [("{ recent }", None)]

    async def warm(self, operations: Sequence[tuple[str, str | None]]) -> int:
        await asyncio.sleep(0.02)
        self.warmed = list(operations)
        return len(operations)

    async def aclose(self) -> None:
        self.closed += 1


class FakeSource:
    """Loads supergraphs by id; an id of `bad` can't be loaded."""

    name = "a test"

    def __init__(self) -> None:
        self.id = "one"

    async def load(self) -> LoadedSupergraph:
        if self.id == "bad":
            raise InvalidSupergraph("this supergraph is bad")
        if self.id == "fault":
            raise TypeError("the router is at fault")
        return LoadedSupergraph(EMPTY, self.id)

    def watched(self) -> list[Any]:
        return []


@asynccontextmanager
async def _no_transport() -> AsyncIterator[None]:
    yield


async def _no_keys(url: str, headers: Any) -> bytes:
    raise OSError("no key server in this test")


def fake_app(
    settings: str = "", *, environment: dict[str, str] | None = None, fetch: Any = _no_keys
) -> tuple[RouterApp, list[FakePipeline]]:
    """Return a router over fake pipelines, one for each supergraph that it loads."""
    pipelines: list[FakePipeline] = []

    def make_pipeline(_: LoadedSupergraph) -> Any:
        pipelines.append(FakePipeline())
        return pipelines[-1]

    typed = load_settings(SettingsSources(settings, environment=environment or {}))
    state = RouterState(typed, FakeSource(), _no_transport(), make_pipeline, fetch)
    return RouterApp(state, watch=False), pipelines
