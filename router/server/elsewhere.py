"""Requests to paths and by methods that the router doesn't serve.

Enters: a request that no route took. Leaves: a GraphQL error that says where GraphQL is served. Invariant: whoever
mistypes the endpoint learns the right one from the answer.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from router.server.answer import error_body


def answer_elsewhere(app: FastAPI, endpoint: str) -> None:
    """Have an application answer 404 and 405 in GraphQL's form; ``endpoint`` is the path of the GraphQL endpoint."""

    async def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        path = request.scope["path"][:100]
        if status == 405:
            message = f"{request.method} is not served at {path}; GraphQL is served at {endpoint}."
            code = "METHOD_NOT_ALLOWED"
        else:
            message = f"There is nothing at {path}; GraphQL is served at {endpoint}."
            code = "NOT_FOUND"
        headers = dict(getattr(error, "headers", None) or {})
        return Response(error_body(message, code), status, headers, "application/json")

    for status in (404, 405):
        app.add_exception_handler(status, answer)
