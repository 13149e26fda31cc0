"""REFERENCED_INACCESSIBLE: a visible field, argument or input field has a visible type."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import named_type


def references_are_visible(merge: Merge, supergraph: Supergraph) -> None:
    """Check the types of all visible elements."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    references = [(coordinate, item.type) for coordinate, item in visibility.fields()]
    references += [(coordinate, item.type) for coordinate, item in visibility.inputs() if not visibility.hides(item)]
    for coordinate, ref in references:
        name = named_type(ref)
        if visibility.hides_type(name):
            merge.report.error(
                ErrorCode.REFERENCED_INACCESSIBLE,
                f"{name} is @inaccessible, but {coordinate}, which is visible, refers to it",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate, name],
                f"mark {coordinate} @inaccessible too",
            )
