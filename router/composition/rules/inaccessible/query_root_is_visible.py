"""QUERY_ROOT_TYPE_INACCESSIBLE: the query root is visible."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph


def query_root_is_visible(merge: Merge, supergraph: Supergraph) -> None:
    """Check the query root."""
    visibility, name = see(merge, supergraph.schema), supergraph.schema.roots.get("query")
    if visibility is not None and name is not None and visibility.hides_type(name):
        merge.report.error(
            ErrorCode.QUERY_ROOT_TYPE_INACCESSIBLE,
            f"{name} is @inaccessible, but clients need a query root",
            merge.sources[name],
            [name],
            "mark its fields instead",
        )
