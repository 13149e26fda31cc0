"""Whether subgraphs can answer what a plan asks of them: fields that they resolve, with what those require at hand.

Enters: a reduced plan. Leaves: coordinates that a subgraph is asked for and can't answer. Invariant: only what is
sure is told: below ``_entities`` a field that requires something is taken to get it by the representation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import parse
from graphql.language import ast

from router.planning.single_subgraph import SingleSubgraph
from router.planning.spots import Spot, Spots, Way
from tests.differential.planning.comparison import Shape


def unanswerable(spots: Spots, labels: frozenset[str], shape: Shape) -> Iterator[str]:
    """Leave what the fetches of a plan ask for in vain, as ``subgraph: Type.field``."""
    if shape is None:
        return
    if shape[0] == "fetch":
        yield from _Walk(spots, labels, shape[1]).fetch(shape[2])
    else:
        for part in shape[1:]:
            yield from unanswerable(spots, labels, part)


class _Walk:
    """Walks the request of one fetch over the places at which its subgraph can be."""

    def __init__(self, spots: Spots, labels: frozenset[str], service: str) -> None:
        self.spots = spots
        self.alone = SingleSubgraph(spots, labels, lambda _: None)
        self.service = service
        self.subgraph = spots.subgraphs[spots.names.index(service)]
        self.fragments: Mapping[str, ast.FragmentDefinitionNode] = {}

    def fetch(self, text: str) -> Iterator[str]:
        document = parse(text)
        self.fragments = {
            item.name.value: item for item in document.definitions if isinstance(item, ast.FragmentDefinitionNode)
        }
        operation = next(item for item in document.definitions if isinstance(item, ast.OperationDefinitionNode))
        root = next(
            (spot for spot in self.spots.roots(operation.operation.value) if spot.subgraph == self.subgraph), None
        )
        for item in operation.selection_set.selections:
            if isinstance(item, ast.FieldNode) and item.name.value == "_entities":
                yield from self.entities(item.selection_set)
            elif root is not None:
                yield from self.selections(ast.SelectionSetNode(selections=(item,)), root, False)

    def entities(self, selection_set: ast.SelectionSetNode | None) -> Iterator[str]:
        for item in selection_set.selections if selection_set is not None else ():
            condition, inner = self.fragment(item)
            if condition is not None and (spot := self.spot(condition)) is not None:
                yield from self.selections(inner, spot, True)

    def selections(self, selection_set: ast.SelectionSetNode, spot: Spot, entity: bool) -> Iterator[str]:
        for item in selection_set.selections:
            if isinstance(item, ast.FieldNode):
                yield from self.field(item, spot, entity)
                continue
            condition, inner = self.fragment(item)
            narrowed = spot if condition in (None, spot.type_name) else spot.members.get(str(condition))
            if narrowed is not None:
                yield from self.selections(inner, narrowed, entity)
            elif condition is not None and (other := self.spot(condition)) is not None and other.abstract:
                for name in other.members.keys() & spot.members.keys():
                    yield from self.selections(inner, spot.members[name], entity)

    def field(self, node: ast.FieldNode, spot: Spot, entity: bool) -> Iterator[str]:
        name = node.name.value
        if name.startswith("_"):
            return
        places: list[tuple[Spot, Way | None]] = [(spot, self.alone.way(spot, name))]
        if places[0][1] is None and spot.abstract:
            places = [(member, self.alone.way(member, name)) for member in spot.members.values()]
        for place, way in places:
            if way is None or (not entity and self.alone.waits(way, place)):
                yield f"{self.service}: {place.type_name}.{name}"
            elif node.selection_set is not None and way.target is not None:
                yield from self.selections(node.selection_set, way.target, False)

    def fragment(self, item: ast.SelectionNode) -> tuple[str | None, ast.SelectionSetNode]:
        if isinstance(item, ast.FragmentSpreadNode):
            fragment = self.fragments[item.name.value]
            return fragment.type_condition.name.value, fragment.selection_set
        assert isinstance(item, ast.InlineFragmentNode)
        return (item.type_condition.name.value if item.type_condition else None), item.selection_set

    def spot(self, type_name: str) -> Spot | None:
        node = self.spots.graph.node(self.subgraph, type_name)
        return None if node is None else self.spots.spot(node.index)
