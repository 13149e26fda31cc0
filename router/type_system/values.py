"""Constant and variable values of GraphQL documents (GraphQL specification, section 2.9) as hashable data.

Shapes: ``None``, ``bool``, ``int``, ``float`` and ``str`` stand for themselves; an enum value is :class:`EnumValue`,
a variable :class:`Variable`, a list a ``tuple``, an input object an :class:`ObjectValue` (fields in source order).

Python says ``True == 1 == 1.0``; :func:`same_value` doesn't, and ignores the order of object fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from graphql.language import ast


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A bare name used as a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``; occurs in operations only."""

    name: str


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """An input object literal; ``fields`` keeps source order."""

    fields: tuple[tuple[str, Value], ...]

    def get(self, name: str) -> Value:
        """Return the value of a field, or ``None`` where it is missing."""
        for key, value in self.fields:
            if key == name:
                return value
        return None


Value: TypeAlias = "bool | int | float | str | EnumValue | Variable | tuple[Value, ...] | ObjectValue | None"


def read_value(node: ast.ValueNode) -> Value:
    """Turn a value node of graphql-core into a :data:`Value`."""
    match node:
        case ast.NullValueNode():
            return None
        case ast.IntValueNode():
            return int(node.value)
        case ast.FloatValueNode():
            return float(node.value)
        case ast.StringValueNode() | ast.BooleanValueNode():
            return node.value
        case ast.EnumValueNode():
            return EnumValue(node.value)
        case ast.VariableNode():
            return Variable(node.name.value)
        case ast.ListValueNode():
            return tuple(read_value(item) for item in node.values)
        case ast.ObjectValueNode():
            return ObjectValue(tuple((field.name.value, read_value(field.value)) for field in node.fields))
    raise TypeError(f"not a GraphQL value: {node!r}")


def print_value(value: Value) -> str:
    """Print a value as GraphQL source text, on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case EnumValue():
            return value.name
        case Variable():
            return f"${value.name}"
        case tuple():
            return "[" + ", ".join(print_value(item) for item in value) + "]"
        case ObjectValue():
            return "{" + ", ".join(f"{name}: {print_value(item)}" for name, item in value.fields) + "}"
        case _:
            assert_never(value)


def same_value(left: Value, right: Value) -> bool:
    """Tell whether two values are the same literal, whatever the order of object fields."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(same_value(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, ObjectValue) and isinstance(right, ObjectValue):
        ours, theirs = dict(left.fields), dict(right.fields)
        return ours.keys() == theirs.keys() and all(same_value(value, theirs[key]) for key, value in ours.items())
    return type(left) is type(right) and left == right


def variables_in(value: Value) -> Iterator[str]:
    """Yield the names of the variables that a value uses, in source order, with repetitions."""
    match value:
        case Variable():
            yield value.name
        case tuple():
            for item in value:
                yield from variables_in(item)
        case ObjectValue():
            for _, item in value.fields:
                yield from variables_in(item)
