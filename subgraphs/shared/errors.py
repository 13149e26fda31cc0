"""The errors a subgraph tells its callers, and the one function that writes an error on the wire.

Enters: whatever a resolver raised. Leaves: a GraphQL error with a stable `extensions.code`.
Invariant: text of an exception that isn't a `SubgraphError` or the GraphQL library's own verdict on the
request never leaves the process.

    SubgraphError                 a refusal with a code, safe to show
    ├── BadUserInput              BAD_USER_INPUT          an argument is out of its bounds
    ├── Unauthenticated           UNAUTHENTICATED         sign in first, or the token is not good
    ├── Forbidden                 FORBIDDEN               signed in, but not allowed
    ├── UpstreamUnavailable       UPSTREAM_UNAVAILABLE    a sibling service didn't answer as it should
    └── Refused                   its own code            what one service alone says, such as EMAIL_TAKEN
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from graphql import GraphQLError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

log = logging.getLogger(__name__)

INTERNAL_MESSAGE = "The service failed to answer."
DATABASE_MESSAGE = "The service's database can't answer at the moment; try again later."


class SubgraphError(GraphQLError):
    """A refusal that is safe to show. `code` becomes `extensions.code` and is stable across releases."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message, extensions={"code": code or self.code, **details})


class BadUserInput(SubgraphError):
    code = "BAD_USER_INPUT"


class Unauthenticated(SubgraphError):
    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in to do this.") -> None:
        super().__init__(message)


class Forbidden(SubgraphError):
    code = "FORBIDDEN"

    def __init__(self, message: str = "You may not do this.") -> None:
        super().__init__(message)


class UpstreamUnavailable(SubgraphError):
    code = "UPSTREAM_UNAVAILABLE"

    def __init__(self, service: str) -> None:
        super().__init__(f"The {service} service can't be asked at the moment; nothing was changed.", service=service)


class Refused(SubgraphError):
    """A refusal with a code of one service's own, such as `Refused("EMAIL_TAKEN", "...")`."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message, code=code, **details)


def present_error(error: GraphQLError, *, default_code: str = "INTERNAL_SERVER_ERROR") -> dict[str, Any]:
    """Write one error as the response's `errors` entry (GraphQL specification, 7.1.5).

    An exception that was not meant for callers is logged with its trace and shown as a fixed sentence.
    `default_code` is the code for the library's own errors, such as GRAPHQL_VALIDATION_FAILED.
    """
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    if isinstance(cause, GraphQLError):
        formatted["extensions"] = {"code": default_code, **(cause.extensions or {})}
        return formatted
    if isinstance(cause, (DBAPIError, PoolTimeout)):
        log.error("database error at %s: %s", error.path, type(cause.__cause__ or cause).__name__)
        formatted |= {"message": DATABASE_MESSAGE, "extensions": {"code": "DATABASE_UNAVAILABLE"}}
        return formatted
    log.error("unexpected error at %s", error.path, exc_info=cause)
    formatted |= {"message": INTERNAL_MESSAGE, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    return formatted
