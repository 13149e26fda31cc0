"""INTERFACE_FIELD_NO_IMPLEM: each type has every field of the interfaces that it implements, from whatever subgraph."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import InterfaceType, ObjectType, TypeDefinition


def interface_fields_are_implemented(merge: Merge, supergraph: Supergraph) -> None:
    """Check objects and interfaces against their interfaces."""
    types = supergraph.schema.types
    for definition in types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for name in definition.interfaces:
            interface = types.get(name)
            if not isinstance(interface, InterfaceType):
                continue
            for field_name in interface.fields:
                if field_name not in definition.fields:
                    _tell(merge, definition.name, name, field_name)


def _tell(merge: Merge, type_name: str, interface: str, field_name: str) -> None:
    declaring = [
        (index, definition)
        for index, definition in merge.composite_sources(interface)
        if field_name in definition.fields
    ]
    implementing: list[Source[TypeDefinition]] = [
        (index, definition)
        for index, definition in merge.composite_sources(type_name)
        if interface in definition.interfaces
    ]
    merge.report.error(
        ErrorCode.INTERFACE_FIELD_NO_IMPLEM,
        f"{type_name} implements {interface} in {merge.names(i for i, _ in implementing)}, but no subgraph gives it "
        f"the field {field_name}, which {interface} has in {merge.names(i for i, _ in declaring)}",
        [*declaring, *implementing],
        [f"{type_name}.{field_name}", f"{interface}.{field_name}"],
        f"add {type_name}.{field_name} in one of them",
    )
