"""The planner: a normalised operation -> a query plan.

Enters: an :class:`~router.operation.model.Operation`, active override labels. Leaves: a
:class:`~router.query_plan.plan.QueryPlan`. The stages, in order: cover (who answers what), fetch graph (what each
fetch asks for), passes, plan. Invariant: planning is pure and bounded; equal input gives an equal plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import TypeAlias

from router.errors import UnplannableField
from router.graph.build import build_graph
from router.graph.model import QueryGraph
from router.operation.model import FieldSelection, FragmentSelection, Operation, Selection, SelectionSet
from router.planning.alternatives import Alternative
from router.planning.build_fetch_graph import FetchGraphBuilder
from router.planning.build_plan import PlanBuilder
from router.planning.cover import Cover
from router.planning.defer import MAX_VARIABLES, decide_defers, defer_variables, has_defer
from router.planning.explain import Explanation, print_alternatives, print_fetch_graph, print_operation, print_spots
from router.planning.fetch_graph import FetchGraph
from router.planning.passes import run_passes
from router.planning.selections import flatten
from router.planning.spots import Spot, Spots
from router.planning.translate import Translator
from router.query_plan.nodes import ConditionNode, PlanNode, SequenceNode
from router.query_plan.plan import QueryPlan
from router.supergraph.model import Supergraph

#: Paths that planning may look at, unless the caller says otherwise.
BUDGET = 100_000

Limits: TypeAlias = "tuple[Callable[[], bool] | None, int]"


class Planner:
    """Plans operations against one supergraph. Its tables fill as operations need them; it is safe to share."""

    def __init__(self, supergraph: Supergraph | QueryGraph) -> None:
        graph = supergraph if isinstance(supergraph, QueryGraph) else build_graph(supergraph)
        self.spots = Spots(graph)

    def plan(
        self,
        operation: Operation,
        labels: frozenset[str] = frozenset(),
        should_stop: Callable[[], bool] | None = None,
        budget: int = BUDGET,
        defer: bool = True,
    ) -> QueryPlan:
        """Plan an operation that was normalised against this supergraph's API schema.

        ``labels`` are the active override labels; ``should_stop`` is asked now and then whether time is up;
        ``budget`` bounds the paths looked at; without ``defer`` nothing is deferred. Raises
        :class:`PlanningBudgetExceeded` and :class:`UnplannableField`.
        """
        operation_of = _decide(operation, defer)
        variables = defer_variables(operation.selection_set)[:MAX_VARIABLES] if defer else ()
        try:
            return QueryPlan(self._plan_choices(operation_of, labels, (should_stop, budget), variables, {}))
        finally:
            # It knows selection sets by identity, so nothing of it is of use to another operation.
            flatten.cache_clear()

    def _plan_choices(
        self,
        operation_of: Callable[[Mapping[str, bool]], Operation],
        labels: frozenset[str],
        limits: Limits,
        variables: tuple[str, ...],
        chosen: Mapping[str, bool],
    ) -> PlanNode | None:
        """Plan for each value of the variables that decide on deferring."""
        if not variables:
            should_stop, budget = limits
            operation = operation_of(chosen)
            return Planning(self.spots, operation, Cover(self.spots, labels, budget, should_stop)).run()
        first, rest = variables[0], variables[1:]
        on = self._plan_choices(operation_of, labels, limits, rest, {**chosen, first: True})
        off = self._plan_choices(operation_of, labels, limits, rest, {**chosen, first: False})
        return ConditionNode(first, on, off)

    def explain(self, operation: Operation, labels: frozenset[str] = frozenset(), defer: bool = True) -> Explanation:
        """Plan an operation, and keep what each stage made, as text for people."""
        planning = Planning(self.spots, _decide(operation, defer)({}), Cover(self.spots, labels, BUDGET, None))
        try:
            plan = QueryPlan(planning.run())
        finally:
            flatten.cache_clear()
        return Explanation(
            normalize=print_operation(operation),
            graph=print_spots(self.spots, operation),
            paths="\n".join(print_alternatives(found, planning.cover.costs, self.spots) for found in planning.found),
            fetch_graph="\n".join(print_fetch_graph(graph, self.spots) for graph in planning.graphs),
            plan=plan,
        )


def _decide(operation: Operation, defer: bool) -> Callable[[Mapping[str, bool]], Operation]:
    """Return the operation for given values of the variables that decide on deferring."""
    allowed = defer and operation.kind == "query" and has_defer(operation.selection_set)

    def decide(chosen: Mapping[str, bool]) -> Operation:
        selection_set = decide_defers(
            operation.selection_set,
            lambda item: allowed and (item.condition is None or chosen.get(item.condition, False)),
        )
        return (
            operation if selection_set is operation.selection_set else replace(operation, selection_set=selection_set)
        )

    return decide


class Planning:
    """One operation under way; keeps what its stages made."""

    def __init__(self, spots: Spots, operation: Operation, cover: Cover) -> None:
        self.spots = spots
        self.operation = operation
        self.cover = cover
        self.translator = Translator(spots)
        self.builder = PlanBuilder(spots, operation)
        self.counter = [0]
        self.found: list[list[Alternative]] = []
        self.graphs: list[FetchGraph] = []

    def run(self) -> PlanNode | None:
        """Run all stages."""
        selection_set = without_introspection(self.operation.selection_set)
        if selection_set is None:
            return None
        roots = self.spots.roots(self.operation.kind)
        match self.operation.kind:
            case "mutation":
                return self._plan_in_order(selection_set, roots)
            case "subscription":
                spot = self._choose_roots([selection_set], roots)[0]
                return self.builder.build_subscription(self._build(selection_set, (spot,)))
            case _:
                asked = root_fields(selection_set)
                answering = tuple(spot for spot in roots if not asked.isdisjoint(spot.ways))
                return self.builder.build(self._build(selection_set, answering or roots))

    def _build(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> FetchGraph:
        best = self._solve(selection_set, roots)
        builder = FetchGraphBuilder(self.spots, self.translator, self.counter, self.operation.kind)
        graph = builder.build(best.pick, selection_set, roots)
        run_passes(graph)
        self.graphs.append(graph)
        return graph

    def _solve(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> Alternative:
        found = self.cover.solve_roots(selection_set, roots)
        if not found:
            raise self._unplannable(selection_set)
        self.found.append(found)
        return found[0]

    def _unplannable(self, selection_set: SelectionSet) -> UnplannableField:
        where = self.cover.failed or selection_set.parent_type
        return UnplannableField(f"{where} cannot be reached from where the operation asks for it.")

    def _choose_roots(self, parts: list[SelectionSet], roots: tuple[Spot, ...]) -> list[Spot]:
        """Choose one subgraph for each part; neighbours get the same where it is among the cheapest for both."""
        costs = self.cover.costs
        chosen: list[Spot] = []
        for part in parts:
            prices: list[tuple[int, Spot]] = []
            for spot in roots:
                found = self.cover.solve(part, ((spot, costs.bit(0, spot.number)),), None)
                if found:
                    prices.append((costs.cost(found[0].mask), spot))
            if not prices:
                raise self._unplannable(part)
            cheapest = min(price for price, _ in prices)
            best = [spot for price, spot in prices if price == cheapest]
            chosen.append(chosen[-1] if chosen and chosen[-1] in best else best[0])
        return chosen

    def _plan_in_order(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> PlanNode | None:
        """Plan a mutation: neighbours of one subgraph share a request, and all of one group ends before the next."""
        parent = selection_set.parent_type
        parts = [SelectionSet(parent, (selection,)) for selection in selection_set.selections]
        nodes: list[PlanNode] = []
        for spot, group in groupby(zip(self._choose_roots(parts, roots), parts, strict=True), key=lambda pair: pair[0]):
            together = SelectionSet(parent, tuple(selection for _, part in group for selection in part.selections))
            node = self.builder.build(self._build(together, (spot,)))
            if isinstance(node, SequenceNode):
                nodes.extend(node.nodes)
            elif node is not None:
                nodes.append(node)
        return nodes[0] if len(nodes) == 1 else SequenceNode(tuple(nodes))


def root_fields(selection_set: SelectionSet) -> set[str]:
    """The names of the fields of a root selection set, deferred ones too."""
    names: set[str] = set()
    for item in flatten(selection_set):
        names |= {item.field.name} if item.defer is None else root_fields(item.defer.selection_set)
    return names


def without_introspection(selection_set: SelectionSet) -> SelectionSet | None:
    """Return a root selection set without ``__schema``, ``__type`` and ``__typename``, which need no fetch."""
    kept: list[Selection] = []
    for selection in selection_set.selections:
        if isinstance(selection, FieldSelection):
            if not selection.name.startswith("__"):
                kept.append(selection)
        else:
            inner = without_introspection(selection.selection_set)
            if inner is selection.selection_set:
                kept.append(selection)
            elif inner is not None:
                kept.append(
                    FragmentSelection(
                        selection.type_condition, selection.types, inner, selection.conditions, selection.defer
                    )
                )
    if not kept:
        return None
    return (
        selection_set
        if len(kept) == len(selection_set.selections)
        else SelectionSet(selection_set.parent_type, tuple(kept))
    )
