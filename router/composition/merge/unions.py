"""One union in several subgraphs -> the union of its members, and who has which.

Invariant: a member is there if any subgraph has it.
"""

from __future__ import annotations

from router.composition.merge.applied_directives import merge_applied_directives
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.joins import join_types
from router.composition.merge.state import Merge
from router.federation.errors import HintCode
from router.supergraph.model import TypeJoins
from router.type_system.model import UnionType


def merge_union(merge: Merge, name: str) -> None:
    """Merge a union."""
    sources = merge.union_sources(name)
    members = merge.members.get(name, ())
    joins: list[tuple[str, str]] = []
    for member in members:
        having = [index for index, definition in sources if member in definition.members]
        joins.extend((merge.graph_ids[index], member) for index in having)
        if len(having) < len(sources):
            merge.report.hint(
                HintCode.INCONSISTENT_UNION_MEMBER,
                f"{name} has the member {member} in {merge.names(having)}, but not in "
                f"{merge.names(index for index, _ in sources if index not in having)}",
                sources,
                [name],
            )
    merge.types[name] = UnionType(
        name=name,
        description=merge_descriptions(merge, name, sources),
        directives=merge_applied_directives(merge, name, sources),
        members=members,
    )
    merge.joins[name] = TypeJoins(types=join_types(merge, name, sources), members=tuple(joins))
