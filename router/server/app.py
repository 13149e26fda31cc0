"""The ASGI application: the GraphQL endpoint, beside health, metrics and the page.

Enters: a supergraph (or a way to one), settings, subgraphs. Leaves: an ASGI application. Invariant: nothing listens
or is fetched before the application starts, by its lifespan or by its first request.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from router.config.document import KeyPath
from router.config.load import DEV, SettingsSources, load_settings
from router.config.settings import Settings
from router.errors import RouterError
from router.execution.transports.asgi import AsgiTransport
from router.pipeline import Pipeline
from router.server.asgi import AsgiApp, Receive, Scope, Send
from router.server.elsewhere import answer_elsewhere
from router.server.fetch import application_transport, fetch
from router.server.graphql_endpoint import GraphQLEndpoint
from router.server.health import health_routes
from router.server.measured_transport import MeasuredTransport
from router.server.network_calls import guard_calls, open_network
from router.server.page.routes import page_routes
from router.server.pipeline_settings import to_pipeline_settings
from router.server.routing_transport import RoutingTransport
from router.server.signed_calls import sign_calls
from router.server.sources import ComposedSource, FileSource, FixedSource, LoadedSupergraph, SupergraphSource, load_sdl
from router.server.state import RouterState
from router.server.tracing import open_tracing
from router.server.unknown_subgraphs import tell_unknown_subgraphs
from router.server.watch import watch_files
from router.supergraph.model import Supergraph

_log = logging.getLogger("router.supergraph")


class RouterApp(FastAPI):
    """The application; ``router_state`` is what it holds."""

    def __init__(self, state: RouterState, *, watch: bool) -> None:
        super().__init__(title="Router", openapi_url=None, docs_url=None, redoc_url=None, lifespan=self._lifespan)
        self.router_state = state
        self._watch = watch
        self._endpoint = GraphQLEndpoint(state)
        self._endpoint_path = state.settings.supergraph.path
        self.include_router(health_routes(state))
        if state.settings.homepage.enabled:
            self.include_router(page_routes(state))
        answer_elsewhere(self, state.settings.supergraph.path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the GraphQL endpoint is asked directly, without the web framework's layers."""
        if scope["type"] == "http":
            if not self.router_state.started:
                await self.router_state.start()
            if scope["path"] == self._endpoint_path:
                await self._endpoint(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self.router_state.start()
        if self._watch:
            self.router_state.spawn(self._reload_on_change())
        try:
            yield
        finally:
            await self.router_state.aclose()

    async def _reload_on_change(self) -> None:
        if self.router_state.current is None:
            # It may have come between the first look and this one.
            await self.router_state.reload()
        async for _ in watch_files(self.router_state.source.watched):
            await self.router_state.reload()


def create_app(
    supergraph: str | Path | Supergraph | None = None,
    *,
    config: str | Path | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    subgraphs: Mapping[str, AsgiApp | str] | None = None,
    dev: bool = False,
) -> RouterApp:
    """Return the router as an ASGI application.

    ``supergraph`` is a supergraph's SDL, the path of a file with it, or a loaded one; ``config`` is the path of a
    ``supergraph.yaml`` instead. ``settings`` are those of ``router.yaml``, typed or as plain data. ``subgraphs`` maps
    names to ASGI applications, which are called in process, or to URLs. ``dev`` does what ``--dev`` does.
    Raises :class:`~router.errors.InputError` for a bad supergraph or bad settings.
    """
    if (supergraph is None) == (config is None):
        raise RouterError("create_app takes either a supergraph or a config")
    typed = settings if isinstance(settings, Settings) else _typed(settings or {}, dev=dev)
    if isinstance(settings, Settings) and dev:
        typed = _typed(settings.model_dump(exclude_unset=True, by_alias=True), dev=True)
    source = _source(supergraph, config)
    return build_app(source, typed, subgraphs or {}, watch=False)


def build_app(
    source: SupergraphSource,
    settings: Settings,
    subgraphs: Mapping[str, AsgiApp | str],
    *,
    watch: bool,
    wait: bool = False,
) -> RouterApp:
    """Put the application together; with ``watch`` it reloads the supergraph when the source's files change.

    With ``wait`` it starts without a supergraph, and isn't ready until a good one is there.
    """
    apps = {name: app for name, app in subgraphs.items() if not isinstance(app, str)}
    urls = {name: url for name, url in subgraphs.items() if isinstance(url, str)}
    network = open_network(settings)
    sending = RoutingTransport(AsgiTransport(apps), frozenset(apps), network) if apps else network
    signing = sign_calls(settings, sending)
    tracing = open_tracing(settings.telemetry.exporters.tracing)
    measured = MeasuredTransport(signing if tracing is None else tracing.transport(signing))
    # Each try is signed, traced and measured by itself.
    transport = guard_calls(settings, measured)

    origins: dict[str, AsgiApp] = {}

    def make_pipeline(loaded: LoadedSupergraph) -> Pipeline:
        graphs = loaded.supergraph.graphs.values()
        names = [graph.name for graph in graphs]
        for sentence in tell_unknown_subgraphs(settings, names):
            _log.warning("%s", sentence)
        origins.update({urlsplit(graph.url).netloc: apps[graph.name] for graph in graphs if graph.name in apps})
        return Pipeline(loaded.supergraph, to_pipeline_settings(settings, names, urls), transport)

    async def fetch_keys(url: str, headers: Sequence[tuple[str, str]]) -> bytes:
        # A key set that an application here publishes is asked of it, not of the network.
        app = origins.get(urlsplit(url).netloc)
        return await fetch(url, headers, transport=None if app is None else application_transport(app))

    state = RouterState(settings, source, transport, make_pipeline, fetch_keys, wait=wait, tracing=tracing)
    state.metrics.subgraphs = measured.figures
    state.metrics.guards = transport.guards
    state.metrics.spans = None if tracing is None else tracing.figures
    return RouterApp(state, watch=watch)


def _source(supergraph: str | Path | Supergraph | None, config: str | Path | None) -> SupergraphSource:
    match supergraph:
        case None:
            return ComposedSource(Path(config or ""))
        case Path():
            return FileSource(supergraph)
        case str():
            return FixedSource(load_sdl(supergraph))
        case Supergraph():
            return FixedSource(LoadedSupergraph(supergraph, f"{id(supergraph):x}"))


def _typed(settings: Mapping[str, Any], *, dev: bool) -> Settings:
    overrides: dict[KeyPath, Any] = {(key,): value for key, value in settings.items()}
    sources = SettingsSources(name="settings", overrides={**overrides, **(DEV if dev else {})}, origin="settings")
    return load_settings(sources)
