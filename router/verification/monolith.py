"""The monolith: graphql-core on the API schema over the whole data set, as the judge of every answer.

Enters: an API schema, a data set, an operation. Leaves: the GraphQL response one server would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_ast_schema,
    execute,
    is_abstract_type,
    parse,
)

from router.verification.dataset import Dataset, StoredObject


class Monolith:
    """One server that holds all the data. ``api_sdl`` is the API schema's SDL."""

    def __init__(self, api_sdl: str, dataset: Dataset) -> None:
        self.schema = build_ast_schema(parse(api_sdl), assume_valid=True)
        self.dataset = dataset

    def execute(
        self, operation: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> ExecutionResult:
        """Execute a query or mutation; resolvers are synchronous."""
        result = execute(
            self.schema,
            parse(operation),
            root_value=None,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
            field_resolver=self._resolve,
            type_resolver=resolve_typename,
        )
        assert isinstance(result, ExecutionResult)
        return result

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if source is None:
            source = self.dataset.roots.get(info.parent_type.name, StoredObject(info.parent_type.name, {}))
        return self._read(source, info.field_name, arguments)

    def _read(self, source: StoredObject, name: str, arguments: Mapping[str, Any]) -> Any:
        return self.dataset.evaluate(
            source.values.get(name), arguments, lambda other, given: self._read(source, other, given)
        )


def resolve_typename(value: Any, info: GraphQLResolveInfo[Any], abstract_type: Any) -> str | None:
    """Tell graphql-core the concrete type of a stored object."""
    typename = getattr(value, "typename", None)
    return typename or None


def possible_types_of(schema: GraphQLSchema) -> dict[str, tuple[str, ...]]:
    """Map every composite type of a schema to its object types."""
    table: dict[str, tuple[str, ...]] = {}
    for name, graphql_type in schema.type_map.items():
        if isinstance(graphql_type, GraphQLObjectType):
            table[name] = (name,)
        elif is_abstract_type(graphql_type):
            table[name] = tuple(possible.name for possible in schema.get_possible_types(graphql_type))
    return table
