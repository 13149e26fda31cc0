"""One request on a client's connection and its answer, as ASGI sees them.

Enters: what the parser found, an ASGI application. Leaves: the answer's bytes. Invariant: an answer is whole, with the
length that it announced, or the connection breaks off; bytes of a body that nobody reads are bounded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, Literal, Protocol, TypeAlias

from router.server.asgi import AsgiApp, Message, Scope

#: Bytes of a request's body that wait for the application before the connection is read no further.
MAX_UNREAD: Final = 64 * 1024
#: Answers up to this size are copied behind their head, which is cheaper than a second piece to write.
_COPIED: Final = 16 * 1024
_STATUS_LINES: Final = {item.value: f"HTTP/1.1 {item.value} {item.phrase}".encode() for item in HTTPStatus}
_WITHOUT_BODY: Final = frozenset({204, 304})
_log = logging.getLogger("router.request")


#: Where a body ends: nowhere (there is none), by its length, by chunks, or with the connection.
Framing: TypeAlias = Literal["none", "length", "chunks", "end"]


class Wire(Protocol):
    """What an exchange needs of its connection. ``congested``: what was written waits to be sent."""

    loop: asyncio.AbstractEventLoop
    congested: bool

    def write(self, *pieces: bytes) -> None:
        """Send bytes."""

    async def drained(self) -> None:
        """Wait until the client took enough of what was written."""

    def adjust_reading(self) -> None:
        """Read on, or stop reading, by what is still unread."""

    def finished(self, exchange: Exchange) -> None:
        """Go on to the next request, or close."""

    def abort(self) -> None:
        """Break off."""

    def standing_headers(self) -> Iterable[tuple[bytes, bytes]]:
        """Headers of every answer."""


class Exchange:
    """``unread`` bytes of the body are here; ``complete``: the whole request is; ``keep_alive``: another may follow."""

    __slots__ = (
        "_chunks",
        "_delivered",
        "_expects",
        "_framing",
        "_head",
        "_left",
        "_waiter",
        "_wire",
        "answered",
        "complete",
        "disconnected",
        "keep_alive",
        "scope",
        "unread",
    )

    def __init__(self, wire: Wire, scope: Scope, *, keep_alive: bool, expects: bool) -> None:
        self._wire = wire
        self.scope = scope
        self.keep_alive = keep_alive
        self.complete = self.disconnected = self.answered = False
        self.unread = 0
        self._expects = expects
        self._chunks: list[bytes] = []
        self._delivered = False
        self._waiter: asyncio.Future[None] | None = None
        self._head: Message | None = None
        #: How the client knows where the body ends; ``None`` before the head went out.
        self._framing: Framing | None = None
        self._left = 0

    @property
    def started(self) -> bool:
        """Whether some of the answer was sent."""
        return self._framing is not None

    # From the connection

    def body_received(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._chunks.append(body)
        self.unread += len(body)
        self._wake()

    def request_complete(self) -> None:
        """Note that the whole request is here."""
        self.complete = True
        self._wake()

    def disconnect(self) -> None:
        """Note that the client is gone."""
        self.disconnected = True
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def run(self, app: AsgiApp) -> None:
        """Have the application answer. Never raises but for a cancellation."""
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            self._wire.abort()
            raise
        except Exception:
            _log.exception("A request failed.")
            self._fail()
        else:
            if not (self.answered or self.disconnected):
                _log.error("A request got no complete answer.")
                self._fail()

    def _fail(self) -> None:
        if self.disconnected or self.answered:
            return
        if self._framing is not None:
            # The head is sent, so nothing but breaking off can tell the client.
            self._wire.abort()
            return
        self._wire.write(plain_answer(500, b"Internal Server Error", self._wire.standing_headers()))
        self.keep_alive = False
        self._finish()

    def _finish(self) -> None:
        self.answered = True
        self._wake()
        self._wire.finished(self)

    # For the application

    async def receive(self) -> Message:
        """Return the next piece of the request, or that the client is gone (ASGI, "Receive event")."""
        while not (self.disconnected or self.answered):
            if self.unread or (self.complete and not self._delivered):
                chunks, self._chunks = self._chunks, []
                body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
                self._delivered = self.complete
                unread, self.unread = self.unread, 0
                if unread > MAX_UNREAD:
                    self._wire.adjust_reading()
                return {"type": "http.request", "body": body, "more_body": not self.complete}
            if self._expects:
                self._expects = False
                self._wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self._waiter is None or self._waiter.done():
                self._waiter = self._wire.loop.create_future()
            await self._waiter
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send the next piece of the answer (ASGI, "Send event"); the head goes out with the body's first piece."""
        if self.disconnected:
            return
        kind = message["type"]
        if self._head is None:
            if kind != "http.response.start":
                raise RuntimeError(f"an answer can't begin with {kind}")
            self._head = message
            self._expects = False
            return
        if kind != "http.response.body" or self.answered:
            raise RuntimeError(f"{kind} came after the answer's {'end' if self.answered else 'start'}")
        if self._wire.congested:
            await self._wire.drained()
        body, more = message.get("body", b""), message.get("more_body", False)
        head = b"" if self.started else self._write_head(self._head)
        self._write_body(head, body, last=not more)
        if not more:
            self._finish()

    def _write_head(self, message: Message) -> bytes:
        status, length, closes = message["status"], None, False
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status]
        lines += [name + b": " + value for name, value in self._wire.standing_headers()]
        for name, value in message.get("headers", ()):
            lines.append(name + b": " + value)
            if name == b"content-length":
                length = value
            elif name == b"connection":
                closes = b"close" in value.lower()
        framing = self._choose_framing(status, length)
        if framing == "chunks":
            lines.append(b"transfer-encoding: chunked")
        if closes or framing == "end" or not self.complete:
            self.keep_alive = False
        if not (self.keep_alive or closes):
            lines.append(b"connection: close")
        head = b"\r\n".join(lines)
        breaks = len(lines) - 1
        # A number is looked for in bytes ten times as quickly as bytes are.
        if head.count(b"\r") != breaks or head.count(b"\n") != breaks or 0 in head:
            raise RuntimeError("a header of the answer has a line break in it")
        self._framing, self._left = framing, int(length or 0)
        return head + b"\r\n\r\n"

    def _choose_framing(self, status: int, length: bytes | None) -> Framing:
        """Choose how the body's end is known (RFC 9112, section 6.3)."""
        if self.scope["method"] == "HEAD" or status in _WITHOUT_BODY:
            return "none"
        if length is not None:
            return "length"
        # Clients of HTTP/1.0 know no chunks: the body ends with the connection.
        return "end" if self.scope["http_version"] == "1.0" else "chunks"

    def _write_body(self, head: bytes, body: bytes, *, last: bool) -> None:
        match self._framing:
            case "none":
                body = b""
            case "chunks":
                chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
                body = chunk + b"0\r\n\r\n" if last else chunk
            case "length":
                self._left -= len(body)
                if self._left < 0 or (last and self._left):
                    # The client must not take the next answer for the rest of this one.
                    self._wire.abort()
                    raise RuntimeError("the answer's length isn't its Content-Length")
        if len(body) <= _COPIED:
            self._wire.write(head + body)
        else:
            self._wire.write(head, body)


def plain_answer(status: int, text: bytes, standing: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """Return a whole answer that closes the connection, for what never became a request."""
    lines = [_STATUS_LINES[status], *(name + b": " + value for name, value in standing)]
    lines += [b"content-type: text/plain; charset=utf-8", b"content-length: %d" % len(text), b"connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + text
