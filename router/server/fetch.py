"""GET and POST to what isn't asked by the executor: key sets, and the schemas of running subgraphs.

Enters: a URL from configuration. Leaves: the bytes of a good answer. Invariant: bounded in time and in bytes, and
redirects are not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import httpx2
import orjson

from router.server.asgi import AsgiApp

TIMEOUT: Final = 10.0
MAX_BYTES: Final = 20 * 1024 * 1024


class FetchError(OSError):
    """There was no good answer; the message says why, without the URL. ``body`` is that of an answer with an error."""

    def __init__(self, message: str, body: bytes = b"") -> None:
        super().__init__(message)
        self.body = body


def application_transport(app: AsgiApp) -> httpx2.AsyncBaseTransport:
    """Return the transport that asks an ASGI application in this process."""
    return httpx2.ASGITransport(app)


async def fetch(
    url: str,
    headers: Sequence[tuple[str, str]] = (),
    *,
    body: bytes | None = None,
    seconds: float = TIMEOUT,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> bytes:
    """GET a URL (POST JSON where there is a body) and return the body of a 200.

    ``seconds`` are for the whole exchange. Raises :class:`FetchError`.
    """
    sent = [*headers, ("content-type", "application/json")] if body is not None else list(headers)
    method = "GET" if body is None else "POST"
    try:
        async with (
            asyncio.timeout(seconds),
            httpx2.AsyncClient(follow_redirects=False, transport=transport, timeout=seconds, trust_env=False) as client,
            client.stream(method, url, headers=sent, content=body) as response,
        ):
            chunks: list[bytes] = []
            size = 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise FetchError(f"the answer is larger than {MAX_BYTES} bytes")
                chunks.append(chunk)
    except TimeoutError:
        raise FetchError(f"no answer within {seconds:g} s") from None
    except httpx2.HTTPError as error:
        raise FetchError(_in_words(error)) from None
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError(f"the address can't be used: {error}") from None
    if response.status_code != 200:
        answer = b"".join(chunks)
        raise FetchError(f"the answer's status is {response.status_code}{_first_message(answer)}", answer)
    return b"".join(chunks)


def _first_message(body: bytes) -> str:
    """Return what an answer with an error status says, where it is GraphQL's."""
    try:
        answer = orjson.loads(body)
    except ValueError:
        return ""
    match answer:
        case {"errors": [{"message": str(message)}, *_]}:
            return f" ({message[:300].rstrip('.')})"
        case _:
            return ""


def _in_words(error: httpx2.HTTPError) -> str:
    if isinstance(error, httpx2.ConnectError):
        return f"no connection ({str(error) or type(error).__name__})"
    if isinstance(error, httpx2.UnsupportedProtocol):
        return "an address begins with http:// or https://"
    return str(error) or type(error).__name__
