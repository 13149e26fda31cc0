"""``@join__type``: which subgraphs know a type, and by which keys.

Invariant: one join a subgraph and key, in the order of the subgraphs.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.facts import field_set_text
from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.subgraph import KEY
from router.supergraph.model import JoinType
from router.type_system.model import TypeDefinition


def join_types(merge: Merge, name: str, sources: Sequence[Source[TypeDefinition]]) -> tuple[JoinType, ...]:
    """Return the joins of a type."""
    found: list[JoinType] = []
    for index, definition in sources:
        graph = merge.graph_ids[index]
        is_interface_object = bool(merge.abstracted) and merge.is_interface_object(index, name)
        keys = [directive for directive in definition.directives if directive.name == KEY]
        if not keys:
            found.append(JoinType(graph, is_interface_object=is_interface_object))
        for key in keys:
            found.append(
                JoinType(
                    graph=graph,
                    key=field_set_text(key),
                    extension=key.extension,
                    resolvable=key.arguments.get("resolvable") is not False,
                    is_interface_object=is_interface_object,
                )
            )
    if name == merge.roots.get("query"):
        return _with_all_graphs(merge, found)
    return tuple(found)


def _with_all_graphs(merge: Merge, joins: Sequence[JoinType]) -> tuple[JoinType, ...]:
    """Every subgraph has the query root, if only for ``_entities`` and ``_service``."""
    known: dict[str, list[JoinType]] = {graph: [] for graph in merge.graph_ids}
    for join in joins:
        known[join.graph].append(join)
    return tuple(join for graph, found in known.items() for join in found or [JoinType(graph)])
