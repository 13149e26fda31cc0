"""The types of one field, argument or input field in several subgraphs -> its type in the supergraph.

Enters: type references with the subgraphs that they are from. Leaves: the supertype for output, the subtype for input.
Invariant: the result is one of the types that entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.composition.merge.state import EnumUsage, Merge
from router.composition.report import Positioned, Source, spell
from router.federation.errors import ErrorCode, HintCode
from router.type_system.model import EnumType, Field, InputValue, ListType, NamedType, NonNullType, TypeRef, named_type


@dataclass(frozen=True, slots=True)
class TypePosition:
    """Where types meet, and the codes that tell when they differ."""

    is_input: bool
    mismatch: ErrorCode
    inconsistent: HintCode


FIELD = TypePosition(False, ErrorCode.FIELD_TYPE_MISMATCH, HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE)
INPUT_FIELD = TypePosition(True, ErrorCode.FIELD_TYPE_MISMATCH, HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE)
ARGUMENT = TypePosition(
    True, ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH, HintCode.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE
)


def is_subtype(merge: Merge, wide: TypeRef, narrow: TypeRef) -> bool:
    """Whether every value of ``narrow`` is one of ``wide``; a type is its own subtype."""
    if isinstance(narrow, NonNullType):
        return is_subtype(merge, wide.of if isinstance(wide, NonNullType) else wide, narrow.of)
    if isinstance(wide, NonNullType):
        return False
    if isinstance(wide, ListType):
        return isinstance(narrow, ListType) and is_subtype(merge, wide.of, narrow.of)
    if not isinstance(narrow, NamedType):
        return False
    return (
        wide.name == narrow.name
        or wide.name in merge.implements.get(narrow.name, ())
        or narrow.name in merge.members.get(wide.name, ())
    )


def merge_type_references(
    merge: Merge, coordinate: str, sources: Sequence[Source[Field | InputValue]], position: TypePosition
) -> tuple[TypeRef, bool]:
    """Return the merged type, and whether all sources have that very type.

    Types that can't be merged are an error, and the type is then that of the first.
    """
    merged = sources[0][1].type
    equal = compatible = True
    for _, element in sources[1:]:
        other = element.type
        if other == merged:
            continue
        equal = False
        if is_subtype(merge, *((other, merged) if position.is_input else (merged, other))):
            continue
        if is_subtype(merge, *((merged, other) if position.is_input else (other, merged))):
            merged = other
        else:
            compatible = False
    if not equal:
        _tell(merge, coordinate, sources, position, merged if compatible else None)
    _note_enum_usage(merge, coordinate, named_type(merged), position)
    return merged, equal


def _tell(
    merge: Merge,
    coordinate: str,
    sources: Sequence[Source[Field | InputValue]],
    position: TypePosition,
    merged: TypeRef | None,
) -> None:
    said = spell([f"{kind} in {merge.names(indices)}" for kind, indices in _by_type(sources).items()])
    located: Sequence[Source[Positioned]] = sources
    if merged is None:
        merge.report.error(
            position.mismatch,
            f"{coordinate} is {said}",
            located,
            [coordinate],
            "give it types of which one includes the others",
        )
    else:
        merge.report.hint(
            position.inconsistent, f"{coordinate} is {said}; the supergraph has {merged}", located, [coordinate]
        )


def _by_type(sources: Sequence[Source[Field | InputValue]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, element in sources:
        found.setdefault(str(element.type), []).append(index)
    return found


def _note_enum_usage(merge: Merge, coordinate: str, name: str, position: TypePosition) -> None:
    sources = merge.sources.get(name)
    if not sources or not isinstance(sources[0][1], EnumType):
        return
    usage = merge.enum_usage.setdefault(name, EnumUsage())
    if position.is_input:
        usage.as_input = usage.as_input or coordinate
    else:
        usage.as_output = usage.as_output or coordinate
