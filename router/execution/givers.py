"""Which subgraph gave a value that can't be what it is. Asked only where there is such a value.

Enters: errors about values, the plan and the response tree. Leaves: the same errors, with the subgraph's name where one
subgraph alone was asked for that field of that object. Invariant: who can't be told for sure isn't named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, assert_never

from graphql.language import ast

from router.execution.answer_paths import renamed
from router.execution.errors import ClientPath, ResponseError
from router.execution.fetch_shape import conditions_hold, fragment_of, selected_by, selected_in
from router.execution.response import Response
from router.execution.subrequests import Services
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    FetchNode,
    FieldStep,
    ListStep,
    ParallelNode,
    Path,
    PlanNode,
    SequenceNode,
    SubscriptionNode,
    TypeStep,
)
from router.query_plan.plan import QueryPlan

#: The way to a value: for each step the response name (``None`` for an item of a list), and the ``__typename`` that the
#: object before it says. What is alike for many items of a list is looked up once.
_Way: TypeAlias = tuple[tuple[str | None, Any], ...]


def name_givers(
    errors: Sequence[ResponseError], response: Response, plan: QueryPlan, services: Services
) -> list[ResponseError]:
    """Name the subgraph in each error about a value."""
    known: dict[_Way, str | None] = {}
    found: list[ResponseError] = []
    for error in errors:
        way = _way_to(response, error.path) if error.about_value and error.path else None
        if way is not None:
            if way not in known:
                known[way] = _giver(way, response, plan, services)
            error = replace(error, giver=known[way])
        found.append(error)
    return found


def _way_to(response: Response, path: ClientPath) -> _Way | None:
    """Follow a path into the tree; ``None`` where the value wasn't given by anybody."""
    value: Any = response.tree
    way: list[tuple[str | None, Any]] = []
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            if step not in value or (value[step] is None and response.marks.excuses(value, step)):
                return None
            typename = value.get("__typename")
            way.append((step, typename if isinstance(typename, str) else None))
            value = value[step]
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            way.append((None, None))
            value = value[step]
        else:
            return None
    return tuple(way)


def _giver(way: _Way, response: Response, plan: QueryPlan, services: Services) -> str | None:
    names = {
        services.endpoints[fetch.service].name
        for fetch in _taken(plan.node, response.variables)
        if _Sent(fetch, response.variables, response.types).brings(way)
    }
    return names.pop() if len(names) == 1 else None


def _taken(node: PlanNode | None, variables: Mapping[str, Any]) -> Iterator[FetchNode]:
    """Yield the fetches of a plan that these variables lead to."""
    match node:
        case None:
            return
        case FetchNode():
            yield node
        case SequenceNode(nodes) | ParallelNode(nodes):
            for inner in nodes:
                yield from _taken(inner, variables)
        case ConditionNode(variable, if_clause, else_clause):
            yield from _taken(if_clause if variables.get(variable) else else_clause, variables)
        case DeferNode(primary, deferred):
            yield from _taken(primary, variables)
            for part in deferred:
                yield from _taken(part.node, variables)
        case SubscriptionNode(primary_fetch, rest):
            yield primary_fetch
            yield from _taken(rest, variables)
        case _:
            assert_never(node)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A fetch as it was sent; ``variables`` are the client's."""

    fetch: FetchNode
    variables: Mapping[str, Any]
    types: ExecutionTypes

    def brings(self, way: _Way) -> bool:
        """Whether this may have brought what is at the end of a way."""
        fetch = self.fetch
        if not fetch.inputs:
            starts: Sequence[Path] = fetch.places or ((),)
            return any(self._selects(selected_in(fetch), rest, ()) for rest in _rests(starts, way))
        return any(
            self._selects(selected_by(fetch, item.response_name), rest, (item.response_name,))
            for item in fetch.inputs
            for rest in _rests(item.paths, way)
        )

    def _selects(self, selection_set: ast.SelectionSetNode | None, way: _Way, within: tuple[str, ...]) -> bool:
        while way and way[0][0] is None:
            way = way[1:]
        if not way:
            return True
        (name, typename), below = way[0], way[1:]
        for node in selection_set.selections if selection_set is not None else ():
            if not conditions_hold(node, self.variables):
                continue
            if isinstance(node, ast.FieldNode):
                own = (node.alias or node.name).value
                if renamed(self.fetch.renames, within, (own,)) == (name,):
                    return self._selects(node.selection_set, below, (*within, own))
                continue
            condition, inner = fragment_of(self.fetch, node)
            if self._may_apply(condition, typename) and self._selects(inner, way, within):
                return True
        return False

    def _may_apply(self, condition: str | None, typename: str | None) -> bool:
        possible = self.types.possible.get(condition or "")
        return typename not in self.types.objects or possible is None or typename in possible


def _rests(starts: Sequence[Path], way: _Way) -> Iterator[_Way]:
    """Yield what is left of a way behind each place that it leads through."""
    for start in starts:
        rest: _Way | None = way
        for step in start:
            if not rest:
                rest = None
                break
            match step:
                case FieldStep(name):
                    rest = rest[1:] if rest[0][0] == name else None
                case ListStep():
                    rest = rest[1:] if rest[0][0] is None else None
                case TypeStep(types):
                    rest = rest if rest[0][1] in types else None
                case _:
                    assert_never(step)
        if rest:
            yield rest
