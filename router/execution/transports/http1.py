"""Subgraphs over HTTP/1.1, by a small client of this project: on asyncio and httptools, with kept connections.

A general client hands bytes between threads or layers; this one does what a subgraph request needs and no more, at a
fraction of the cost, and gives up a call the moment that its caller does.

Invariant: a response is complete or an error; it is cut off as soon as it is larger than allowed; redirects are answers
like any other, never followed; a request is sent once, but for a query whose kept connection turns out to be closed.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.execution.transports.connecting import connect
from router.execution.transports.http1_connection import ConnectionLost, Http1Connection

#: A request that may not be repeated isn't put on a connection that has been idle longer (seconds): it may be stale.
_FRESH: Final = 1.0

#: Headers that the client itself writes, or that belong to one connection.
_OWN_HEADERS: Final = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect")
)


#: PEM texts of certificate authorities.
Certificates: TypeAlias = tuple[bytes, ...]
#: What two requests must have in common to use one connection: host, port, and whom to trust (``None`` without TLS).
_Way: TypeAlias = tuple[str, int, Certificates | None]


@dataclass(frozen=True, slots=True)
class _Address:
    """Where a URL leads: ``head`` is the request line and the Host header."""

    host: str
    port: int
    secure: bool
    head: bytes


class Http1Transport:
    """Keeps connections by address. Use as ``async with``, or call :meth:`aclose`.

    ``idle_timeout`` and ``connect_timeout`` in seconds; ``max_idle`` connections are kept for each address.
    ``ca_certificates`` are PEM texts that are trusted in place of the machine's own, ``ca_by_subgraph`` the same for
    one subgraph alone.
    """

    def __init__(
        self,
        *,
        max_idle: int = 100,
        idle_timeout: float = 30.0,
        connect_timeout: float = 5.0,
        ca_certificates: Sequence[bytes] = (),
        ca_by_subgraph: Mapping[str, Certificates] | None = None,
    ) -> None:
        self._max_idle = max_idle
        self._idle_timeout = idle_timeout
        self._connect_timeout = connect_timeout
        self._certificates = tuple(ca_certificates)
        self._by_subgraph = dict(ca_by_subgraph or {})
        self._tls: dict[Certificates, ssl.SSLContext] = {}
        self._idle: dict[_Way, deque[Http1Connection]] = {}
        self._all: set[Http1Connection] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; requests under way fail."""
        for connection in tuple(self._all):
            connection.close()
        self._idle.clear()
        # The connections tell their peers in the loop's next turn.
        await asyncio.sleep(0)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send and wait for the whole answer; see :class:`~router.execution.transport.SubgraphTransport`."""
        address = _address(request.url)
        message = b"%b%bcontent-length: %d\r\n\r\n%b" % (
            address.head,
            _header_lines(tuple(request.headers)),
            len(request.body),
            request.body,
        )
        loop = asyncio.get_running_loop()
        end = loop.time() + request.timeout
        kept = self._take(self._way(address, request.subgraph), loop.time(), request.kind == "query")
        try:
            return await self._exchange(loop, address, request, (message, end), kept)
        except ConnectionLost:
            # A server closes connections that have been idle, and may do so in the moment in which one is used.
            if kept is None or request.kind != "query":
                raise
        # The other kept connections may be as stale as this one was.
        return await resent(self._exchange(loop, address, request, (message, end), None))

    async def _exchange(
        self,
        loop: asyncio.AbstractEventLoop,
        address: _Address,
        request: SubgraphRequest,
        sending: tuple[bytes, float],
        connection: Http1Connection | None,
    ) -> SubgraphResponse:
        message, end = sending
        if connection is None:
            connection = await self._connect(loop, request, address, end - loop.time())
        answer = connection.send(loop, request, message, end)
        try:
            return await answer
        except asyncio.CancelledError:
            connection.abandon(answer)
            raise

    def _way(self, address: _Address, subgraph: str) -> _Way:
        if not address.secure:
            return address.host, address.port, None
        return address.host, address.port, self._by_subgraph.get(subgraph, self._certificates)

    def _take(self, way: _Way, now: float, repeatable: bool) -> Http1Connection | None:
        idle = self._idle.get(way)
        longest = self._idle_timeout if repeatable else min(_FRESH, self._idle_timeout)
        while idle:
            connection = idle.pop()
            if not connection.usable:
                continue
            if now - connection.idle_since <= longest:
                return connection
            if repeatable:
                connection.close()
                continue
            idle.append(connection)
            return None
        return None

    async def _connect(
        self, loop: asyncio.AbstractEventLoop, request: SubgraphRequest, address: _Address, left: float
    ) -> Http1Connection:
        way = self._way(address, request.subgraph)

        def release(connection: Http1Connection) -> None:
            idle = self._idle.setdefault(way, deque())
            now = connection.idle_since = loop.time()
            idle.append(connection)
            # The last one in is the first one out, so those that a rush of requests left over would stay for ever.
            if len(idle) > self._max_idle or now - idle[0].idle_since > self._idle_timeout:
                idle.popleft().close()

        connection = _Tracked(release, self._all)
        try:
            async with asyncio.timeout(min(self._connect_timeout, left)):
                await self._open(loop, way, connection)
        except TimeoutError as error:
            connection.close()
            whole = left <= self._connect_timeout
            message = f"no complete answer within {request.timeout:g} s"
            if not whole:
                message = f"no connection within {self._connect_timeout:g} s"
            raise TransportError(message, code="SUBREQUEST_TIMEOUT", sent=False) from error
        except (OSError, ValueError) as error:
            at_fault = isinstance(error, ssl.SSLCertVerificationError | ValueError)
            message = f"the connection could not be made: {_reason(error)}"
            raise TransportError(message, sent=False, repeatable=not at_fault) from error
        except BaseException:
            # It may have been made in the very moment in which the call was given up.
            connection.close()
            raise
        return connection

    async def _open(self, loop: asyncio.AbstractEventLoop, way: _Way, connection: Http1Connection) -> None:
        host, port, certificates = way
        tls = None if certificates is None else await self._tls_context(certificates)
        connected = await connect(loop, host, port)
        try:
            server_hostname = None if tls is None else host
            await loop.create_connection(lambda: connection, sock=connected, ssl=tls, server_hostname=server_hostname)
        except BaseException:
            connected.close()
            raise

    async def _tls_context(self, certificates: Certificates) -> ssl.SSLContext:
        context = self._tls.get(certificates)
        if context is None:
            # To read what the machine trusts takes a while.
            context = self._tls[certificates] = await asyncio.to_thread(_make_tls_context, certificates)
        return context


def _make_tls_context(certificates: Certificates) -> ssl.SSLContext:
    trusted = b"\n".join(certificates).decode("ascii") if certificates else None
    context = ssl.create_default_context(cadata=trusted)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def resent(sending: Awaitable[SubgraphResponse]) -> SubgraphResponse:
    """Await the second try of a request, and mark its answer as such."""
    try:
        return replace(await sending, resends=1)
    except TransportError as error:
        error.resends = 1
        raise


class _Tracked(Http1Connection):
    """A connection that its transport knows of as long as it is open."""

    __slots__ = ("_known",)

    def __init__(self, release: object, known: set[Http1Connection]) -> None:
        super().__init__(release)  # type: ignore[arg-type]
        self._known = known

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._known.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.discard(self)
        super().connection_lost(exc)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate isn't good ({error.verify_message.rstrip('.')})"
    if isinstance(error, ssl.SSLError):
        return "the secure connection failed"
    number = (error.errno or 0) if isinstance(error, OSError) else 0
    if number > 0:
        # The event loop's own words say less.
        return os.strerror(number)
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


@lru_cache(maxsize=1024)
def _address(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TransportError("the subgraph's address is not a URL", sent=False) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise TransportError("the subgraph's address is not an http or https URL", sent=False)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    name = host if port is None else f"{host}:{port}"
    if not (target + name).isascii() or any(char <= " " for char in target + name):
        raise TransportError("the subgraph's address has characters that a URL may not have", sent=False)
    secure = parts.scheme == "https"
    head = f"POST {target} HTTP/1.1\r\nhost: {name}\r\n".encode()
    return _Address(parts.hostname, port or (443 if secure else 80), secure, head)


@lru_cache(maxsize=1024)
def _header_lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    lines: list[str] = []
    for name, value in headers:
        if any(char in name or char in value for char in "\r\n\0") or not name:
            raise TransportError(f"the header {name!r} has characters that a header may not have", sent=False)
        if name.lower() not in _OWN_HEADERS:
            lines.append(f"{name}: {value}\r\n")
    try:
        return "".join(lines).encode("latin-1")
    except UnicodeEncodeError as error:
        raise TransportError("a header has characters that a header may not have", sent=False) from error
