"""REQUIRED_INACCESSIBLE: what a client must give, it can see, also through an interface."""

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
    for coordinate, value in visibility.inputs():
        if value.required and visibility.hides(value):
            merge.report.error(
                ErrorCode.REQUIRED_INACCESSIBLE,
                f"{coordinate} is @inaccessible, but required",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate],
                "give it a default, make it nullable, or mark what has it @inaccessible",
            )
    for definition, interface, item, expected in visibility.implementations():
        if visibility.hides(item):
            continue
        for argument in expected.arguments.values():
            own = item.arguments.get(argument.name)
            if own is None or not own.required or visibility.hides(own) or not visibility.hides(argument):
                continue
            coordinate = f"{definition.name}.{item.name}({own.name}:)"
            merge.report.error(
                ErrorCode.REQUIRED_INACCESSIBLE,
                f"{coordinate} is required, but @inaccessible in {interface.name}",
                merge.sources.get(definition.name, ()),
                [coordinate],
                "give it a default, make it nullable, or mark both @inaccessible",
            )
