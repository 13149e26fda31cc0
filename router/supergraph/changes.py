"""Two API schemas -> what the step from one to the other means for clients.

Enters: two schemas as clients see them. Leaves: :class:`SchemaChange` s in the order of the old schema, new elements
last. Invariant: a change that isn't listed as breaking can't make an operation fail that was valid before
(specification, section 5), apart from clients that don't expect the new values of dangerous ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from router.type_system.model import (
    EXECUTABLE_LOCATIONS,
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    ListType,
    NamedType,
    NoDefault,
    NonNullType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    TypeRef,
    UnionType,
    named_type,
)
from router.type_system.printer import print_directive
from router.type_system.values import print_value

Element = TypeVar("Element")


class Severity(StrEnum):
    """What a change may do to clients."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change. ``code`` is stable, such as ``FIELD_REMOVED``; ``coordinate`` a schema coordinate."""

    severity: Severity
    code: str
    coordinate: str
    message: str


def compare_schemas(old: Schema, new: Schema) -> list[SchemaChange]:
    """Compare two API schemas."""
    return list(_Comparison(old, new).changes())


def _breaking(code: str, coordinate: str, message: str) -> SchemaChange:
    return SchemaChange(Severity.BREAKING, code, coordinate, message)


def _dangerous(code: str, coordinate: str, message: str) -> SchemaChange:
    return SchemaChange(Severity.DANGEROUS, code, coordinate, message)


def _safe(code: str, coordinate: str, message: str) -> SchemaChange:
    return SchemaChange(Severity.SAFE, code, coordinate, message)


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self.old = old
        self.new = new
        self.output_types = _output_types(old)

    def changes(self) -> Iterator[SchemaChange]:
        for operation, name in self.old.roots.items():
            after = self.new.roots.get(operation)
            if after is None:
                yield _breaking("ROOT_TYPE_REMOVED", name, f"there are no {operation} operations any more")
            elif after != name:
                yield _safe("ROOT_TYPE_RENAMED", after, f"the root type of {operation} operations was {name}")
        for name, before, now in _pairs(self.old.types, self.new.types):
            if before is None:
                yield _safe("TYPE_ADDED", name, f"{name} was added")
            elif now is None:
                yield _breaking("TYPE_REMOVED", name, f"{name} was removed")
            else:
                yield from self._type(name, before, now)
        for name, removed, added in _pairs(self.old.directive_definitions, self.new.directive_definitions):
            yield from self._directive(f"@{name}", removed, added)

    def _type(self, name: str, old: TypeDefinition, new: TypeDefinition) -> Iterator[SchemaChange]:
        yield from _described(name, old.description, new.description)
        match old, new:
            case (ObjectType(), ObjectType()) | (InterfaceType(), InterfaceType()):
                assert isinstance(old, ObjectType | InterfaceType)
                assert isinstance(new, ObjectType | InterfaceType)
                yield from self._interfaces(name, old.interfaces, new.interfaces)
                for field, before, now in _pairs(old.fields, new.fields):
                    yield from self._field(f"{name}.{field}", before, now)
            case UnionType(), UnionType():
                for member, removed in _names(old.members, new.members):
                    if removed:
                        yield _breaking("UNION_MEMBER_REMOVED", name, f"{member} is no longer a member of {name}")
                    else:
                        yield _dangerous("UNION_MEMBER_ADDED", name, f"{member} is a new member of {name}")
            case EnumType(), EnumType():
                yield from self._enum(name, old, new)
            case InputObjectType(), InputObjectType():
                for field, wanted, given in _pairs(old.fields, new.fields):
                    yield from _input("INPUT_FIELD", f"{name}.{field}", wanted, given)
            case ScalarType(), ScalarType():
                return
            case _:
                yield _breaking("TYPE_KIND_CHANGED", name, f"{name} was {_kind(old)} and is now {_kind(new)}")

    def _interfaces(self, name: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[SchemaChange]:
        for interface, removed in _names(old, new):
            if removed:
                yield _breaking("INTERFACE_REMOVED", name, f"{name} no longer implements {interface}")
            else:
                yield _dangerous("INTERFACE_ADDED", name, f"{name} now implements {interface}")

    def _field(self, coordinate: str, old: Field | None, new: Field | None) -> Iterator[SchemaChange]:
        if old is None:
            yield _safe("FIELD_ADDED", coordinate, f"{coordinate} was added")
            return
        if new is None:
            was = " (it was deprecated)" if _deprecation(old.directives) is not None else ""
            yield _breaking("FIELD_REMOVED", coordinate, f"{coordinate} was removed{was}")
            return
        yield from _described(coordinate, old.description, new.description)
        yield from _deprecated(coordinate, old.directives, new.directives)
        if old.type != new.type:
            message = f"the type of {coordinate} was {old.type} and is now {new.type}"
            if self._is_subtype(new.type, old.type):
                yield _safe("FIELD_TYPE_NARROWED", coordinate, message)
            else:
                yield _breaking("FIELD_TYPE_CHANGED", coordinate, message)
        for argument, before, now in _pairs(old.arguments, new.arguments):
            yield from _input("ARGUMENT", f"{coordinate}({argument}:)", before, now)

    def _enum(self, name: str, old: EnumType, new: EnumType) -> Iterator[SchemaChange]:
        for value, before, now in _pairs(old.values, new.values):
            coordinate = f"{name}.{value}"
            if before is None:
                if name in self.output_types:
                    yield _dangerous("ENUM_VALUE_ADDED", coordinate, f"{coordinate} is new; clients may not expect it")
                else:
                    yield _safe("ENUM_VALUE_ADDED", coordinate, f"{coordinate} was added")
            elif now is None:
                yield _breaking("ENUM_VALUE_REMOVED", coordinate, f"{coordinate} was removed")
            else:
                yield from _described(coordinate, before.description, now.description)
                yield from _deprecated(coordinate, before.directives, now.directives)

    def _directive(
        self, coordinate: str, old: DirectiveDefinition | None, new: DirectiveDefinition | None
    ) -> Iterator[SchemaChange]:
        if old is None:
            yield _safe("DIRECTIVE_ADDED", coordinate, f"{coordinate} was added")
            return
        executable = any(location in EXECUTABLE_LOCATIONS for location in old.locations)
        severity = _breaking if executable else _safe
        if new is None:
            yield severity("DIRECTIVE_REMOVED", coordinate, f"{coordinate} was removed")
            return
        for location, removed in _names(old.locations, new.locations):
            text = (
                f"{coordinate} may no longer stand on {location}"
                if removed
                else f"{coordinate} may stand on {location}"
            )
            if removed and location in EXECUTABLE_LOCATIONS:
                yield _breaking("DIRECTIVE_LOCATION_REMOVED", coordinate, text)
            else:
                yield _safe(f"DIRECTIVE_LOCATION_{'REMOVED' if removed else 'ADDED'}", coordinate, text)
        if old.repeatable and not new.repeatable:
            yield severity("DIRECTIVE_NOT_REPEATABLE", coordinate, f"{coordinate} may no longer be repeated")
        for argument, before, now in _pairs(old.arguments, new.arguments):
            yield from _input("ARGUMENT", f"{coordinate}({argument}:)", before, now)

    def _is_subtype(self, part: TypeRef, whole: TypeRef) -> bool:
        """Whether a client that expects ``whole`` can take ``part`` (specification, "Valid Implementations")."""
        if isinstance(part, NonNullType):
            return self._is_subtype(part.of, whole.of if isinstance(whole, NonNullType) else whole)
        if isinstance(whole, NonNullType):
            return False
        if isinstance(part, ListType) or isinstance(whole, ListType):
            return isinstance(part, ListType) and isinstance(whole, ListType) and self._is_subtype(part.of, whole.of)
        # Not a member of the old type either: fragments on another member would no longer be valid.
        return part.name == whole.name


def _input(kind: str, coordinate: str, old: InputValue | None, new: InputValue | None) -> Iterator[SchemaChange]:
    if new is None:
        yield _breaking(f"{kind}_REMOVED", coordinate, f"{coordinate} was removed")
    elif old is None:
        if new.required:
            yield _breaking(f"REQUIRED_{kind}_ADDED", coordinate, f"{coordinate} was added and is required")
        else:
            yield _safe(f"OPTIONAL_{kind}_ADDED", coordinate, f"{coordinate} was added")
    else:
        yield from _described(coordinate, old.description, new.description)
        yield from _deprecated(coordinate, old.directives, new.directives)
        if old.type != new.type:
            message = f"the type of {coordinate} was {old.type} and is now {new.type}"
            if _accepts(new.type, old.type):
                yield _safe(f"{kind}_TYPE_WIDENED", coordinate, message)
            else:
                yield _breaking(f"{kind}_TYPE_CHANGED", coordinate, message)
        if _default(old) != _default(new):
            message = f"the default of {coordinate} was {_default(old)} and is now {_default(new)}"
            if new.required and not old.required:
                yield _breaking(f"{kind}_DEFAULT_REMOVED", coordinate, message)
            else:
                yield _dangerous(f"{kind}_DEFAULT_CHANGED", coordinate, message)


def _accepts(new: TypeRef, old: TypeRef) -> bool:
    """Whether an input of the new type takes every value, and every variable, of the old type."""
    if isinstance(new, NonNullType):
        return isinstance(old, NonNullType) and _accepts(new.of, old.of)
    if isinstance(old, NonNullType):
        return _accepts(new, old.of)
    if isinstance(new, ListType) or isinstance(old, ListType):
        return isinstance(new, ListType) and isinstance(old, ListType) and _accepts(new.of, old.of)
    return isinstance(new, NamedType) and isinstance(old, NamedType) and new.name == old.name


def _default(value: InputValue) -> str:
    return "none" if isinstance(value.default, NoDefault) else print_value(value.default)


def _described(coordinate: str, old: str | None, new: str | None) -> Iterator[SchemaChange]:
    if old != new:
        yield _safe("DESCRIPTION_CHANGED", coordinate, f"the description of {coordinate} changed")


def _deprecated(
    coordinate: str, old: tuple[AppliedDirective, ...], new: tuple[AppliedDirective, ...]
) -> Iterator[SchemaChange]:
    before, now = _deprecation(old), _deprecation(new)
    if before == now:
        return
    if now is None:
        yield _safe("DEPRECATION_REMOVED", coordinate, f"{coordinate} is no longer deprecated")
    elif before is None:
        yield _safe("DEPRECATION_ADDED", coordinate, f"{coordinate} is now deprecated")
    else:
        yield _safe("DEPRECATION_CHANGED", coordinate, f"the deprecation of {coordinate} changed")


def _deprecation(directives: tuple[AppliedDirective, ...]) -> str | None:
    return next((print_directive(directive) for directive in directives if directive.name == "deprecated"), None)


def _kind(definition: TypeDefinition) -> str:
    match definition:
        case ScalarType():
            return "a scalar"
        case ObjectType():
            return "an object"
        case InterfaceType():
            return "an interface"
        case UnionType():
            return "a union"
        case EnumType():
            return "an enum"
        case InputObjectType():
            return "an input object"


def _pairs(
    old: Mapping[str, Element], new: Mapping[str, Element]
) -> Iterator[tuple[str, Element | None, Element | None]]:
    for name, element in old.items():
        yield name, element, new.get(name)
    for name, element in new.items():
        if name not in old:
            yield name, None, element


def _names(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield the names of one side only, each with whether it was removed."""
    yield from ((name, True) for name in old if name not in new)
    yield from ((name, False) for name in new if name not in old)


def _output_types(schema: Schema) -> frozenset[str]:
    """Return the names of types that fields return."""
    return frozenset(
        named_type(field.type)
        for definition in schema.types.values()
        if isinstance(definition, ObjectType | InterfaceType)
        for field in definition.fields.values()
    )
