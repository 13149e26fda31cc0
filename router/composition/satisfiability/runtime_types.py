"""A field that several subgraphs share must return the same objects in all of them.

Enters: the nodes that a shared field with an abstract type leads to. Leaves: an error where no object type is common to
them, a hint where the sets differ. Invariant: a field is reported once.
"""

from __future__ import annotations

from router.composition.report import spell
from router.composition.satisfiability.places import ApiField, Place, Places
from router.federation.errors import CompositionError, CompositionHint, ErrorCode, HintCode


class RuntimeTypes:
    """Collects what is found of shared fields."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.errors: dict[str, CompositionError] = {}
        self.hints: dict[str, CompositionHint] = {}

    def compare(self, parent: Place, item: ApiField, place: Place, targets: list[int]) -> bool:
        """Compare the objects that each subgraph can return for a shared field; ``False`` where none is common.

        A subgraph with a single type that clients don't see stands for any type: it has an interface object.
        """
        if not item.shareable or not place.abstract or sum(map(self._is_abstract, targets)) < 2:
            return True
        coordinate = f"{parent.name}.{item.name}"
        by_subgraph: dict[str, frozenset[str]] = {}
        for target in targets:
            node = self.places.graph.nodes[target]
            types = frozenset(self.places.walker.members(target) if self._is_abstract(target) else (node.type,))
            if len(types) != 1 or not types.isdisjoint(place.members):
                by_subgraph[node.subgraph] = types
        if not any(by_subgraph.values()):
            return True
        common = frozenset(place.members).intersection(*by_subgraph.values())
        if not common:
            self.errors.setdefault(coordinate, self._error(coordinate, place, by_subgraph))
        elif len(set(by_subgraph.values())) > 1:
            self.hints.setdefault(coordinate, self._hint(coordinate, place, by_subgraph, common))
        return bool(common)

    def _is_abstract(self, node: int) -> bool:
        """Whether a node's type is an interface or union there; an interface object is neither."""
        name = self.places.graph.nodes[node].type
        known = self.places.graph.supergraph.joins
        return name in known and self.places[name].abstract and not self.places.walker.is_interface_object(node)

    def _name(self, subgraph: str) -> str:
        return self.places.graph.supergraph.graphs[subgraph].name

    def _error(self, coordinate: str, place: Place, types: dict[str, frozenset[str]]) -> CompositionError:
        parts = "; ".join(
            f"{self._name(subgraph)} returns {spell(sorted(names), 'or') or 'no object at all'}"
            for subgraph, names in types.items()
        )
        code = ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
        return CompositionError(
            code,
            f"[{code}] {coordinate} is shared, so each subgraph must return "
            f"the same objects, but no type that {place.name} can be is common to them: {parts}; "
            f"let the subgraphs have at least one type in common, or resolve {coordinate} in one of them only",
            tuple(self._name(subgraph) for subgraph in types),
            (coordinate,),
        )

    def _hint(
        self, coordinate: str, place: Place, types: dict[str, frozenset[str]], common: frozenset[str]
    ) -> CompositionHint:
        never = "; ".join(
            f"{self._name(subgraph)} should never return {spell(sorted(names - common), 'or')}"
            for subgraph, names in types.items()
            if names - common
        )
        code = HintCode.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
        return CompositionHint(
            code,
            f"[{code}] {coordinate} is shared, but its subgraphs know different types that {place.name} can be; "
            f"make sure that all of them return {spell(sorted(common), 'or')} only: {never}",
            tuple(self._name(subgraph) for subgraph in types),
            (coordinate,),
        )
