"""Results and refusals -> the bytes that a client gets (GraphQL specification, section 7.1).

Enters: an execution result, or the error that kept a request from being run. Leaves: a
:class:`~router.pipeline.request.GraphQLResponse`, or one payload of a stream. Invariant: what a subgraph said reaches
a client only as the error policies of the subgraphs allow.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from router.errors import OperationError, PlanningBudgetExceeded, PlanningError
from router.execution.context import RequestContext, RequestTrace
from router.execution.errors import ErrorPolicy, format_errors
from router.execution.executor import ExecutionResult
from router.execution.json_text import encode_json
from router.pipeline.request import GraphQLResponse

_LOG = logging.getLogger(__name__)

#: HTTP statuses of refusals, where it isn't that of any bad request.
_STATUS: Final = {"METHOD_NOT_ALLOWED": 405, "OVERLOADED": 503, "INTERNAL_SERVER_ERROR": 500}


def encode_result(result: ExecutionResult, policies: Mapping[str, ErrorPolicy]) -> bytes:
    """Write a whole answer."""
    try:
        return encode_json(_payload(result, policies))
    except (RecursionError, TypeError, ValueError):
        message = "The answer has values that are nested too deeply to be written."
        entry = {"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
        return encode_json({"data": None, "errors": [entry]})


def encode_increment(result: ExecutionResult, policies: Mapping[str, ErrorPolicy], *, first: bool) -> bytes:
    """Write one payload of a deferred answer, in the form that ``deferSpec=20220824`` names."""
    if first:
        return encode_json({**_payload(result, policies), "hasNext": result.has_next})
    if result.path is None:
        return encode_json({"hasNext": result.has_next})
    part = {**_payload(result, policies), "path": list(result.path)}
    if result.label is not None:
        part["label"] = result.label
    return encode_json({"incremental": [part], "hasNext": result.has_next})


def trace_errors(result: ExecutionResult, context: RequestContext) -> None:
    """Tell the trace of a request, where it has one, which errors the answer has."""
    if result.errors and context.trace is not None:
        context.trace.errors([_code(error.extensions) for error in result.errors])


def _code(extensions: Mapping[str, Any] | None) -> str:
    code = (extensions or {}).get("code")
    return code if isinstance(code, str) else "UNKNOWN"


def _payload(result: ExecutionResult, policies: Mapping[str, ErrorPolicy]) -> dict[str, Any]:
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = format_errors(result.errors, policies)
    if result.extensions:
        payload["extensions"] = dict(result.extensions)
    return payload


def refused(error: OperationError | PlanningError, trace: RequestTrace | None) -> GraphQLResponse:
    """Answer a request that isn't run. A fault of the router's own is logged, and told without its details."""
    if trace is not None:
        items = error.errors if isinstance(error, OperationError) else ()
        trace.errors([_code(item.extensions) for item in items] or [_code({"code": getattr(error, "code", None)})])
    if isinstance(error, OperationError):
        entries = [dict(item.formatted) for item in error.errors]
        codes = {(item.extensions or {}).get("code") for item in error.errors}
        status = next((found for code, found in _STATUS.items() if code in codes), None)
        return GraphQLResponse(encode_json({"errors": entries}), refused=True, status=status)
    if isinstance(error, PlanningBudgetExceeded):
        message, status = str(error), None
    else:
        _LOG.error("no plan for a valid operation: %s", error)
        message, status = "The operation could not be planned.", 500
    entry = {"message": message, "extensions": {"code": error.code}}
    return GraphQLResponse(encode_json({"errors": [entry]}), refused=True, status=status)
