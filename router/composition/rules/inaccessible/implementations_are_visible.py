"""IMPLEMENTED_BY_INACCESSIBLE: what implements something visible is visible."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph


def implementations_are_visible(merge: Merge, supergraph: Supergraph) -> None:
    """Check fields and arguments against those of visible interfaces."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for definition, interface, item, expected in visibility.implementations():
        if visibility.hides(item):
            _tell(merge, f"{definition.name}.{item.name}", f"{interface.name}.{item.name}")
            continue
        for argument in expected.arguments.values():
            own = item.arguments.get(argument.name)
            if own is not None and visibility.hides(own) and not visibility.hides(argument):
                place = f"{item.name}({own.name}:)"
                _tell(merge, f"{definition.name}.{place}", f"{interface.name}.{place}")


def _tell(merge: Merge, coordinate: str, interface: str) -> None:
    merge.report.error(
        ErrorCode.IMPLEMENTED_BY_INACCESSIBLE,
        f"{coordinate} is @inaccessible, but implements {interface}, which is visible",
        merge.sources.get(coordinate.partition(".")[0], ()),
        [coordinate, interface],
        f"mark {interface} @inaccessible too",
    )
