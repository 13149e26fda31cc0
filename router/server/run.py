"""Listening, and stopping without a failed request.

Enters: an application and settings. Leaves: when it was told to stop. Invariant: after SIGTERM readiness fails first,
then the drain delay passes, then the listener closes and requests under way are finished; a second signal cuts that
short.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from router.config.settings import Settings
from router.config.values import split_address
from router.errors import InputError
from router.server.app import RouterApp
from router.server.protocol import BoundedProtocol, bounded_protocol

KEEP_ALIVE: Final = 75
_log = logging.getLogger("router")


class AddressInUse(InputError):
    """Something else listens at the address."""


class DrainingServer(uvicorn.Server):
    """Uvicorn with a drain before the stop."""

    def __init__(self, config: uvicorn.Config, app: RouterApp, drain_delay: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_delay = drain_delay

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop at the first signal, stop at once at the second."""
        state = self._app.router_state
        first = not state.draining
        state.draining = True
        if first and sig == signal.SIGTERM and self._drain_delay > 0:
            _log.info("Draining for %g s.", self._drain_delay)
            loop = asyncio.get_event_loop()
            loop.call_soon_threadsafe(loop.call_later, self._drain_delay, self._stop)
        elif first:
            self.should_exit = True
        else:
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT

    async def on_tick(self, counter: int) -> bool:
        """Once a second, close the connections that send a head too slowly."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.close_if_slow(now)
        return await super().on_tick(counter)

    def _stop(self) -> None:
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


async def serve(app: RouterApp, settings: Settings, listener: socket.socket, on_start: Callable[[], None]) -> None:
    """Serve until a signal says to stop. The supergraph is loaded before anything is listened to."""
    await app.router_state.start()
    config = uvicorn.Config(
        app,
        loop="none",
        http=bounded_protocol(settings.limits.http1_max_request_header_bytes),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(settings.supergraph.connection_shutdown_timeout),
        lifespan="on",
    )
    # What was loaded stays until the end, so the collector need not look at it with every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 5)
    server = DrainingServer(config, app, settings.supergraph.drain_delay)
    listener.listen(2048)
    on_start()
    await server.serve(sockets=[listener])
