"""The body of a subgraph's response -> data and errors, or the reason why it can't be used.

Invariant: what leaves has the shape of a GraphQL response (GraphQL specification, section 7), whatever came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from router.execution.errors import MAX_KEPT
from router.execution.transport import SubgraphResponse

#: The shortest integer beyond 64 bits, and what makes any digits look like it.
_LONG: Final = b"0" * 19
_DIGITS: Final = bytes(ord("0") if chr(code).isdecimal() else 0 for code in range(128)) + bytes(128)


class UnusableAnswer(Exception):
    """A response without any usable GraphQL answer; ``code`` goes to ``extensions.code``."""

    def __init__(self, message: str, code: str = "SUBREQUEST_MALFORMED_RESPONSE", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class AnswerError:
    """An entry of ``errors`` as a subgraph wrote it; a path that isn't one is ``None``."""

    message: str
    path: tuple[str | int, ...] | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """``data`` is ``None`` where there is none (a request error, or a null that went up to the root)."""

    data: dict[str, Any] | None
    errors: tuple[AnswerError, ...] = ()


def has_long_numbers(body: bytes) -> bool:
    """Whether JSON may hold an integer beyond 64 bits: some run of digits is as long as one."""
    return _LONG in body.translate(_DIGITS)


def read_json(body: bytes, exact: bool) -> Any:
    """Read JSON; with ``exact``, integers beyond 64 bits too, which orjson takes for floats. Raises ``ValueError``."""
    value = orjson.loads(body)
    if exact and has_long_numbers(body):
        # It is well-formed, and not too deep, since the stricter reader took it.
        return json.loads(body)
    return value


def read_answer(response: SubgraphResponse, *, exact: bool = False) -> Answer:
    """Read a response. Raises :class:`UnusableAnswer`. ``exact`` is for supergraphs with scalars of their own.

    A status other than 2xx is taken as an answer where the body is one, as GraphQL over HTTP allows.
    """
    good = 200 <= response.status < 300
    try:
        body = read_json(response.body, exact)
    except ValueError as error:
        if not good:
            raise _status_error(response.status) from error
        raise UnusableAnswer("the response is not JSON") from error
    if not isinstance(body, dict) or not ("data" in body or body.get("errors")):
        if not good:
            raise _status_error(response.status)
        raise UnusableAnswer("the response is not a GraphQL response: it has neither data nor errors")
    data = body.get("data")
    if data is not None and not isinstance(data, dict):
        raise UnusableAnswer("the response's data is not an object")
    errors = read_errors(body.get("errors"))
    if not good and not errors:
        raise _status_error(response.status)
    if data is None and not errors:
        raise UnusableAnswer("the response has neither data nor errors")
    return Answer(data, errors)


def read_errors(errors: Any) -> tuple[AnswerError, ...]:
    """Read ``errors``; what isn't a list of errors counts as one error without a path."""
    if not errors:
        return ()
    if not isinstance(errors, list):
        return (AnswerError("the subgraph answered with malformed errors"),)
    return tuple(_read_error(error) for error in errors[:MAX_KEPT])


def _read_error(error: Any) -> AnswerError:
    if not isinstance(error, dict):
        return AnswerError("the subgraph answered with a malformed error")
    message, path, extensions = error.get("message"), error.get("path"), error.get("extensions")
    return AnswerError(
        message=message if isinstance(message, str) else "the subgraph gave no message",
        path=tuple(path) if isinstance(path, list) and all(type(step) in (str, int) for step in path) else None,
        extensions=extensions if isinstance(extensions, dict) else {},
    )


def _status_error(status: int) -> UnusableAnswer:
    return UnusableAnswer(f"the subgraph answered with status {status}", "SUBREQUEST_HTTP_ERROR", status)
