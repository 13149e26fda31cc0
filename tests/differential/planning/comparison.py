"""Two plans of one operation, measured alike and compared.

Enters: our plan and the reference's as nested lists. Leaves: a :class:`Comparison`. Invariant: both plans are reduced
to the same shape before anything is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import parse
from graphql.language import ast

from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    FetchNode,
    ParallelNode,
    PlanNode,
    SequenceNode,
    SubscriptionNode,
)
from tests.differential.planning.operations import MadeOperation

#: A plan as ``reference.mjs`` writes it: a kind, then services and texts or further plans.
Shape = Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a plan comes to. ``requests`` is the cost without fields, ``cost`` with them."""

    fetches: int
    steps: int
    requests: int
    cost: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operation on one ground: the figures (``None`` where a planner refused) and what is wrong with our plan.

    ``unanswerable`` is what the reference asks of subgraphs that can't answer it; ``empty`` tells that a field is left
    with no selections.
    """

    ground: str
    operation: MadeOperation
    labels: tuple[str, ...]
    ours: Figures | None
    theirs: Figures | None
    refusals: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    plans: Mapping[str, Shape] = field(default_factory=dict)
    executed: bool = False
    unanswerable: tuple[str, ...] = ()
    empty: bool = False

    @property
    def verdict(self) -> str:
        """In one word: ``wrong``, ``refused``, ``dearer``, ``fewer``, ``equal``, or ``alone`` without a reference."""
        if self.problems:
            return "wrong"
        if self.theirs is None:
            return "alone"
        if self.ours is None:
            return "refused"
        ours, theirs = self.ours, self.theirs
        if ours.fetches > theirs.fetches:
            return "dearer"
        if ours.requests > theirs.requests or (ours.steps > theirs.steps and ours.requests >= theirs.requests):
            return "dearer"
        return "equal" if ours.requests == theirs.requests else "fewer"


def measure(shape: Shape) -> Figures:
    """Measure a reduced plan."""
    return Figures(_fetches(shape), steps_of(shape), _cost(shape, 0, False), _cost(shape, 0, True))


def primary_of(shape: Shape) -> Shape:
    """Return what runs before the first answer: all of a plan that defers nothing."""
    if shape is None or shape[0] not in ("defer", "branch"):
        return shape
    return primary_of(shape[1]) if shape[0] == "defer" else ["branch", *map(primary_of, shape[1:])]


def reduce_plan(node: PlanNode | None) -> Shape:
    """Return our plan as the reference's is written."""
    match node:
        case None:
            return None
        case FetchNode():
            return ["fetch", node.service, node.operation]
        case SequenceNode(nodes):
            return ["sequence", *map(reduce_plan, nodes)]
        case ParallelNode(nodes):
            return ["parallel", *map(reduce_plan, nodes)]
        case ConditionNode(_, first, second):
            return ["branch", reduce_plan(first), reduce_plan(second)]
        case DeferNode(primary, deferred):
            return ["defer", reduce_plan(primary), *(reduce_plan(part.node) for part in deferred)]
        case SubscriptionNode(first, rest):
            return ["subscription", reduce_plan(first), reduce_plan(rest)]


def _fetches(shape: Shape) -> int:
    if shape is None:
        return 0
    return 1 if shape[0] == "fetch" else sum(map(_fetches, shape[1:]))


def steps_of(shape: Shape) -> int:
    """Return how many fetches run one after another."""
    if shape is None:
        return 0
    kind, *parts = shape
    match kind:
        case "fetch":
            return 1
        case "sequence" | "subscription":
            return sum(map(steps_of, parts))
        case "defer":
            return steps_of(parts[0]) + max(map(steps_of, parts[1:]), default=0)
        case _:
            return max(map(steps_of, parts), default=0)


def _cost(shape: Shape, first: int, fields: bool) -> int:
    if shape is None:
        return 0
    kind, *parts = shape
    match kind:
        case "fetch":
            return max(1, 100 * first) * (1000 + (count_fields(parts[1]) if fields else 0))
        case "sequence" | "subscription":
            total = 0
            for part in parts:
                total += _cost(part, first, fields)
                first += steps_of(part)
            return total
        case "defer":
            after = first + steps_of(parts[0])
            return _cost(parts[0], first, fields) + sum(_cost(part, after, fields) for part in parts[1:])
        case _:
            return sum(_cost(part, first, fields) for part in parts)


def count_fields(text: str) -> int:
    """Count the fields that a request asks for; ``_entities`` isn't one, a fragment counts wherever it is spread."""
    document = parse(text)
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, ast.FragmentDefinitionNode)}
    known: dict[str, int] = {}

    def count(selection_set: ast.SelectionSetNode | None) -> int:
        total = 0
        for item in selection_set.selections if selection_set is not None else ():
            if isinstance(item, ast.FragmentSpreadNode):
                name = item.name.value
                if name not in known:
                    known[name] = count(fragments[name].selection_set)
                total += known[name]
            elif isinstance(item, ast.InlineFragmentNode):
                total += count(item.selection_set)
            elif isinstance(item, ast.FieldNode):
                total += (item.name.value != "_entities") + count(item.selection_set)
        return total

    operation = next(item for item in document.definitions if isinstance(item, ast.OperationDefinitionNode))
    return count(operation.selection_set)


def print_shape(shape: Shape, indent: str = "") -> str:
    """Print a reduced plan for people."""
    if shape is None:
        return f"{indent}nothing"
    if shape[0] == "fetch":
        return f"{indent}{shape[1]}: {' '.join(shape[2].split())}"
    return "\n".join([f"{indent}{shape[0]}", *(print_shape(part, indent + "  ") for part in shape[1:])])
