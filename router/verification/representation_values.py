"""Whether the values in a representation are of their fields' types, as a careful service would look at them.

Enters: a subgraph's schema and a value of a representation. Leaves: whether it can't be that field's. Invariant: what
a custom scalar can be is nobody's business but its service's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    is_composite_type,
    specified_scalar_types,
)


def is_strange(schema: GraphQLSchema, typename: str, name: str, value: Any) -> bool:
    """Tell whether a value is none of its field's type; fields that the schema lacks aren't looked at."""
    parent = schema.type_map.get(typename)
    field = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
    return field is not None and _differs(schema, field.type, value)


def _differs(schema: GraphQLSchema, type_: GraphQLType, value: Any) -> bool:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if value is None or (isinstance(inner, GraphQLScalarType) and inner.name not in specified_scalar_types):
        return False
    if isinstance(inner, GraphQLList):
        return not isinstance(value, list) or any(_differs(schema, inner.of_type, item) for item in value)
    if not is_composite_type(inner):
        return isinstance(value, Mapping | list)
    if not isinstance(value, Mapping):
        return True
    typename = str(value.get("__typename", inner.name))
    return any(is_strange(schema, typename, name, item) for name, item in value.items() if name != "__typename")
