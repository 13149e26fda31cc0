"""Leaf values of the API schema (GraphQL specification, section 6.4.3: result coercion), strictly.

A router hands on what subgraphs already serialised. So a value either is what the type allows in JSON, or it is wrong;
nothing is bent into shape but an integral float for ``Int`` and a number for ``ID``, which are the same value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from router.type_system.model import EnumType, ScalarType, Schema

Coerce = Callable[[Any], Any]


class WrongLeaf(Exception):
    """A value is not what the type allows; the message is for the client."""


def coerce_int(value: Any) -> int:
    """A 32-bit integer."""
    if type(value) is int:
        if -2147483648 <= value <= 2147483647:
            return value
        raise WrongLeaf(f"Int cannot represent non 32-bit signed integer value: {_show(value)}")
    if type(value) is float and value.is_integer() and -2147483648 <= value <= 2147483647:
        return int(value)
    raise WrongLeaf(f"Int cannot represent non-integer value: {_show(value)}")


def coerce_float(value: Any) -> int | float:
    """A finite number; an integer stays as it came, since JSON has one kind of number."""
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    raise WrongLeaf(f"Float cannot represent non numeric value: {_show(value)}")


def coerce_string(value: Any) -> str:
    """A string."""
    if type(value) is str:
        return value
    raise WrongLeaf(f"String cannot represent value: {_show(value)}")


def coerce_boolean(value: Any) -> bool:
    """A Boolean."""
    if type(value) is bool:
        return value
    raise WrongLeaf(f"Boolean cannot represent a non boolean value: {_show(value)}")


def coerce_id(value: Any) -> str:
    """A string, or an integer that becomes one."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    raise WrongLeaf(f"ID cannot represent value: {_show(value)}")


def _custom(value: Any) -> Any:
    return value


BUILT_IN: Final[Mapping[str, Coerce]] = {
    "Int": coerce_int,
    "Float": coerce_float,
    "String": coerce_string,
    "Boolean": coerce_boolean,
    "ID": coerce_id,
}


def coerce_enum(name: str, values: frozenset[str]) -> Coerce:
    """Make the check of an enum; the message doesn't name a value that the client may not know of."""

    def coerce(value: Any) -> str:
        if type(value) is str and value in values:
            return value
        raise WrongLeaf(f"Enum '{name}' cannot represent the value that was found.")

    return coerce


def leaf_checks(schema: Schema) -> dict[str, Coerce]:
    """Map every leaf type of a schema to its check; custom scalars pass whatever they get."""
    checks: dict[str, Coerce] = dict(BUILT_IN)
    for name, definition in schema.types.items():
        if isinstance(definition, EnumType):
            checks[name] = coerce_enum(name, frozenset(definition.values))
        elif isinstance(definition, ScalarType) and name not in BUILT_IN:
            checks[name] = _custom
    return checks


def _show(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
