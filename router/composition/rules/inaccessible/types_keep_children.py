"""ONLY_INACCESSIBLE_CHILDREN: a visible type has something visible in it."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import Visibility, see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import (
    EnumType,
    InputObjectType,
    InterfaceType,
    ObjectType,
    ScalarType,
    TypeDefinition,
    UnionType,
)


def types_keep_children(merge: Merge, supergraph: Supergraph) -> None:
    """Check each visible type."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for definition in visibility.types():
        if not _has_visible_child(visibility, definition):
            merge.report.error(
                ErrorCode.ONLY_INACCESSIBLE_CHILDREN,
                f"{definition.name} is visible, but all that is in it is @inaccessible",
                merge.sources.get(definition.name, ()),
                [definition.name],
                "mark the type @inaccessible too",
            )


def _has_visible_child(visibility: Visibility, definition: TypeDefinition) -> bool:
    match definition:
        case ObjectType() | InterfaceType() | InputObjectType():
            return any(not visibility.hides(item) for item in definition.fields.values())
        case EnumType():
            return any(not visibility.hides(value) for value in definition.values.values())
        case UnionType():
            return any(not visibility.hides_type(member) for member in definition.members)
        case ScalarType():
            return True
