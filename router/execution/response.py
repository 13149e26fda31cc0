"""The response in the making: the tree of what subgraphs answered, with its errors in the client's terms.

Invariant: an error that stands by itself is told once at each place; one that only left fields empty is told where the
client misses them (:mod:`router.execution.marks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.execution.answers import AnswerError
from router.execution.errors import MAX_KEPT, ClientPath, ResponseError
from router.execution.marks import Marks
from router.execution.tree import Tree
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FetchNode


@dataclass(slots=True)
class Told:
    """How many of a response's errors went to the client already, in earlier parts of an incremental answer."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """The response in the making. ``errors`` are tagged with their fetch's id, which orders them in the end.

    With ``attentive``, every answer is searched for what it leaves out, by the client's ``variables``.
    """

    types: ExecutionTypes
    variables: Mapping[str, Any] = field(default_factory=dict)
    attentive: bool = False
    tree: Tree = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    errors: list[tuple[int, ResponseError]] = field(default_factory=list)
    failures: list[tuple[int, ResponseError]] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def report(self, fetch: FetchNode, error: ResponseError, path: ClientPath | None) -> None:
        """Add an error that stands by itself, unless there are too many already."""
        if len(self.errors) < MAX_KEPT:
            self.errors.append((fetch.id, error.at(path) if path is not None else error))

    def fail(self, fetch: FetchNode, error: ResponseError) -> None:
        """Note an error that is told where its marks leave the client without a value; see :class:`Marks`."""
        self.failures.append((fetch.id, error))

    def fail_without_path(
        self,
        fetch: FetchNode,
        errors: Sequence[ResponseError],
        empty: Iterable[tuple[Tree, Sequence[str]]],
    ) -> None:
        """Note errors that don't say where: told at what came ``empty``, and by themselves where nothing did."""
        for error in errors:
            self.fail(fetch, error)
        for target, names in empty:
            self.marks.put(target, names, errors[0])


def error_of(entry: AnswerError, service: str) -> ResponseError:
    """Return a subgraph's own error, without its path."""
    return ResponseError(entry.message, extensions=entry.extensions, service=service, own=False)


def malformed(service: str, problem: str) -> ResponseError:
    """Return what the router says of an answer that it can't use."""
    extensions = {"code": "SUBREQUEST_MALFORMED_RESPONSE"}
    return ResponseError(f"{service}: {problem}", extensions=extensions, service=service)
