"""The fetch graph -> nodes of a query plan.

Enters: a fetch graph whose passes have run. Leaves: a plan node, or ``None`` where nothing is to be fetched.
Invariant: steps of one subgraph with one number are one request, and a request comes after every request that one of
its steps reads from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from router.operation.model import Condition, FragmentSelection, Operation
from router.planning.alias_conflicts import alias_conflicts
from router.planning.explain import print_selection_set
from router.planning.fetch_graph import FetchGraph, FetchStep
from router.planning.fold_fragments import fold_fragments
from router.planning.needs import Needs
from router.planning.print_request import RequestPrinter
from router.planning.spots import Spots
from router.query_plan.nodes import (
    ConditionNode,
    ContextInput,
    DeferNode,
    DeferredNode,
    EntityInput,
    FetchNode,
    ParallelNode,
    Path,
    PlanNode,
    Rename,
    RepresentationShape,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
    SequenceNode,
    SubscriptionNode,
)


@dataclass(slots=True, eq=False)
class _Request:
    """Steps that go in one request."""

    steps: list[FetchStep]
    before: set[_Request] = field(default_factory=set)


class PlanBuilder:
    """Turns the fetch graphs of one operation into nodes; numbers fetches through all of them."""

    def __init__(self, spots: Spots, operation: Operation) -> None:
        self._spots = spots
        self._operation = operation
        self._next = 0
        self.fetch_ids: dict[FetchStep, int] = {}

    def build(self, graph: FetchGraph) -> PlanNode | None:
        """Return the node that runs all steps of a graph."""
        return self._build_part(graph, 0)

    def build_subscription(self, graph: FetchGraph) -> PlanNode:
        """Return the node of a subscription: the root fetch yields events, the rest runs for each."""
        root, *others = _batch(graph.steps)
        root.steps[0].conditions = ()  # a subscription is there or refused, so its conditions stay inside
        _, primary = self._fetch(root, "subscription")
        if not others:
            return SubscriptionNode(primary)
        conditions, rest = self._arrange(others, "query")
        return SubscriptionNode(primary, wrap_conditions(conditions, rest))

    def _build_part(self, graph: FetchGraph, number: int) -> PlanNode | None:
        """Return the node of a graph's primary part, or of a deferred one, with those deferred within it."""
        node: PlanNode | None = None
        requests = _batch([step for step in graph.steps if step.deferred == number])
        if requests:
            conditions, arranged = self._arrange(requests, graph.kind)
            node = wrap_conditions(conditions, arranged)
        within = [part for part in graph.deferred if part.parent == number]
        if not within:
            return node
        deferred = []
        for part in within:
            below = self._build_part(graph, part.number)
            depends = {self.fetch_ids[step] for step in part.before if step in self.fetch_ids}
            depends |= {
                self.fetch_ids[earlier]
                for step in graph.steps
                if step.deferred == part.number
                for earlier in step.before
                if earlier.deferred != part.number
            }
            selection = print_selection_set(part.fragment.selection_set)
            deferred.append(DeferredNode(_label(part.fragment), part.path, tuple(sorted(depends)), selection, below))
        return DeferNode(node, tuple(deferred))

    def _arrange(self, requests: list[_Request], kind: str) -> tuple[tuple[Condition, ...], PlanNode]:
        """Order requests: independent groups at once; within a group first what reads nothing of it, then the rest."""
        groups = _split_independent(requests)
        if len(groups) > 1:
            return _together([self._arrange(group, kind) for group in groups], ParallelNode)
        members = set(requests)
        first = [request for request in requests if not request.before & members]
        rest = [request for request in requests if request.before & members]
        parts = [self._fetch(request, kind) for request in first]
        now = _together(parts, ParallelNode)
        if not rest:
            return now
        return _together([now, self._arrange(rest, kind)], SequenceNode)

    def _fetch(self, request: _Request, kind: str) -> tuple[tuple[Condition, ...], FetchNode]:
        number = self._next
        self._next += 1
        steps = request.steps
        for step in steps:
            self.fetch_ids[step] = number
        service = self._spots.names[steps[0].subgraph]
        shared = [condition for condition in steps[0].conditions if all(condition in s.conditions for s in steps)]
        conditions = tuple(shared)
        name = None
        if self._operation.name:
            name = f"{self._operation.name}__{re.sub(r'[^_0-9A-Za-z]', '_', service)}__{number}"
        renames = self._alias_conflicts(steps)
        printer = RequestPrinter(conditions, self._operation.variables)
        root = steps[0].is_root
        kind = kind if root and not steps[0].path else "query"
        text = printer.print_root(kind, name, steps[0]) if root else printer.print_entities(name, steps)
        return conditions, FetchNode(
            id=number,
            service=service,
            operation=text,
            kind=kind,
            operation_name=name,
            variables=printer.used,
            inputs=() if root else _inputs(steps, printer.representations),
            renames=renames,
            places=tuple(steps[0].paths) if root and steps[0].path else (),
            reasons=self._reasons(steps, service, root),
        )

    def _alias_conflicts(self, steps: list[FetchStep]) -> tuple[Rename, ...]:
        """Alias what conflicts, step by step; each answers into an object of its own."""
        found: list[Rename] = []
        for step in steps:
            subgraph = self._spots.subgraphs[step.subgraph]
            fold_fragments(step.selections, subgraph, self._spots)
            types = self._spots.graph.views[subgraph].schema.types
            step.selections, renames = alias_conflicts(step.selections, types)
            found += renames
        return tuple(dict.fromkeys(found))

    def _reasons(self, steps: list[FetchStep], service: str, root: bool) -> tuple[str, ...]:
        if root:
            names = [head.name for head in steps[0].selections.items]
            return (f"{', '.join(dict.fromkeys(names))}: root fields asked of {service}",)
        return tuple(dict.fromkeys(reason for step in steps for reason in step.reasons))


def _label(fragment: FragmentSelection) -> str | None:
    return fragment.defer.label if fragment.defer is not None else None


def wrap_conditions(conditions: Sequence[Condition], node: PlanNode) -> PlanNode:
    """Run a node only where all conditions hold."""
    for condition in reversed(conditions):
        if condition.negated:
            node = ConditionNode(condition.variable, None, node)
        else:
            node = ConditionNode(condition.variable, node, None)
    return node


def _together(
    parts: Sequence[tuple[tuple[Condition, ...], PlanNode]], kind: type[ParallelNode] | type[SequenceNode]
) -> tuple[tuple[Condition, ...], PlanNode]:
    """Put nodes into one; conditions that all of them have stand around it."""
    if len(parts) == 1:
        return parts[0]
    common = tuple(item for item in parts[0][0] if all(item in conditions for conditions, _ in parts))
    nodes: list[PlanNode] = []
    for conditions, node in parts:
        wrapped = wrap_conditions([item for item in conditions if item not in common], node)
        if isinstance(wrapped, kind):
            nodes.extend(wrapped.nodes)
        else:
            nodes.append(wrapped)
    return common, kind(tuple(nodes))


def _batch(steps: Sequence[FetchStep]) -> list[_Request]:
    """Put steps of one subgraph and number into one request."""
    requests: dict[tuple[int, int, Path | None], _Request] = {}
    by_step: dict[FetchStep, _Request] = {}
    for step in steps:
        request = requests.setdefault((step.step, step.subgraph, step.path if step.is_root else None), _Request([]))
        request.steps.append(step)
        by_step[step] = request
    for step, request in by_step.items():
        request.before |= {by_step[earlier] for earlier in step.before if earlier in by_step} - {request}
    return list(requests.values())


def _split_independent(requests: list[_Request]) -> list[list[_Request]]:
    """Split requests into groups of which none reads from another, in order."""
    group: dict[_Request, int] = {request: number for number, request in enumerate(requests)}
    for request in requests:
        for earlier in request.before:
            if earlier in group and group[earlier] != group[request]:
                old, new = group[request], group[earlier]
                for other, number in group.items():
                    if number == old:
                        group[other] = new
    found: dict[int, list[_Request]] = {}
    for request in requests:
        found.setdefault(group[request], []).append(request)
    return list(found.values())


def _inputs(steps: list[FetchStep], variables: list[str]) -> tuple[EntityInput, ...]:
    return tuple(
        EntityInput(
            response_name="_entities" if len(steps) == 1 else f"_e{number}",
            variable=variables[number],
            paths=tuple(step.paths),
            shapes=_shapes(step),
            contexts=tuple(
                ContextInput(item.variable, item.type, item.ancestor, _required(item.needs))
                for item in step.contexts.values()
            ),
        )
        for number, step in enumerate(steps)
    )


def _shapes(step: FetchStep) -> tuple[RepresentationShape, ...]:
    """Return a step's shapes; types with equal representations share one."""
    found: dict[tuple[str | None, tuple[RequiredSelection, ...]], dict[str, None]] = {}
    for shape in step.shapes.values():
        found.setdefault((shape.typename, _required(shape.needs)), {}).update(shape.types)
    return tuple(
        RepresentationShape(tuple(types), selections, typename) for (typename, selections), types in found.items()
    )


def _required(needs: Needs) -> tuple[RequiredSelection, ...]:
    fields: list[RequiredSelection] = []
    fragments: dict[tuple[str, ...], list[RequiredSelection]] = {}
    for (types, name), needed in needs.items():
        made = RequiredField(name, needed.source, _required(needed.below), needed.non_null, needed.key)
        if types is None:
            fields.append(made)
        else:
            fragments.setdefault(types, []).append(made)
    return (*fields, *(RequiredFragment(types, tuple(inner)) for types, inner in fragments.items()))
