"""INVALID_GRAPHQL: what is required isn't deprecated (GraphQL specification, section 3.13.3).

Merging can make an input non-null by one subgraph and deprecated by another.
"""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.defaults_are_valid import inputs_of
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph


def deprecated_inputs_are_optional(merge: Merge, supergraph: Supergraph) -> None:
    """Check all arguments and input fields."""
    for coordinate, item in inputs_of(supergraph.schema):
        if item.required and any(directive.name == "deprecated" for directive in item.directives):
            merge.report.error(
                ErrorCode.INVALID_GRAPHQL,
                f"{coordinate} is @deprecated, but required in the supergraph",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate],
                "make it nullable in every subgraph, or remove @deprecated",
            )
