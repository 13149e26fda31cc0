"""One scalar in several subgraphs -> the supergraph's scalar."""

from __future__ import annotations

from router.composition.merge.applied_directives import merge_applied_directives
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.joins import join_types
from router.composition.merge.state import Merge
from router.supergraph.model import TypeJoins
from router.type_system.model import ScalarType


def merge_scalar(merge: Merge, name: str) -> None:
    """Merge a scalar."""
    sources = merge.sources[name]
    merge.types[name] = ScalarType(
        name=name,
        description=merge_descriptions(merge, name, sources),
        directives=merge_applied_directives(merge, name, sources),
    )
    merge.joins[name] = TypeJoins(types=join_types(merge, name, sources))
