"""An API schema -> its text, sorted, as the reference implementation of GraphQL prints a sorted schema.

Enters: a :class:`Schema` with the directives of GraphQL only. Leaves: SDL. Invariant: equal APIs have equal texts;
defaults are printed as they are coerced (a single value for a list is a list, and input objects have their defaults).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from graphql.language.block_string import is_printable_as_block_string, print_block_string
from graphql.language.print_string import print_string

from router.type_system.literals import is_integer
from router.type_system.model import (
    NO_DEFAULT,
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    ListType,
    NoDefault,
    NonNullType,
    ObjectType,
    ScalarType,
    Schema,
    TypeDefinition,
    TypeRef,
    UnionType,
)
from router.type_system.values import EnumValue, ObjectValue, Value

_NO_REASON = "No longer supported"
_PARTS = re.compile(r"0|[1-9][0-9]*|[^0-9]")
Item = TypeVar("Item")


def print_api_schema(schema: Schema) -> str:
    """Print an API schema."""
    printer = _Printer(schema.types)
    parts = []
    if schema.description:
        roots = "".join(f"  {operation}: {name}\n" for operation, name in schema.roots.items())
        parts.append(f"{_description(schema.description)}schema {{\n{roots}}}")
    parts.extend(printer.directive(item) for item in _sorted(schema.directive_definitions))
    parts.extend(printer.type(item) for item in _sorted(schema.types))
    return "\n\n".join(parts) + "\n"


def _sorted(items: Mapping[str, Item]) -> list[Item]:
    return [items[name] for name in _sorted_names(items)]


def _sorted_names(names: Iterable[str]) -> list[str]:
    return sorted(names, key=_natural_key)


def _natural_key(name: str) -> tuple[tuple[int, int], ...]:
    """Compare numbers within names as numbers, leading zeros one by one: ``a2`` is before ``a10``."""
    return tuple((0, int(part)) if part.isdigit() else (1, ord(part)) for part in _PARTS.findall(name))


class _Printer:
    """Prints the elements of one schema; ``types`` are asked for when a default is coerced."""

    def __init__(self, types: Mapping[str, TypeDefinition]) -> None:
        self.types = types

    def directive(self, definition: DirectiveDefinition) -> str:
        repeatable = " repeatable" if definition.repeatable else ""
        locations = " | ".join(_sorted_names(definition.locations))
        return (
            f"{_description(definition.description)}directive @{definition.name}"
            f"{self._arguments(definition.arguments, '')}{repeatable} on {locations}"
        )

    def type(self, definition: TypeDefinition) -> str:
        head = _description(definition.description)
        match definition:
            case ScalarType():
                return f"{head}scalar {definition.name}{_specified_by(definition.directives)}"
            case ObjectType() | InterfaceType():
                keyword = "type" if isinstance(definition, ObjectType) else "interface"
                names = " & ".join(_sorted_names(definition.interfaces))
                interfaces = f" implements {names}" if names else ""
                body = _block(_sorted(definition.fields), self._field)
                return f"{head}{keyword} {definition.name}{interfaces}{body}"
            case UnionType():
                members = " | ".join(_sorted_names(definition.members))
                return f"{head}union {definition.name}{f' = {members}' if members else ''}"
            case EnumType():
                body = _block(
                    _sorted(definition.values),
                    lambda value, first: (
                        f"{_description(value.description, '  ', first)}  {value.name}{_deprecated(value.directives)}"
                    ),
                )
                return f"{head}enum {definition.name}{body}"
            case InputObjectType():
                body = _block(
                    _sorted(definition.fields),
                    lambda item, first: f"{_description(item.description, '  ', first)}  {self._input(item)}",
                )
                return f"{head}input {definition.name}{body}"

    def _field(self, item: Field, first: bool) -> str:
        return (
            f"{_description(item.description, '  ', first)}  {item.name}{self._arguments(item.arguments, '  ')}: "
            f"{item.type}{_deprecated(item.directives)}"
        )

    def _arguments(self, arguments: Mapping[str, InputValue], indent: str) -> str:
        items = _sorted(arguments)
        if not items:
            return ""
        if not any(item.description for item in items):
            return f"({', '.join(self._input(item) for item in items)})"
        lines = "\n".join(
            f"{_description(item.description, f'  {indent}', index == 0)}  {indent}{self._input(item)}"
            for index, item in enumerate(items)
        )
        return f"(\n{lines}\n{indent})"

    def _input(self, item: InputValue) -> str:
        value = item.default if isinstance(item.default, NoDefault) else self._coerce(item.type, item.default)
        default = "" if isinstance(value, NoDefault) else f" = {_print(value)}"
        return f"{item.name}: {item.type}{default}{_deprecated(item.directives)}"

    def _coerce(self, ref: TypeRef, value: Value) -> Value | NoDefault:
        """Return a default as clients see it; none where it can't be coerced, since it then has no effect."""
        if isinstance(ref, NonNullType):
            return NO_DEFAULT if value is None else self._coerce(ref.of, value)
        if value is None:
            return None
        if isinstance(ref, ListType):
            items = value if isinstance(value, tuple) else (value,)
            return _all_or_none([self._coerce(ref.of, item) for item in items])
        definition = self.types.get(ref.name)
        if isinstance(definition, InputObjectType):
            return self._coerce_object(definition, value) if isinstance(value, ObjectValue) else NO_DEFAULT
        if ref.name == "ID" and isinstance(value, str) and is_integer(value):
            return int(value)
        if ref.name == "Int" and isinstance(value, int) and not -(2**31) <= value < 2**31:
            return NO_DEFAULT
        return value

    def _coerce_object(self, definition: InputObjectType, value: ObjectValue) -> ObjectValue | NoDefault:
        given = dict(value.fields)
        fields: dict[str, Value | NoDefault] = {}
        for item in _sorted(definition.fields):
            if item.name in given:
                fields[item.name] = self._coerce(item.type, given[item.name])
            elif not isinstance(item.default, NoDefault):
                fields[item.name] = self._coerce(item.type, item.default)
            elif item.required:
                return NO_DEFAULT
        values = _all_or_none(list(fields.values()))
        return NO_DEFAULT if isinstance(values, NoDefault) else ObjectValue(tuple(zip(fields, values, strict=True)))


def _all_or_none(values: Sequence[Value | NoDefault]) -> tuple[Value, ...] | NoDefault:
    known = tuple(value for value in values if not isinstance(value, NoDefault))
    return known if len(known) == len(values) else NO_DEFAULT


def _block(items: list[Item], print_item: Callable[[Item, bool], str]) -> str:
    lines = "\n".join(print_item(item, index == 0) for index, item in enumerate(items))
    return f" {{\n{lines}\n}}" if lines else ""


def _description(text: str | None, indent: str = "", first: bool = True) -> str:
    if text is None:
        return ""
    printed = print_block_string(text) if is_printable_as_block_string(text) else print_string(text)
    opening = f"\n{indent}" if indent and not first else indent
    return opening + printed.replace("\n", f"\n{indent}") + "\n"


def _deprecated(directives: tuple[AppliedDirective, ...]) -> str:
    for directive in directives:
        if directive.name == "deprecated":
            reason = directive.arguments.get("reason", _NO_REASON)
            if reason is None:
                return ""
            return " @deprecated" if reason == _NO_REASON else f" @deprecated(reason: {print_string(str(reason))})"
    return ""


def _specified_by(directives: tuple[AppliedDirective, ...]) -> str:
    for directive in directives:
        if directive.name == "specifiedBy":
            return f" @specifiedBy(url: {print_string(str(directive.arguments.get('url')))})"
    return ""


def _print_float(value: float) -> str:
    """Print a float as ECMAScript does: an exponent only from 1e21 on, and below 1e-6."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)).normalize(), "f")
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{'-' if exponent.startswith('-') else '+'}{exponent.lstrip('+-0')}"


def _print(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _print_float(value)
        case str():
            return print_string(value)
        case EnumValue():
            return value.name
        case tuple():
            return f"[{', '.join(_print(item) for item in value)}]"
        case ObjectValue():
            return "{" + ", ".join(f"{name}: {_print(item)}" for name, item in value.fields) + "}"
        case _:
            raise TypeError(f"not a constant value: {value!r}")
