"""DEFAULT_VALUE_USES_INACCESSIBLE: a visible default uses visible enum values and input fields only."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import Visibility, see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import EnumType, InputObjectType, ListType, NoDefault, NonNullType, TypeRef
from router.type_system.values import EnumValue, ObjectValue, Value


def defaults_are_visible(merge: Merge, supergraph: Supergraph) -> None:
    """Check the defaults of visible arguments and input fields."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for coordinate, item in visibility.inputs():
        if isinstance(item.default, NoDefault) or visibility.hides(item):
            continue
        for hidden in _hidden_in(visibility, item.type, item.default):
            merge.report.error(
                ErrorCode.DEFAULT_VALUE_USES_INACCESSIBLE,
                f"{hidden} is @inaccessible, but the default of {coordinate}, which is visible, uses it",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate, hidden],
                f"use another default, or mark {coordinate} @inaccessible too",
            )


def _hidden_in(visibility: Visibility, ref: TypeRef, value: Value) -> Iterator[str]:
    """Yield the coordinates of what a literal uses though it's hidden."""
    if isinstance(ref, NonNullType):
        yield from _hidden_in(visibility, ref.of, value)
        return
    if isinstance(ref, ListType):
        for item in value if isinstance(value, tuple) else (value,):
            yield from _hidden_in(visibility, ref.of, item)
        return
    definition = visibility.schema.types.get(ref.name)
    if definition is not None and visibility.hides(definition):
        return  # the reference to the type is at fault already
    if isinstance(definition, EnumType) and isinstance(value, EnumValue):
        known = definition.values.get(value.name)
        if known is not None and visibility.hides(known):
            yield f"{definition.name}.{known.name}"
    elif isinstance(definition, InputObjectType) and isinstance(value, ObjectValue):
        for name, item in value.fields:
            declared = definition.fields.get(name)
            if declared is None:
                continue
            if visibility.hides(declared):
                yield f"{definition.name}.{name}"
            else:
                yield from _hidden_in(visibility, declared.type, item)
