"""Subgraphs over HTTP/2 or through a proxy, by pyreqwest.

Invariant: a response is complete or an error; it is cut off as soon as it is larger than allowed; redirects are
answers like any other, never followed; a request is sent once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BodyDecodeError,
    BuilderError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.response import Response

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.execution.transports.http1_connection import ConnectionLost


class ReqwestTransport:
    """One pool of connections, shared by all requests. Use as ``async with``, or call :meth:`aclose`."""

    def __init__(
        self,
        *,
        max_idle: int = 100,
        idle_timeout: float = 30.0,
        connect_timeout: float = 5.0,
        http2: bool = False,
        proxy: str | None = None,
        ca_certificates: Sequence[bytes] = (),
    ) -> None:
        builder = (
            ClientBuilder()
            .follow_redirects(False)
            .referer(False)
            .user_agent("router")
            .pool_max_idle_per_host(max_idle)
            .pool_idle_timeout(timedelta(seconds=idle_timeout))
            .connect_timeout(timedelta(seconds=connect_timeout))
            .http2(http2)
        )
        builder = builder.no_proxy() if proxy is None else builder.proxy(ProxyBuilder.all(proxy))
        for certificate in ca_certificates:
            builder = builder.add_root_certificate_pem(certificate)
        self._client: Client = builder.build()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send and wait for the whole answer; see :class:`~router.execution.transport.SubgraphTransport`."""
        try:
            # The library's own time-out is what closes the connection; it lets a cancelled call run on until then.
            builder = (
                self._client.post(request.url)
                .headers(list(request.headers))
                .body_bytes(request.body)
                .timeout(timedelta(seconds=max(0.001, request.timeout)))
            )
        except (BuilderError, ValueError) as error:
            raise TransportError(f"the request can't be made: {error}", sent=False) from error
        started = False
        try:
            async with builder.build_streamed() as response:
                started = True
                body = await _read_body(response, request.max_response_bytes)
                headers = {key.lower(): value for key, value in response.headers.items()}
                return SubgraphResponse(response.status, headers, body)
        except PyreqwestError as error:
            raise _translate(error, started) from error


async def _read_body(response: Response, limit: int) -> bytes:
    length = response.get_header("content-length")
    if length is not None and length.isdecimal() and int(length) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    reader = response.body_reader
    while (chunk := await reader.read_chunk()) is not None:
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(bytes(chunk))
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> TransportError:
    return TransportError(f"the answer is larger than {limit} bytes", code="SUBREQUEST_TOO_LARGE")


def _translate(error: PyreqwestError, started: bool) -> TransportError:
    causes = _causes(error)
    if isinstance(error, RequestTimeoutError):
        return TransportError("no complete answer in time", code="SUBREQUEST_TIMEOUT")
    if started or isinstance(error, BodyDecodeError):
        return TransportError("the answer broke off", code="SUBREQUEST_MALFORMED_RESPONSE")
    if "(Connect)" in causes:
        return TransportError("the connection was refused or could not be made", sent=False, repeatable=True)
    if "parse" in causes or "invalid" in causes:
        return TransportError("the answer is not proper HTTP", code="SUBREQUEST_MALFORMED_RESPONSE")
    if "(SendRequest)" in causes:
        return ConnectionLost("the connection was lost before an answer came")
    return TransportError("the request failed")


def _causes(error: PyreqwestError) -> str:
    """What went wrong below, as one text: the library tells the stage at which it happened only in words."""
    details = getattr(error, "details", None) or {}
    return "; ".join(str(cause.get("message", "")) for cause in details.get("causes") or ())
