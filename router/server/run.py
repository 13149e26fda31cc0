"""Listening, and stopping without a failed request.

Enters: an application and settings. Leaves: when it was told to stop. Invariant: after SIGTERM readiness fails first,
then the drain delay passes, then the listener closes and requests under way are finished; a second signal cuts that
short.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import cast

import uvicorn

from router.config.settings import Settings
from router.config.values import split_address
from router.errors import InputError, RouterError
from router.server.accepting import Acceptor, Share
from router.server.app import RouterApp
from router.server.collector import spare_what_stays
from router.server.open_files import most_connections, raise_bound
from router.server.protocol import ClientConnection, bounded_protocol

_log = logging.getLogger("router")


class AddressInUse(InputError):
    """Something else listens at the address."""


class DrainingServer(uvicorn.Server):
    """Uvicorn with a drain before the stop, and with a fair part of the connections where there are more workers."""

    def __init__(self, config: uvicorn.Config, app: RouterApp, drain_delay: float, share: Share | None) -> None:
        super().__init__(config)
        self._app = app
        self._drain_delay = drain_delay
        self._share = share
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        share = self._share
        if share is None:
            await super().startup(sockets)
            return
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(RouterError.exit_code)
        make_protocol = partial(
            cast(Callable[..., asyncio.Protocol], self.config.http_protocol_class),
            self.config,
            self.server_state,
            self.lifespan.state,
        )
        connections = self.server_state.connections
        self._acceptors = [Acceptor(listener, make_protocol, connections, share) for listener in sockets or ()]
        self.servers = cast(list[asyncio.Server], list(self._acceptors))
        self.started = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop at the first signal, stop at once at the second."""
        state = self._app.router_state
        first = not state.draining
        state.draining = True
        if first and sig == signal.SIGTERM and self._drain_delay > 0:
            _log.info("Stopping: readiness fails now, and requests are taken for %g s more.", self._drain_delay)
            loop = asyncio.get_event_loop()
            loop.call_soon_threadsafe(loop.call_later, self._drain_delay, self._stop)
        elif first:
            self._stop()
        else:
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT

    async def on_tick(self, counter: int) -> bool:
        """Tell the other workers how many connections there are; once a second, close those of slow clients."""
        for acceptor in self._acceptors:
            acceptor.note()
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, ClientConnection):
                    connection.close_if_slow(now)
        return await super().on_tick(counter)

    def _stop(self) -> None:
        waiting, longest = self._app.router_state.metrics.in_flight, self.config.timeout_graceful_shutdown
        _log.info("Closing the listener; %d requests under way have up to %s s to end.", waiting, longest)
        self.should_exit = True


def bind(address: str) -> socket.socket:
    """Open the listening socket. Raises :class:`AddressInUse` naming the address and the way to choose another."""
    host, port = split_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise AddressInUse(f"can't listen at {address} ({reason}); choose another with --listen HOST:PORT") from None
    listener.set_inheritable(True)
    return listener


def _reload_on_hangup(app: RouterApp) -> None:
    """Read the supergraph again at SIGHUP, as daemons do, where the system has that signal."""

    def reload() -> None:
        _log.info("SIGHUP: the supergraph is read again; settings are read at the start only.")
        app.router_state.spawn(app.router_state.reload())

    if hasattr(signal, "SIGHUP"):
        # Not every loop runs in the main thread, which alone may have handlers.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)


async def serve(
    app: RouterApp,
    settings: Settings,
    listener: socket.socket,
    on_start: Callable[[], None],
    share: Share | None = None,
) -> None:
    """Serve until a signal says to stop. The supergraph is loaded before anything is listened to."""
    # First, so that none is missed between the reading and here.
    _reload_on_hangup(app)
    await app.router_state.start()
    config = uvicorn.Config(
        app,
        loop="none",
        http=bounded_protocol(
            settings.limits.http1_max_request_header_bytes,
            settings.limits.http1_max_connections or most_connections(raise_bound()),
        ),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(settings.supergraph.connection_shutdown_timeout),
        lifespan="on",
    )
    spare_what_stays()
    server = DrainingServer(config, app, settings.supergraph.drain_delay, share)
    listener.listen(2048)
    on_start()
    await server.serve(sockets=[listener])
    _log.info("Stopped.")
