"""The default values of one argument or input field in several subgraphs -> its default in the supergraph.

Invariant: the supergraph has a default only where every subgraph has that same one.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.type_system.model import (
    NO_DEFAULT,
    EnumType,
    InputObjectType,
    InputValue,
    ListType,
    NoDefault,
    NonNullType,
    TypeRef,
)
from router.type_system.values import EnumValue, ObjectValue, Value, print_value, same_value


def merge_defaults(
    merge: Merge, coordinate: str, sources: Sequence[Source[InputValue]], mismatch: ErrorCode
) -> Value | NoDefault:
    """Return the common default; two different ones are ``mismatch``, a missing one is a hint and no default."""
    given = [
        _name_enum_values(merge, element.type, element.default)
        for _, element in sources
        if not isinstance(element.default, NoDefault)
    ]
    if not given:
        return NO_DEFAULT
    if any(not same_default(given[0], other) for other in given[1:]):
        said = ", ".join(
            f"{'none' if isinstance(element.default, NoDefault) else print_value(element.default)} "
            f"in {merge.subgraphs[index].name}"
            for index, element in sources
        )
        merge.report.error(
            mismatch,
            f"{coordinate} has different defaults: {said}",
            sources,
            [coordinate],
            "give it the same default everywhere",
        )
        return given[0]
    if len(given) < len(sources):
        lacking = [index for index, element in sources if isinstance(element.default, NoDefault)]
        merge.report.hint(
            HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE,
            f"{coordinate} has the default {print_value(given[0])}, but none in {merge.names(lacking)}, "
            "so the supergraph has none",
            sources,
            [coordinate],
        )
        return NO_DEFAULT
    return given[0]


def same_default(left: Value, right: Value) -> bool:
    """Whether two defaults are the same value, however it's written: ``1`` and ``1.0`` are."""
    return same_value(_plain(left), _plain(right))


def _plain(value: Value) -> Value:
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case tuple():
            return tuple(_plain(item) for item in value)
        case ObjectValue():
            return ObjectValue(tuple((name, _plain(item)) for name, item in value.fields))
        case _:
            return value


def _name_enum_values(merge: Merge, ref: TypeRef | None, value: Value) -> Value:
    """Return a default with names where enums are, and with strings elsewhere: composition takes one for the other."""
    if isinstance(ref, NonNullType):
        return _name_enum_values(merge, ref.of, value)
    match value:
        case tuple():
            inner = ref.of if isinstance(ref, ListType) else None
            return tuple(_name_enum_values(merge, inner, item) for item in value)
        case str() | EnumValue() | ObjectValue():
            pass
        case _:
            return value
    if isinstance(ref, ListType):
        return _name_enum_values(merge, ref.of, value)
    name = "" if ref is None else ref.name
    if isinstance(value, ObjectValue):
        return ObjectValue(
            tuple(
                (key, _name_enum_values(merge, item.type if (item := _input_field(merge, name, key)) else None, inner))
                for key, inner in value.fields
            )
        )
    sources = merge.sources.get(name)
    text = value.name if isinstance(value, EnumValue) else value
    return EnumValue(text) if sources and isinstance(sources[0][1], EnumType) else text


def _input_field(merge: Merge, type_name: str, field_name: str) -> InputValue | None:
    for _, definition in merge.sources.get(type_name, ()):
        if isinstance(definition, InputObjectType) and field_name in definition.fields:
            return definition.fields[field_name]
    return None
