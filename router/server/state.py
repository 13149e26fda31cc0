"""What one router holds while it serves: settings, the current supergraph's pipeline, identity, figures.

Enters: settings, a source of supergraphs, a transport. Leaves: a pipeline for each request. Invariant: a request
keeps the pipeline that it began with; a new supergraph takes over between two requests, and a bad one never does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from router.config.settings import Settings
from router.errors import RouterError
from router.pipeline import Pipeline
from router.server.answer import Refusal
from router.server.cross_origin import CrossOrigin
from router.server.header_rules import RequestHeaderRules, ResponseHeaderRules
from router.server.identity.authenticator import Authenticator
from router.server.identity.key_set import Fetch
from router.server.metrics import Metrics
from router.server.sources import LoadedSupergraph, SupergraphSource

if TYPE_CHECKING:
    from router.server.tracing.spans import Tracing

_log = logging.getLogger("router.supergraph")
PipelineFactory = Callable[[LoadedSupergraph], Pipeline]
#: Opened when the router starts, closed when it stops.
Transport = AbstractAsyncContextManager[Any]
#: Seconds at the end for sending the last spans.
FLUSH: Final = 5.0


@dataclass(slots=True)
class Generation:
    """One supergraph in service; ``active`` counts the requests that run on it: they hold it by ``with``."""

    supergraph: LoadedSupergraph
    pipeline: Pipeline
    active: int = 0
    _close: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        self.active += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.active -= 1
        if self._close is not None and not self.active:
            self._close()

    def retire(self, close: Callable[[], None]) -> None:
        """Take no more requests; ``close`` is called once none runs any more."""
        self._close = close
        if not self.active:
            close()


class RouterState:
    """Everything that requests share. Starts by itself with the first request where no lifespan started it."""

    def __init__(
        self,
        settings: Settings,
        source: SupergraphSource,
        transport: Transport,
        make_pipeline: PipelineFactory,
        fetch: Fetch,
        *,
        wait: bool = False,
        tracing: Tracing | None = None,
    ) -> None:
        jwt = settings.authentication.router.jwt
        self.settings = settings
        self.source = source
        self.draining = False
        self.metrics = Metrics(self.counters)
        self.cross_origin = CrossOrigin(settings.cors)
        self.authenticator = Authenticator(jwt, fetch) if jwt is not None else None
        # A verified token goes on to the subgraphs, which verify it again.
        self.request_headers = RequestHeaderRules(settings.headers, [jwt.header_name] if jwt is not None else [])
        self.response_headers = ResponseHeaderRules(settings.headers)
        self.log_requests = settings.telemetry.exporters.logging.stdout.requests
        #: ``None`` where traces are off.
        self.tracing = tracing
        self._wait = wait
        self._transport = transport
        self._make_pipeline = make_pipeline
        self._open = AsyncExitStack()
        self._current: Generation | None = None
        self._start_lock = asyncio.Lock()
        self._reload_lock = asyncio.Lock()
        self.started = False
        self._polling_since: float | None = None
        self._background: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> bool:
        """Whether requests should come: nothing is waited for, and there is no shutdown."""
        return not self.draining and not self.waiting_for()

    def waiting_for(self) -> list[str]:
        """Return what is missing: a supergraph, and at start, for a bounded time, the first keys of each issuer."""
        missing = [] if self._current is not None else ["a supergraph"]
        jwt = self.settings.authentication.router.jwt
        if self.authenticator is not None and jwt is not None:
            since = self._polling_since
            if since is None or time.monotonic() - since < jwt.wait_for_keys:
                missing += [f"the first keys of {name}" for name in self.authenticator.without_keys()]
        return missing

    @property
    def current(self) -> Generation | None:
        """The supergraph in service."""
        return self._current

    def generation(self) -> Generation:
        """Return the current supergraph for a request to hold. Raises :class:`Refusal` (503) where there is none."""
        if self._current is None:
            raise Refusal(503, "NOT_READY", "The router has no supergraph yet.", ((b"retry-after", b"1"),))
        return self._current

    async def start(self) -> None:
        """Load the supergraph and start what runs beside requests.

        Raises :class:`RouterError` for a bad supergraph, unless it was told to wait for a good one.
        """
        async with self._start_lock:
            if self.started:
                return
            if self._current is None:
                await self._load_first()
            await self._open.enter_async_context(self._transport)
            if self.tracing is not None:
                self.tracing.start()
            if self.authenticator is not None:
                self.spawn(self.authenticator.poll())
                self._polling_since = time.monotonic()
            self.started = True

    async def _load_first(self) -> None:
        try:
            await self.take_over(await self.source.load())
        except RouterError as error:
            if not self._wait:
                raise
            self.metrics.count_reload(loaded=False)
            _log.warning("There is no supergraph yet, so requests are refused until there is: %s", error)

    async def aclose(self) -> None:
        """Stop everything; requests under way fail."""
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._current is not None:
            await self._current.pipeline.aclose()
            self._current = None
        await self._open.aclose()
        if self.tracing is not None:
            await self.tracing.aclose(min(FLUSH, self.settings.supergraph.connection_shutdown_timeout))
        self.started = False

    async def take_over(self, loaded: LoadedSupergraph) -> bool:
        """Serve another supergraph once it is warm; return false where it is the one being served.

        It is warm when the operations that are in use are planned for it. Until then the old one serves.
        """
        old = self._current
        if old is not None and old.supergraph.id == loaded.id:
            return False
        told = ""
        if old is None:
            following = Generation(loaded, self._make_pipeline(loaded))
        else:
            # It takes a second for a large supergraph. In a thread, requests to the old one go on meanwhile.
            following = Generation(loaded, await asyncio.to_thread(self._make_pipeline, loaded))
            try:
                told = await _warm(following.pipeline, old.pipeline)
            except BaseException:
                await following.pipeline.aclose()
                raise
        self._current = following
        self.metrics.supergraph_id = loaded.id
        self.metrics.count_reload(loaded=True)
        if old is not None:
            closing = old.pipeline
            old.retire(lambda: self.spawn(closing.aclose()))
        _log.info("Serving supergraph %s from %s.%s", loaded.id, self.source.name, told)
        return True

    async def reload(self) -> None:
        """Load the supergraph again and serve it, if it is good. Reloads come one after another."""
        async with self._reload_lock:
            await self._reload()

    async def _reload(self) -> None:
        try:
            await self.take_over(await self.source.load())
        except RouterError as error:
            self.metrics.count_reload(loaded=False)
            if self._current is None:
                _log.warning("There is still no supergraph: %s", error)
            else:
                _log.error("The new supergraph was refused, the old one goes on: %s", error)
        except Exception:
            # Even a fault of the router's own must not end the watching, nor the supergraph that works.
            self.metrics.count_reload(loaded=False)
            _log.exception("The new supergraph could not be loaded, the old one goes on.")

    def counters(self) -> Mapping[str, int]:
        """Return the pipeline's counters."""
        return self._current.pipeline.counters if self._current is not None else {}

    def spawn(self, running: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside requests, until it ends or the router stops."""
        task = asyncio.get_running_loop().create_task(running)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _warm(following: Pipeline, old: Pipeline) -> str:
    """Have a pipeline prepare what is in use; return what to tell of it."""
    recent = old.recent()
    warmed = await following.warm(recent)
    if warmed == len(recent):
        return ""
    return (
        f" Of {len(recent)} operations in use {warmed} are prepared for it; the others it can't answer, or they come "
        "when they are asked for."
    )
