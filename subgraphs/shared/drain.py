"""Stopping without a failed request: after SIGTERM a service goes on serving for a while before its listener closes.

Enters: an application, a delay. Leaves: the same application, whose responses while it drains ask the caller to
connect anew, which it does elsewhere. Invariant: a second signal, or a delay of 0, stops at once as uvicorn does.

A connection that a router keeps open goes on leading to a pod that has left its Service. Without this it would be
closed under the router's hands at the end, maybe in the very moment of the next request.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)
CLOSE = (b"connection", b"close")


@dataclass(slots=True)
class Drain:
    """Whether the service drains; `delay` in seconds."""

    delay: float
    begun: bool = False


class DrainingApp:
    """The application, with `Connection: close` on each response while it drains."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self.app = app
        self.drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_closing(message: Message) -> None:
            if self.drain.begun and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), CLOSE]
            await send(message)

        await self.app(scope, receive, send_closing if scope["type"] == "http" else send)


class DrainingServer(uvicorn.Server):
    """Uvicorn with a drain before the stop. `beside` is entered for as long as it serves."""

    def __init__(
        self, config: uvicorn.Config, drain: Drain, beside: AbstractAsyncContextManager[None] | None = None
    ) -> None:
        super().__init__(config)
        self._drain = drain
        self._beside = beside

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        async with self._beside or nullcontext():
            await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM or self._drain.begun or self._drain.delay <= 0:
            super().handle_exit(sig, frame)
            return
        self._drain.begun = True
        log.info("draining for %g s", self._drain.delay)
        loop = asyncio.get_event_loop()
        loop.call_soon_threadsafe(loop.call_later, self._drain.delay, super().handle_exit, sig, frame)
