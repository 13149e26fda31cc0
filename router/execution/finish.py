"""The end of an execution: the response tree projected for the client, and the errors put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from router.execution.errors import PathIndex, ResponseError
from router.execution.projection import DeferKey, Projection, client_path, project
from router.execution.response import Response
from router.operation.model import Operation


def start_projection(response: Response, deferred: frozenset[DeferKey]) -> Projection:
    """Make a projection that knows of the errors so far."""
    reported = PathIndex()
    for _, error in response.errors:
        if error.path is not None:
            reported.add(error.path)
    strict = not response.attentive
    return Projection(response.types, response.variables, response.marks, reported, deferred, strict=strict)


def take_errors(
    projection: Projection,
    operation: Operation,
    response: Response,
    found: Sequence[ResponseError],
    *,
    nothing: bool = False,
) -> list[ResponseError]:
    """Return the errors that weren't told yet: subgraphs' in the order of the plan, then those of projection.

    Each failure is told somewhere: at the places that it emptied, or by itself where the client sees none of them. An
    error at what only the router asked for is told where the client lacks something because of it, else as near by as
    there is a place. Where ``nothing`` is left of the data, an error that has a place of its own isn't told at others.
    """
    own = sorted(response.errors[response.told.count :], key=lambda entry: entry[0])
    response.told.count = len(response.errors)
    told = {id(error) for error in projection.used}
    silent = sorted((entry for entry in response.failures if id(entry[1]) not in told), key=lambda entry: entry[0])
    response.failures.clear()
    at_paths = [(error, *client_path(operation, error.path, response.tree)) for _, error in own if error.path]
    if nothing:
        at_home = {id(error.origin) for error, path, _ in at_paths if path == error.path}
        found = [error for error in found if id(error.origin) not in at_home]
    placed = {id(error) for error in projection.placed}
    return [
        *(
            error.at(path or None)
            for error, path, is_null in at_paths
            if is_null or path == error.path or id(error.origin) not in placed
        ),
        *(error for _, error in own if not error.path),
        *(error for _, error in silent),
        *found,
    ]


def finish(
    response: Response, operation: Operation, beside: Mapping[str, Any], deferred: frozenset[DeferKey] = frozenset()
) -> tuple[dict[str, Any] | None, list[ResponseError]]:
    """Return the client's data and errors.

    Raises :class:`~router.execution.projection.Unexplained` where something is missing and no answer was searched.
    """
    projection = start_projection(response, deferred)
    data, found = project(projection, operation, response.tree, beside)
    return data, take_errors(projection, operation, response, found, nothing=data is None)
