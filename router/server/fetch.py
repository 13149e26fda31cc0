"""GET and POST to what isn't asked by the executor: key sets, and the schemas of running subgraphs.

Enters: a URL from configuration. Leaves: the bytes of a good answer. Invariant: bounded in time and in bytes, and
redirects are not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import httpx2

from router.server.asgi import AsgiApp

TIMEOUT: Final = 10.0
MAX_BYTES: Final = 20 * 1024 * 1024


class FetchError(OSError):
    """There was no good answer; the message says why, without the URL."""


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
        raise FetchError(str(error) or type(error).__name__) from None
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError(f"the address can't be used: {error}") from None
    if response.status_code != 200:
        raise FetchError(f"the answer's status is {response.status_code}")
    return b"".join(chunks)
