"""One connection to a subgraph: HTTP/1.1 by httptools, one request at a time.

Enters: the bytes of a request, limits. Leaves: a complete response, or an error. Invariant: a connection is used again
only after a complete answer with nothing behind it; whatever else happens closes it.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.execution.transports.content_coding import CODINGS, Unpacker

#: Bytes of an answer that are no part of its body: status lines, headers, sizes of chunks, what comes behind the body.
MAX_HEAD: Final = 128 * 1024
#: By how much of its body an answer may be larger besides: a body in chunks of one byte is six times as large.
_MAX_CHUNKING: Final = 8
#: A request up to this size (bytes) is in the system's hands once it is written.
_SENT_AT_ONCE: Final = 16 * 1024
#: Seconds by which a timer may ring too early.
_TICK: Final = 0.001


class ConnectionLost(TransportError):
    """The connection went away before a byte of the answer came: a query may be tried again."""

    def __init__(self, message: str) -> None:
        super().__init__(message, repeatable=True)


class ReceivedHeaders(Mapping[str, str]):
    """Headers by name in lower case, decoded when somebody looks: mostly nobody does. Of repeated ones the last."""

    __slots__ = ("_decoded", "_received")

    def __init__(self, received: list[tuple[bytes, bytes]]) -> None:
        self._received = received
        self._decoded: dict[str, str] | None = None

    def _all(self) -> dict[str, str]:
        if self._decoded is None:
            self._decoded = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._received}
        return self._decoded

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Http1Connection(asyncio.Protocol):
    """``idle_since`` is the loop's time at which it was last used; ``release`` is called when it may be used again."""

    __slots__ = (
        "_answer",
        "_body_until_close",
        "_chunks",
        "_complete",
        "_dirty",
        "_end",
        "_headers",
        "_headers_done",
        "_keep_alive",
        "_large",
        "_limit",
        "_packed",
        "_parser",
        "_received",
        "_release",
        "_size",
        "_started",
        "_timeout",
        "_timer",
        "_timer_end",
        "_transport",
        "_unpacker",
        "idle_since",
    )

    def __init__(self, release: Callable[[Http1Connection], None]) -> None:
        self._release = release
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[SubgraphResponse] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_end = 0.0
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and self._answer is None and not self._transport.is_closing()

    def send(
        self, loop: asyncio.AbstractEventLoop, request: SubgraphRequest, message: bytes, end: float
    ) -> asyncio.Future[SubgraphResponse]:
        """Send a request, whose bytes are ``message``.

        The future gives the response by ``end`` (on the loop's clock), or raises :class:`TransportError`.
        """
        assert self._transport is not None
        self._end = end
        self._timeout = request.timeout
        if self._timer is None or self._timer_end > end:
            self._set_timer(loop)
        self._answer = answer = loop.create_future()
        self._parser = HttpResponseParser(self)
        self._limit = request.max_response_bytes
        self._started = False
        self._large = len(message) > _SENT_AT_ONCE
        #: Bytes that came, and those of them that are the body's, before it is unpacked.
        self._received = self._packed = 0
        self._reset()
        self._transport.write(message)
        return answer

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        # One timer does for many requests: most are answered long before it rings, and then it is set anew.
        if self._timer is not None:
            self._timer.cancel()
        self._timer_end = self._end
        self._timer = loop.call_at(self._end, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._answer is None:
            return
        if self._end - loop.time() > _TICK:
            self._set_timer(loop)
        else:
            message = f"no complete answer within {self._timeout:g} s"
            self._fail(TransportError(message, code="SUBREQUEST_TIMEOUT"))

    def abandon(self, answer: asyncio.Future[SubgraphResponse]) -> None:
        """Give up a request that nobody waits for any more, without a word to its future.

        The answer may have come in the very moment, and the connection may serve another request by now.
        """
        if self._answer is answer:
            self._abort()

    def _abort(self) -> None:
        self._answer = None
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close; a request under way fails."""
        if self._answer is not None:
            self._fail(TransportError("the connection was closed by the router"))
        elif self._transport is not None:
            self._transport.close()

    def _reset(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._headers_done = False
        self._complete = False
        self._dirty = False
        self._keep_alive = False
        self._body_until_close = False
        self._unpacker: Unpacker | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio.Transport, but are made to its shape.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            # Nobody asked: whatever it is must not be taken for the next answer.
            self._abort()
            return
        self._started = True
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._complete:
                self._fail(_malformed("the answer is not proper HTTP"))
                return
            self._dirty = True
        self._received += len(data)
        if self._complete:
            self._finish()
        elif self._received - self._packed > MAX_HEAD + _MAX_CHUNKING * self._packed:
            self._fail(_malformed("the answer's headers are too large"))

    def eof_received(self) -> None:
        if self._answer is not None and self._headers_done and self._body_until_close:
            self._keep_alive = False
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._answer is not None:
            if not self._started:
                self._fail(ConnectionLost("the connection was lost before an answer came"))
            else:
                self._fail(_malformed("the answer broke off"))
        # The parser knows its protocol, so they would keep each other.
        with suppress(AttributeError):
            del self._parser

    # httptools; an exception here would end the parser, so failures are noted and the rest is let pass

    def on_message_begin(self) -> None:
        if self._complete:
            self._dirty = True

    def on_header(self, name: bytes, value: bytes) -> None:
        # What comes behind a body must not pass for what stood before it.
        if not self._headers_done:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            return
        self._headers_done = True
        ends = status in (204, 304)
        for name, value in self._headers:
            lowered = name.lower()
            if lowered == b"content-length":
                ends = True
                if value.isdigit() and int(value) > self._limit:
                    self._fail(_too_large(self._limit))
            elif lowered == b"transfer-encoding":
                if ends or value.strip().lower() != b"chunked":
                    # Nothing else was asked for, so nobody can say where the body ends (RFC 9112, section 6.1).
                    self._fail(_malformed("the answer's transfer encoding wasn't asked for"))
                ends = True
            elif lowered == b"content-encoding":
                self._expect_packed(value.strip().lower())
        self._body_until_close = not ends

    def on_body(self, body: bytes) -> None:
        if self._complete or self._answer is None:
            return
        self._packed += len(body)
        if self._unpacker is not None:
            try:
                body = self._unpacker.unpack(body, self._limit - self._size + 1)
            except zlib.error:
                self._fail(_malformed("the answer can't be unpacked"))
                return
        self._size += len(body)
        if self._size > self._limit or self._packed > self._limit:
            self._fail(_too_large(self._limit))
            return
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        if self._complete:
            return
        if self._parser.get_status_code() < 200:
            self._reset()
            return
        self._complete = True
        self._keep_alive = self._parser.should_keep_alive()

    def _expect_packed(self, coding: bytes) -> None:
        if coding in CODINGS and self._unpacker is None:
            self._unpacker = Unpacker(coding)
        elif coding not in (b"", b"identity"):
            self._fail(_malformed("the answer is packed in a way that wasn't asked for"))

    def _finish(self) -> None:
        answer, self._answer = self._answer, None
        if answer is None:
            return
        if self._unpacker is not None and not self._unpacker.complete:
            self._answer = answer
            self._fail(_malformed("the answer broke off"))
            return
        transport = self._transport
        if transport is not None:
            # Who answers before the whole request was sent may take the rest of it for the next one.
            unsent = self._large and transport.get_write_buffer_size() > 0
            if unsent:
                transport.abort()
            elif self._keep_alive and not self._dirty and not transport.is_closing():
                self._release(self)
            else:
                transport.close()
        if not answer.done():
            chunks = self._chunks
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            answer.set_result(SubgraphResponse(self._parser.get_status_code(), ReceivedHeaders(self._headers), body))

    def _fail(self, error: TransportError) -> None:
        answer = self._answer
        self._abort()
        if answer is not None and not answer.done():
            answer.set_exception(error)


def _malformed(message: str) -> TransportError:
    return TransportError(message, code="SUBREQUEST_MALFORMED_RESPONSE")


def _too_large(limit: int) -> TransportError:
    return TransportError(f"the answer is larger than {limit} bytes", code="SUBREQUEST_TOO_LARGE")
