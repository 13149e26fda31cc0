"""An HTTP answer as data, and the refusals that have one of their own.

Enters: a status, a body. Leaves: two ASGI messages. Invariant: every refusal is a well-formed GraphQL response with a
code, and tells nothing about the router's inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from router.record import record
from router.server.asgi import Send

JSON: Final = b"application/json; charset=utf-8"
GRAPHQL_JSON: Final = b"application/graphql-response+json; charset=utf-8"


@record
class Answer:
    """A whole HTTP response; header names are lower case."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refusal(Exception):
    """A request that is answered without being run. ``code`` goes to ``extensions.code``."""

    def __init__(self, status: int, code: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def answer(self, content_type: bytes = JSON) -> Answer:
        """Return the refusal as a GraphQL response without data."""
        return Answer(self.status, error_body(self.message, self.code), content_type, self.headers)


def error_body(message: str, code: str, **extensions: Any) -> bytes:
    """Return the JSON of a GraphQL response with one error and no data."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})


async def send_answer(send: Send, answer: Answer, more_headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Send an answer."""
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", b"%d" % len(answer.body)),
        *answer.headers,
        *more_headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
