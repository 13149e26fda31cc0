"""REQUIRED_INACCESSIBLE: what a client must give, it can see."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph


def required_inputs_are_visible(merge: Merge, supergraph: Supergraph) -> None:
    """Check required arguments and input fields of visible elements."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for coordinate, item in visibility.inputs():
        if item.required and visibility.hides(item):
            merge.report.error(
                ErrorCode.REQUIRED_INACCESSIBLE,
                f"{coordinate} is @inaccessible, but required",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate],
                "give it a default, make it nullable, or mark what has it @inaccessible",
            )
