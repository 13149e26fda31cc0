"""Coercion of a request's variables (GraphQL specification, section 6.1.2) against the API schema.

Enters: the schema's input values, an operation's variable definitions and the client's JSON. Leaves: coerced values as
JSON, defaults applied, by graphql-core's rules. Invariant: what leaves is valid for the declared types, so it may be
sent to subgraphs as it is. Values that are right, however many, go a quick way; what is wrong with others is
graphql-core's to say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from graphql import GraphQLError, type_from_ast
from graphql.execution.values import get_variable_values
from graphql.language import ast

from router.errors import OperationError
from router.execution.input_values import InputValues, NotPlain
from router.execution.leaves import WrongLeaf

#: How many errors about variables are listed before the rest is left out.
MAX_ERRORS: Final = 50

#: Values of which it is said what is wrong: graphql-core takes some microseconds for each.
MAX_EXPLAINED: Final = 10_000


def coerce_variables(
    inputs: InputValues, definitions: tuple[ast.VariableDefinitionNode, ...], given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the coerced variables. Raises :class:`OperationError`, each error with ``BAD_USER_INPUT`` as its code."""
    if not definitions:
        return {}
    values = given or {}
    try:
        return _coerce_quickly(inputs, definitions, values)
    except RecursionError:
        raise OperationError((_wrong("Variable values are nested too deeply."),)) from None
    except (NotPlain, WrongLeaf):
        pass
    used = {node.variable.name.value: values.get(node.variable.name.value) for node in definitions}
    if _count(used) > MAX_EXPLAINED:
        raise OperationError((_wrong("A variable's value isn't of its type, and is too large to say where."),))
    found = get_variable_values(inputs.schema, definitions, dict(values), max_errors=MAX_ERRORS, hide_suggestions=True)
    if isinstance(found, list):
        raise OperationError(tuple(_wrong(error.message, error.nodes) for error in found))
    return dict(found.coerced)


def _coerce_quickly(
    inputs: InputValues, definitions: tuple[ast.VariableDefinitionNode, ...], given: Mapping[str, Any]
) -> dict[str, Any]:
    coerced: dict[str, Any] = {}
    for node in definitions:
        name = node.variable.name.value
        if name in given:
            input_type: Any = type_from_ast(inputs.schema, node.type)
            if input_type is None:
                raise NotPlain
            coerced[name] = inputs.of(input_type)(given[name])
        elif node.default_value is not None or isinstance(node.type, ast.NonNullTypeNode):
            raise NotPlain
    return coerced


def _count(values: Mapping[str, Any]) -> int:
    """Count values at all depths, as far as it matters."""
    count = 0
    stack: list[Any] = [values]
    while stack and count <= MAX_EXPLAINED:
        value = stack.pop()
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        count += len(inner)
        stack.extend(inner)
    return count


def _wrong(message: str, nodes: Collection[ast.Node] | None = None) -> GraphQLError:
    return GraphQLError(message, nodes=nodes, extensions={"code": "BAD_USER_INPUT"})
