"""A response in parts: `multipart/mixed` with `deferSpec=20220824`.

Enters: JSON payloads, as they come. Leaves: ASGI messages. Invariant: each payload goes out as soon as it is there,
and the closing boundary stands after the last.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Final

from router.server.asgi import Send

CONTENT_TYPE: Final = b'multipart/mixed;boundary="-";deferSpec=20220824'
_PART: Final = b"\r\n---\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"


async def send_parts(send: Send, parts: AsyncIterator[bytes], headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Send all payloads of a response."""
    start_headers = [(b"content-type", CONTENT_TYPE), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": start_headers})
    try:
        async for part in parts:
            await send({"type": "http.response.body", "body": _PART + part, "more_body": True})
    finally:
        # A client that left must not leave calls behind.
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()
    await send({"type": "http.response.body", "body": b"\r\n-----\r\n"})
