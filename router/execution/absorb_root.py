"""The answer of a root fetch -> the response tree, with its errors in the client's terms.

Invariant: an answer is merged into every object that it was asked for, each with a copy of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from router.execution.answer_paths import renamed, standing
from router.execution.answers import Answer
from router.execution.completeness import Asked, lacking
from router.execution.errors import ClientPath, ResponseError
from router.execution.fetch_shape import root_names
from router.execution.response import Response, error_of
from router.execution.tree import Tree, copy_tree, merge, rename
from router.query_plan.nodes import FetchNode

#: An object of the response tree, and where it stands in the client's terms.
Place: TypeAlias = tuple[Tree, ClientPath]


def absorb_root(
    response: Response, fetch: FetchNode, answer: Answer, service: str, places: Sequence[Place] | None = None
) -> None:
    """Merge the answer of a root fetch, into the tree's root or into the objects where it was asked for."""
    data = answer.data or {}
    left_out: list[tuple[ClientPath, ResponseError]] = []
    if response.attentive and answer.data is not None:
        found = Asked(fetch, response.variables, response.types).missing_at_root(data)
        left_out = list(lacking((renamed(fetch.renames, (), path) for path in found), service))
    rename(data, fetch.renames)
    data.pop("__typename", None)
    errors = [(error_of(entry, service), renamed(fetch.renames, (), entry.path or ())) for entry in answer.errors]
    for number, (target, place) in enumerate(_places(response, places)):
        merge(target, copy_tree(data) if number else data, response.types)
        for missing, error in left_out:
            response.marks.put_left_out(target, missing, error)
        for error, path in errors:
            if path:
                response.report(fetch, error, (*place, *standing(target, path)))
                response.marks.put_along(target, path, error)
                if answer.data is None and isinstance(path[0], str):
                    response.marks.put(target, (path[0],), error)
        if answer.data is None and errors:
            response.marks.put(target, root_names(fetch), errors[0][0])
    pathless = [error for error, path in errors if not path]
    if pathless and answer.data is None:
        response.fail(fetch, pathless[0])
    elif pathless:
        targets = [target for target, _ in _places(response, places)]
        empty = [(target, [name for name in root_names(fetch) if target.get(name) is None]) for target in targets]
        response.fail_without_path(fetch, pathless, empty)


def fail_root(
    response: Response, fetch: FetchNode, error: ResponseError, places: Sequence[Place] | None = None
) -> None:
    """Note that a root fetch gave nothing."""
    response.fail(fetch, error)
    for target, _ in _places(response, places):
        response.marks.put(target, root_names(fetch), error)


def _places(response: Response, places: Sequence[Place] | None) -> Sequence[Place]:
    return [(response.tree, ())] if places is None else places
