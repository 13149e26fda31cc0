"""Uvicorn's HTTP/1.1 protocol with bounds on a request's head.

Enters: bytes of connections. Leaves: ASGI requests. Invariant: a connection whose head is too large, or doesn't come
to an end in time, is closed, so that no client can hold memory or connections by sending headers without end.
"""

from __future__ import annotations

from asyncio import Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 25\r\nconnection: close\r\n\r\nThe headers are too large"
)


class BoundedProtocol(HttpToolsProtocol):
    """``max_head_bytes`` bounds the request line and headers; a chunk of the network beyond it may be read."""

    max_head_bytes = 64 * 1024
    _head_bytes = 0
    _head_since: float | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start the clock: the first request's head must come."""
        super().connection_made(transport)
        self._head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and refuse a head that grew too large without an end."""
        super().data_received(data)
        if self._head_since is None:
            return
        self._head_bytes += len(data)
        if self._head_bytes > self.max_head_bytes and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Start the clock of a head."""
        super().on_message_begin()
        self._head_bytes = 0
        self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """Stop it."""
        self._head_since = None
        super().on_headers_complete()

    def close_if_slow(self, now: float) -> None:
        """Close the connection where a head has been coming for too long."""
        if self._head_since is not None and now - self._head_since > HEAD_SECONDS:
            self.transport.close()


def bounded_protocol(max_head_bytes: int) -> type[BoundedProtocol]:
    """Return the protocol with a bound of its own."""
    attributes: dict[str, Any] = {"max_head_bytes": max_head_bytes}
    return type("BoundedProtocol", (BoundedProtocol,), attributes)
