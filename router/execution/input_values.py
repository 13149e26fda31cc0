"""Quick coercion of input values that are right: functions made once for each input type of a schema.

Enters: an input type of graphql-core's. Leaves: a function from JSON to the coerced value (GraphQL specification,
section 3). Invariant: it returns what graphql-core would, or raises :class:`NotPlain` and leaves the rest to it: what
is wrong with a value, and what is seldom.
"""

from __future__ import annotations

from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from router.execution.leaves import BUILT_IN, Coerce

#: Types of Python whose values are values of the scalar as they are.
_AS_IT_IS: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool}


class NotPlain(Exception):
    """A value that graphql-core has to look at."""


class InputValues:
    """The functions for one schema; they live as long as whoever serves it keeps this."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._known: dict[str, Coerce] = {}

    def of(self, input_type: GraphQLInputType) -> Coerce:
        """Return the function for a type."""
        name = str(input_type)
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._make(input_type)
        return found

    def _make(self, input_type: GraphQLInputType) -> Coerce:
        if isinstance(input_type, GraphQLNonNull):
            return _non_null(self.of(input_type.of_type))
        if isinstance(input_type, GraphQLList):
            return _list(self.of(input_type.of_type), str(input_type.of_type).removesuffix("!"))
        if isinstance(input_type, GraphQLInputObjectType):
            return self._object(input_type)
        if isinstance(input_type, GraphQLEnumType):
            return _enum({name: value.value for name, value in input_type.values.items()})
        assert isinstance(input_type, GraphQLScalarType)
        return _leaf(BUILT_IN.get(input_type.name, _anything))

    def _object(self, input_type: GraphQLInputObjectType) -> Coerce:
        if input_type.is_one_of:
            return _never
        fields: dict[str, Coerce] = {}
        absent: dict[str, Any] = {}

        def coerce(value: Any) -> Any:
            if value is None:
                return None
            if type(value) is not dict:
                raise NotPlain
            if not fields:  # only now, since input types may contain themselves
                for name, field in input_type.fields.items():
                    fields[name] = self.of(field.type)
                    default = coerce_default_value(field)
                    if default is not Undefined:
                        absent[name] = default
                    elif isinstance(field.type, GraphQLNonNull):
                        absent[name] = NotPlain
            coerced: dict[str, Any] = {}
            given = 0
            for name, function in fields.items():
                if name in value:
                    given += 1
                    coerced[name] = function(value[name])
                elif name in absent:
                    if absent[name] is NotPlain:
                        raise NotPlain
                    coerced[name] = absent[name]
            if given != len(value):
                raise NotPlain
            return coerced

        return coerce


def _non_null(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return inner(value)

    return coerce


def _list(item: Coerce, name: str) -> Coerce:
    plain = _AS_IT_IS.get(name)

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            return [item(value)]
        if plain is not None:
            return [inner if type(inner) is plain else item(inner) for inner in value]
        return [item(inner) for inner in value]

    return coerce


def _enum(values: dict[str, Any]) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not str or value not in values:
            raise NotPlain
        return values[value]

    return coerce


def _leaf(check: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        return None if value is None else check(value)

    return coerce


def _anything(value: Any) -> Any:
    return value


def _never(value: Any) -> Any:
    raise NotPlain
