"""Coercion of a request's variables (GraphQL specification, section 6.1.2) against the API schema.

Enters: an operation's variable definitions and the client's JSON. Leaves: coerced values as JSON, defaults applied, by
graphql-core's rules. Invariant: what leaves is valid for the declared types, so it may be sent to subgraphs as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema
from graphql.execution.values import get_variable_values
from graphql.language import ast

from router.errors import OperationError

#: How many errors about variables are listed before the rest is left out.
MAX_ERRORS = 50


def coerce_variables(
    schema: GraphQLSchema, definitions: tuple[ast.VariableDefinitionNode, ...], given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the coerced variables. Raises :class:`OperationError`, each error with ``BAD_USER_INPUT`` as its code."""
    if not definitions:
        return {}
    found = get_variable_values(schema, definitions, dict(given or {}), max_errors=MAX_ERRORS, hide_suggestions=True)
    if isinstance(found, list):
        raise OperationError(tuple(_with_code(error) for error in found))
    return dict(found.coerced)


def _with_code(error: GraphQLError) -> GraphQLError:
    return GraphQLError(error.message, nodes=error.nodes, extensions={"code": "BAD_USER_INPUT"})
