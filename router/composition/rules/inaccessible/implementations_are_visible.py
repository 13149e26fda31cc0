"""IMPLEMENTED_BY_INACCESSIBLE: what implements something visible is visible."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import InterfaceType, ObjectType


def implementations_are_visible(merge: Merge, supergraph: Supergraph) -> None:
    """Check fields and arguments against those of visible interfaces."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for definition in visibility.types():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for name in definition.interfaces:
            interface = supergraph.schema.types.get(name)
            if not isinstance(interface, InterfaceType) or visibility.hides(interface):
                continue
            for expected in interface.fields.values():
                item = definition.fields.get(expected.name)
                if item is None or visibility.hides(expected):
                    continue
                coordinate = f"{definition.name}.{item.name}"
                if visibility.hides(item):
                    _tell(merge, coordinate, f"{name}.{item.name}")
                    continue
                for argument in expected.arguments.values():
                    own = item.arguments.get(argument.name)
                    if own is not None and visibility.hides(own) and not visibility.hides(argument):
                        place = f"{item.name}({own.name}:)"
                        _tell(merge, f"{definition.name}.{place}", f"{name}.{place}")


def _tell(merge: Merge, coordinate: str, interface: str) -> None:
    merge.report.error(
        ErrorCode.IMPLEMENTED_BY_INACCESSIBLE,
        f"{coordinate} is @inaccessible, but implements {interface}, which is visible",
        merge.sources.get(coordinate.partition(".")[0], ()),
        [coordinate, interface],
        f"mark {interface} @inaccessible too",
    )
