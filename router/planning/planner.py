"""The planner: a normalised operation -> a query plan.

Enters: an :class:`~router.operation.model.Operation`, active override labels. Leaves: a
:class:`~router.query_plan.nodes.QueryPlan`. The stages, in order: cover (who answers what), fetch graph (what each fetch
asks for), passes, plan. Invariant: planning is pure and bounded; equal input gives an equal plan.
"""

from __future__ import annotations

from collections.abc import Callable

from router.errors import UnplannableField
from router.graph.build import build_graph
from router.graph.model import QueryGraph
from router.operation.model import FieldSelection, FragmentSelection, Operation, Selection, SelectionSet
from router.planning.alternatives import Alternative
from router.planning.build_fetch_graph import FetchGraphBuilder
from router.planning.build_plan import PlanBuilder
from router.planning.cover import Arrivals, Cover
from router.planning.fetch_graph import FetchGraph
from router.planning.passes import run_passes
from router.planning.spots import Spot, Spots
from router.planning.translate import Translator
from router.query_plan.nodes import PlanNode, QueryPlan, SequenceNode
from router.supergraph.model import Supergraph

#: Paths that planning may look at, unless the caller says otherwise.
BUDGET = 100_000


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
    ) -> QueryPlan:
        """Plan an operation that was normalised against this supergraph's API schema.

        ``labels`` are the active override labels; ``should_stop`` is asked now and then whether time is up; ``budget``
        bounds the paths looked at. Raises :class:`PlanningBudgetExceeded` and :class:`UnplannableField`.
        """
        planning = _Planning(self.spots, operation, Cover(self.spots, labels, budget, should_stop))
        return QueryPlan(planning.run())


class _Planning:
    """One operation under way."""

    def __init__(self, spots: Spots, operation: Operation, cover: Cover) -> None:
        self.spots = spots
        self.operation = operation
        self.cover = cover
        self.translator = Translator(spots)
        self.builder = PlanBuilder(spots, operation)
        self.counter = [0]
        self.graphs: list[FetchGraph] = []

    def run(self) -> PlanNode | None:
        selection_set = without_introspection(self.operation.selection_set)
        if selection_set is None:
            return None
        roots = self.spots.roots(self.operation.kind)
        if self.operation.kind == "mutation":
            return self._plan_in_order(selection_set, roots)
        return self._plan_at_once(selection_set, roots)

    def _plan_at_once(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> PlanNode | None:
        best = self._solve(selection_set, roots)
        graph = self._build(best, selection_set, roots)
        return self.builder.build(graph)

    def _solve(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> Alternative:
        arrivals: Arrivals = tuple((spot, self.cover.costs.bit(0, spot.number)) for spot in roots)
        found = self.cover.solve(selection_set, arrivals, None)
        if not found:
            where = self.cover.failed or f"{selection_set.parent_type}"
            raise UnplannableField(f"{where} cannot be reached from where the operation asks for it.")
        return found[0]

    def _build(self, best: Alternative, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> FetchGraph:
        builder = FetchGraphBuilder(self.spots, self.translator, self.counter, self.operation.kind)
        graph = builder.build(best.pick, selection_set, roots)
        run_passes(graph)
        self.graphs.append(graph)
        return graph

    def _plan_in_order(self, selection_set: SelectionSet, roots: tuple[Spot, ...]) -> PlanNode | None:
        """Plan a mutation: neighbours of one subgraph share a request, and all of one group ends before the next."""
        groups: list[tuple[Spot, list[Selection]]] = []
        for selection in selection_set.selections:
            alone = SelectionSet(selection_set.parent_type, (selection,))
            choices = [(spot, self.cover.solve(alone, ((spot, self.cover.costs.bit(0, spot.number)),), None)) for spot in roots]
            open_choices = [(spot, found[0]) for spot, found in choices if found]
            if not open_choices:
                where = self.cover.failed or selection_set.parent_type
                raise UnplannableField(f"{where} cannot be reached from where the operation asks for it.")
            cheapest = min(self.cover.costs.cost(found.mask) for _, found in open_choices)
            best = [spot for spot, found in open_choices if self.cover.costs.cost(found.mask) == cheapest]
            if groups and groups[-1][0] in best:
                groups[-1][1].append(selection)
            else:
                groups.append((best[0], [selection]))
        nodes: list[PlanNode] = []
        for spot, selections in groups:
            part = SelectionSet(selection_set.parent_type, tuple(selections))
            node = self.builder.build(self._build(self._solve(part, (spot,)), part, (spot,)))
            if isinstance(node, SequenceNode):
                nodes.extend(node.nodes)
            elif node is not None:
                nodes.append(node)
        return nodes[0] if len(nodes) == 1 else SequenceNode(tuple(nodes))


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
    return selection_set if len(kept) == len(selection_set.selections) else SelectionSet(selection_set.parent_type, tuple(kept))
