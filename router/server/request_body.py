"""Bytes of an HTTP request -> :class:`~router.pipeline.GraphQLRequest` s (GraphQL over HTTP, "Request").

Enters: an ASGI receive, a query string. Leaves: one request, or a list of them for a batch. Invariant: at most the
allowed number of bytes is ever held, and nothing but strict JSON in UTF-8 passes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import orjson

from router.pipeline import GraphQLRequest
from router.server.answer import Refusal
from router.server.asgi import Receive

_PARAMETERS: Final = frozenset({"query", "operationName", "variables", "extensions"})


class ClientGone(Exception):
    """The client closed the connection before its request was whole."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int, seconds: float) -> bytes:
    """Read a body of at most ``limit`` bytes within ``seconds``.

    Raises :class:`Refusal` (408, 413, 415) and :class:`ClientGone`.
    """
    encoding = headers.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() not in (b"", b"identity"):
        # What isn't unpacked can't be a bomb. RFC 9110, section 15.5.16 asks for the header.
        hint = ((b"accept-encoding", b"identity"),)
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.", hint)
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > 15 or int(announced) > limit):
        raise _too_large(limit)
    message = await _receive(receive, limit)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    chunks, size = [body], len(body)
    try:
        async with asyncio.timeout(seconds):
            while message.get("more_body"):
                message = await _receive(receive, limit, size)
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
    except TimeoutError:
        raise Refusal(408, "REQUEST_TIMEOUT", "The body did not arrive in time.") from None
    return b"".join(chunks)


async def _receive(receive: Receive, limit: int, size: int = 0) -> Mapping[str, Any]:
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    if size + len(message.get("body", b"")) > limit:
        raise _too_large(limit)
    return message


def _too_large(limit: int) -> Refusal:
    # The rest of the body stays unread, so the connection can't be used again.
    message = f"The body is too large; at most {limit} bytes are allowed."
    return Refusal(413, "PAYLOAD_TOO_LARGE", message, ((b"connection", b"close"),))


def decode_body(body: bytes) -> GraphQLRequest | list[Any]:
    """Decode a POST body; a JSON array is given back undecided. Raises :class:`Refusal` (400)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(_not_json("The body", body, error)) from None
    return value if isinstance(value, list) else to_request(value)


def to_request(value: Any) -> GraphQLRequest:
    """Check the shape of one request. Raises :class:`Refusal` (400)."""
    if not isinstance(value, dict):
        raise invalid("The body must be a JSON object.")
    query = value.get("query")
    if query is None and _has_persisted_query(value.get("extensions")):
        query = ""
    if not isinstance(query, str):
        raise invalid("The parameter query is missing." if query is None else "The parameter query must be a string.")
    operation_name = value.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise invalid("The parameter operationName must be a string or null.")
    variables = value.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise invalid("The parameter variables must be an object or null.")
    extensions = value.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise invalid("The parameter extensions must be an object or null.")
    return GraphQLRequest(query, operation_name, variables, extensions)


def _has_persisted_query(extensions: Any) -> bool:
    return isinstance(extensions, dict) and extensions.get("persistedQuery") is not None


def decode_query_string(query_string: bytes) -> GraphQLRequest:
    """Decode the parameters of a GET. Raises :class:`Refusal` (400)."""
    parameters: dict[str, str] = {}
    for part in query_string.split(b"&"):
        name, _, value = part.partition(b"=")
        try:
            key = unquote_to_bytes(name.replace(b"+", b" ")).decode()
            text = unquote_to_bytes(value.replace(b"+", b" ")).decode()
        except UnicodeDecodeError:
            raise invalid("The query string is not UTF-8.") from None
        if key in _PARAMETERS:
            if key in parameters:
                raise invalid(f"The parameter {key} is given twice.")
            parameters[key] = text
    request = to_request(
        {
            "query": parameters.get("query"),
            "operationName": parameters.get("operationName") or None,
            "variables": _object(parameters, "variables"),
            "extensions": _object(parameters, "extensions"),
        }
    )
    return GraphQLRequest(request.query, request.operation_name, request.variables, request.extensions, read_only=True)


def _object(parameters: Mapping[str, str], name: str) -> Any:
    text = parameters.get(name)
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise invalid(_not_json(f"The parameter {name}", text.encode(), error)) from None


def _not_json(what: str, body: bytes, error: orjson.JSONDecodeError) -> str:
    if not body.strip():
        return f'{what} is empty; send {{"query": "...", "variables": {{...}}}}.'
    return f"{what} is not valid JSON in UTF-8: {error.msg}, line {error.lineno}, column {error.colno}."


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that isn't GraphQL over HTTP."""
    return Refusal(400, "INVALID_GRAPHQL_REQUEST", message)
