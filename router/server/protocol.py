"""A client's connection: HTTP/1.1 by httptools, one request after another handed to an ASGI application.

It serves under uvicorn's server, which listens and stops, in place of uvicorn's own protocol: that takes three times
the processor time for a request, and bounds neither heads nor slow clients.

Enters: bytes. Leaves: ASGI requests, and their answers in the order of the requests. Invariant: what one client can
make the router hold is bounded, in bytes (a head, an unread body, requests behind one another, an unread answer) and in
time (a head, a body, an answer that isn't taken, silence); and no answer is ever taken for another request's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar, Final, cast

import uvicorn
from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
)
from uvicorn.server import ServerState

from router.server.asgi import AsgiApp
from router.server.exchange import MAX_UNREAD, Exchange, plain_answer
from router.server.request_head import MALFORMED, TOO_LARGE, Refusal, Refused, RequestHead

#: Seconds within which a request's head must come.
HEAD_SECONDS: Final = 10.0
#: Seconds for which a connection may be silent: between requests, within a body, or without taking an answer.
SILENT_SECONDS: Final = 75.0
#: Requests behind the one that is being answered before nothing more is read. As long as something is, a client that
#: goes is noticed.
_MOST_WAITING: Final = 8
#: What is read and dropped after the last request of a connection, so that its answer isn't lost to a reset.
_LINGER_SECONDS: Final = 5.0
_LINGER_BYTES: Final = 4 * 1024 * 1024
#: Seconds after which the log says again that connections are refused.
_TOLD_AGAIN: Final = 60.0
_log = logging.getLogger("router.request")


class ClientConnection(asyncio.Protocol):
    """One connection. ``max_head_bytes`` bounds the request line and headers; a chunk beyond it may be read.

    ``max_connections`` are kept at a time; what comes beyond is refused.

    The parameters are those by which uvicorn's server makes a protocol.
    """

    max_head_bytes: ClassVar[int] = 64 * 1024
    max_connections: ClassVar[int] = 1_000_000
    #: When the log last said that there are too many.
    _told: ClassVar[float] = float("-inf")

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self.loop = _loop or asyncio.get_event_loop()
        self.congested = False
        self._app = cast(AsgiApp, config.loaded_app)
        self._server = server_state
        self._app_state = app_state
        self._head = RequestHead()
        # The parser takes its callbacks from here once, so that they cost no detour.
        self.on_url = self._head.on_url
        self.on_header = self._head.on_header
        self._parser = HttpRequestParser(self)
        # What follows a request that says `Connection: close` is dropped here; it is no reason to refuse the request.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._head_bytes = 0
        self._head_begins = False
        self._head_since: float | None = None
        #: The request whose body is coming, the one that is being answered, and those behind it.
        self._incoming: Exchange | None = None
        self._serving: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        #: No further request is read; in the end comes ``_last_words``, if there are any.
        self._deaf = False
        self._last_words: Refusal | None = None
        self._dropped = 0
        self._lingering = False
        self._reading = True
        self._quiet_since = self._congested_since = self.loop.time()
        self._drained: asyncio.Future[None] | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock: the first request's head must come."""
        # uvloop's transports are no subclass of asyncio.Transport, but are made to its shape.
        self._transport = cast(asyncio.Transport, transport)
        #: What the scopes of all requests on this connection have in common.
        self._always: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "scheme": "http",
            "server": _address(transport.get_extra_info("sockname")),
            "client": _address(transport.get_extra_info("peername")),
            "root_path": "",
        }
        self._head_since = self.loop.time()
        if len(self._server.connections) >= self.max_connections:
            self._turn_away()
        self._server.connections.add(self)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and refuse what isn't HTTP or has a head without end."""
        if self._deaf:
            self._drop(len(data))
            return
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            # Nothing is upgraded to; the request is answered as it is, and nothing can be read behind it.
            self.shutdown()
        except HttpParserCallbackError:
            _log.exception("A request could not be read.")
            self.abort()
            return
        except HttpParserError:
            # What was refused for its head may have no body that can be read either.
            if not self._deaf:
                self._refuse(MALFORMED)
            return
        if self._head_since is not None:
            # The chunk in which a head begins may hold other requests before it.
            self._head_bytes = 0 if self._head_begins else self._head_bytes + len(data)
            self._head_begins = False
            if self._head_bytes > self.max_head_bytes:
                self._refuse(TOO_LARGE)
        elif self._incoming is not None:
            self._quiet_since = self.loop.time()
            self.adjust_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who is still at work for the client."""
        self._server.connections.discard(self)
        self._deaf = True
        self._waiting.clear()
        self._incoming = None
        if self._serving is not None:
            self._serving.disconnect()
        self.resume_writing()
        # The parser knows its protocol, so they would keep each other.
        del self._parser

    def pause_writing(self) -> None:
        """Note that the client doesn't take what is written."""
        self.congested = True
        self._congested_since = self.loop.time()

    def resume_writing(self) -> None:
        """Go on writing."""
        self.congested = False
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    # httptools

    def on_message_begin(self) -> None:
        """Start the clock of a head."""
        if self._deaf:
            return
        self._head.begin()
        self._head_begins = True
        self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """Stop the clock, and hand the request over or put it behind the one that is being answered."""
        self._head_since = None
        version = self._parser.get_http_version()
        try:
            scope = self._head.complete(self._parser.get_method(), version, self._always)
        except Refused as refused:
            self._refuse(refused.answer)
            return
        if scope is None:
            return
        scope["state"] = self._app_state.copy()
        modern = version == "1.1"
        keep_alive = modern and self._parser.should_keep_alive()
        exchange = self._incoming = Exchange(self, scope, keep_alive=keep_alive, expects=modern and self._head.expects)
        if self._serving is None:
            self._start(exchange)
        else:
            self._waiting.append(exchange)
            self.adjust_reading()

    def on_body(self, body: bytes) -> None:
        """Pass a piece of a body on."""
        if self._incoming is not None:
            self._incoming.body_received(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        exchange, self._incoming = self._incoming, None
        if exchange is not None:
            exchange.request_complete()
            if not exchange.keep_alive:
                self._end_reading()

    # From the exchange

    def write(self, *pieces: bytes) -> None:
        """Send bytes, unless the client is gone."""
        if not self._transport.is_closing():
            if len(pieces) == 1:
                self._transport.write(pieces[0])
            else:
                self._transport.writelines(pieces)

    async def drained(self) -> None:
        """Wait until the client took enough of what was written."""
        while self.congested:
            if self._drained is None or self._drained.done():
                self._drained = self.loop.create_future()
            await self._drained

    def standing_headers(self) -> Iterable[tuple[bytes, bytes]]:
        """Headers of every answer, which the server keeps current."""
        return self._server.default_headers

    def abort(self) -> None:
        """Break off, so that the client can't take what it got for a whole answer."""
        self._transport.abort()

    def adjust_reading(self) -> None:
        """Read on, or stop reading: where a request waits for its turn, or much of a body for its reader."""
        incoming = self._incoming
        read = len(self._waiting) < _MOST_WAITING and (incoming is None or incoming.unread <= MAX_UNREAD)
        if read is not self._reading and not self._transport.is_closing():
            self._reading = read
            self._quiet_since = self.loop.time()
            if read:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    def finished(self, exchange: Exchange) -> None:
        """Go on to the next request, or close after the last."""
        self._server.total_requests += 1
        self._serving = None
        if self._transport.is_closing():
            return
        self._quiet_since = self.loop.time()
        if not (exchange.keep_alive and exchange.complete):
            self._waiting.clear()
            self._close(linger=not exchange.complete)
        elif self._waiting:
            self._start(self._waiting.popleft())
        elif self._deaf:
            self._close(linger=self._last_words is not None)
        self.adjust_reading()

    def _turn_away(self) -> None:
        cls, now = type(self), self.loop.time()
        if now - cls._told > _TOLD_AGAIN:
            cls._told = now
            _log.warning("There are %d connections of clients, so further ones are refused.", self.max_connections)
        self._deaf = True
        standing = (*self.standing_headers(), (b"retry-after", b"1"))
        self.write(plain_answer(503, b"There are too many connections", standing))
        self._transport.close()

    # From the server

    def shutdown(self) -> None:
        """Close once the requests that were read are answered."""
        last = self._waiting[-1] if self._waiting else self._serving
        if last is None:
            if not self._lingering:
                self._transport.close()
        else:
            last.keep_alive = False
            if last is not self._incoming:
                self._end_reading()

    def close_if_slow(self, now: float) -> None:
        """Close where the client has been too slow: with a head, a body, taking an answer, or asking again."""
        if self._transport.is_closing():
            return
        silent = now - self._quiet_since
        if self.congested:
            if now - self._congested_since > SILENT_SECONDS:
                self._transport.abort()
        elif self._head_since is not None:
            if now - self._head_since > HEAD_SECONDS:
                self._transport.close()
        elif self._incoming is not None:
            if self._reading and silent > SILENT_SECONDS:
                self._transport.abort()
        elif self._serving is None and not self._lingering and silent > SILENT_SECONDS:
            self._transport.close()

    def _start(self, exchange: Exchange) -> None:
        self._serving = exchange
        task = self.loop.create_task(exchange.run(self._app))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def _end_reading(self) -> None:
        """Take no further request."""
        self._deaf = True
        self._head_since = None
        self._head.drop()

    def _refuse(self, answer: Refusal) -> None:
        """End the connection with an answer to what is no request, after those to the requests before it."""
        broken, self._incoming = self._incoming, None
        self._end_reading()
        if broken is not None:
            # Its body is no body. Who answers it sees a client that is gone.
            if broken is not self._serving:
                self._waiting.remove(broken)
            elif broken.started:
                self.abort()
                return
            else:
                self._serving = None
            broken.disconnect()
        self._last_words = answer
        if self._serving is None:
            self._close(linger=True)

    def _close(self, *, linger: bool) -> None:
        """Close after what is written was sent. With ``linger`` the client may still be sending."""
        self._deaf = True
        if self._last_words is not None:
            self.write(plain_answer(*self._last_words, self.standing_headers()))
        if not linger or self._lingering or not self._transport.can_write_eof():
            self._transport.close()
            return
        # To close with unread bytes would reset the connection, and the client might lose the answer.
        self._lingering = True
        self._incoming = None
        self._transport.write_eof()
        self.adjust_reading()
        self.loop.call_later(_LINGER_SECONDS, self._transport.abort)

    def _drop(self, size: int) -> None:
        self._dropped += size
        if self._dropped > _LINGER_BYTES:
            self._transport.abort()


def _address(found: Any) -> tuple[str, int] | None:
    """Return host and port of a socket's address; ``None`` for a socket that has none of this shape."""
    return (str(found[0]), int(found[1])) if isinstance(found, tuple) and len(found) >= 2 else None


def bounded_protocol(
    max_head_bytes: int, max_connections: int = ClientConnection.max_connections
) -> type[ClientConnection]:
    """Return the protocol with bounds of its own."""
    attributes: dict[str, Any] = {"max_head_bytes": max_head_bytes, "max_connections": max_connections}
    return type("BoundedConnection", (ClientConnection,), attributes)
