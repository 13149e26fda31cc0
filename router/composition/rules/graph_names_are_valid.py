"""INVALID_GRAPHQL: the id that a subgraph gets in the supergraph is a name that GraphQL doesn't reserve."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph


def graph_names_are_valid(merge: Merge, supergraph: Supergraph) -> None:
    """Check that no id starts with two underscores."""
    for graph in supergraph.graphs.values():
        if graph.id.startswith("__"):
            merge.report.error(
                ErrorCode.INVALID_GRAPHQL,
                f"the subgraph {graph.name} would be {graph.id} in the supergraph, a name that GraphQL reserves",
                (),
                (),
                "give it a name that starts with a letter",
            )
