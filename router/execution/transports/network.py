"""Subgraphs over the network: HTTP/1.1 by this project's own client, HTTP/2 and proxies by pyreqwest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport
from router.execution.transports.http1 import Http1Transport
from router.execution.transports.reqwest import ReqwestTransport


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """``max_idle_connections`` are kept for each subgraph; times in seconds.

    ``ca_certificates`` are PEM texts that are trusted in place of the machine's own, ``ca_by_subgraph`` the same for
    one subgraph alone. ``proxy`` is the URL of an HTTP proxy. With it, or over HTTP/2, ``ca_certificates`` are trusted
    besides the machine's own, and ``ca_by_subgraph`` can't be had.
    """

    max_idle_connections: int = 100
    idle_timeout: float = 30.0
    connect_timeout: float = 5.0
    http2: bool = False
    proxy: str | None = None
    ca_certificates: tuple[bytes, ...] = ()
    ca_by_subgraph: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)


class NetworkTransport:
    """One pool of connections, shared by all requests. Use as ``async with``, or call :meth:`aclose`."""

    def __init__(self, settings: NetworkSettings | None = None) -> None:
        settings = settings or NetworkSettings()
        self._inner: SubgraphTransport
        if settings.http2 or settings.proxy is not None:
            self._inner = ReqwestTransport(
                max_idle=settings.max_idle_connections,
                idle_timeout=settings.idle_timeout,
                connect_timeout=settings.connect_timeout,
                http2=settings.http2,
                proxy=settings.proxy,
                ca_certificates=settings.ca_certificates,
            )
        else:
            self._inner = Http1Transport(
                max_idle=settings.max_idle_connections,
                idle_timeout=settings.idle_timeout,
                connect_timeout=settings.connect_timeout,
                ca_certificates=settings.ca_certificates,
                ca_by_subgraph=settings.ca_by_subgraph,
            )
        self.send = self._inner.send  # type: ignore[method-assign]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send and wait for the whole answer; see :class:`~router.execution.transport.SubgraphTransport`."""
        return await self._inner.send(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()
