"""Answers ``__schema`` and ``__type`` by graphql-core on the API schema; no subgraph is asked.

Enters: the client's document. Leaves: the values of the root's introspection fields, by response name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLSchema
from graphql.execution import experimental_execute_incrementally
from graphql.language import ast

_FIELDS = ("__schema", "__type")


def introspect(
    schema: GraphQLSchema, document: ast.DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the root's introspection fields by response name; other root fields are left out.

    ``document`` must be valid, ``variables`` the client's raw ones. Every other root field resolves to null at once,
    whatever its type, since only the top of the selection is kept.
    """
    # The schema knows @defer, which graphql-core's plain entry refuses; introspection itself is never deferred.
    result = experimental_execute_incrementally(
        schema,
        _only_introspection(document),
        variable_values=dict(variables),
        operation_name=operation_name,
        root_value=None,
    )
    assert isinstance(result, ExecutionResult)
    return dict(result.data or {})


def _only_introspection(document: ast.DocumentNode) -> ast.DocumentNode:
    """The same document with every root field taken out that isn't introspection.

    A fragment on the root type may be spread below the root as well (a mutation's payload may give the query type), but
    introspection fields stand at the root alone, so there the fragment gives nothing that is kept.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, ast.FragmentDefinitionNode)}
    definitions: list[ast.DefinitionNode] = []
    for node in document.definitions:
        if isinstance(node, ast.OperationDefinitionNode):
            definitions.append(_replace(node, _inline(node.selection_set, fragments)))
        else:
            definitions.append(node)
    return ast.DocumentNode(definitions=tuple(definitions))


def _inline(
    selection_set: ast.SelectionSetNode, fragments: Mapping[str, ast.FragmentDefinitionNode]
) -> ast.SelectionSetNode:
    selections: list[ast.SelectionNode] = []
    for node in selection_set.selections:
        if isinstance(node, ast.FieldNode):
            if node.name.value in _FIELDS:
                selections.append(node)
        elif isinstance(node, ast.InlineFragmentNode):
            selections.append(_replace(node, _inline(node.selection_set, fragments)))
        elif isinstance(node, ast.FragmentSpreadNode):
            fragment = fragments[node.name.value]
            selections.append(
                ast.InlineFragmentNode(
                    type_condition=fragment.type_condition,
                    directives=node.directives,
                    selection_set=_inline(fragment.selection_set, fragments),
                )
            )
    return ast.SelectionSetNode(selections=tuple(selections))


def _replace(node: Any, selection_set: ast.SelectionSetNode) -> Any:
    values = {key: getattr(node, key) for key in node.keys}
    return type(node)(**{**values, "selection_set": selection_set})
