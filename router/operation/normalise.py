"""A valid document -> the normalised :class:`~router.operation.model.Operation` of one of its operations.

Enters: a document that was validated against the API schema, an operation name. Leaves: an operation in which fields
are merged, impossible type conditions and constant ``@skip`` / ``@include`` are gone. Invariant: no fragment is
expanded eagerly; work is bounded, and a document that would pass the bound is refused by
:class:`~router.errors.PlanningBudgetExceeded`.

Worked example, on ``interface Node``, ``type User implements Node``::

    { me { ...A ...A ... on User @include(if: $x) { name } } }   fragment A on Node { id }
    { me { id name @include(if: $x) } }
"""

from __future__ import annotations

from graphql import GraphQLError
from graphql.language import ast

from router.errors import OperationError
from router.operation.collect import Collector
from router.operation.model import FieldSelection, Operation, SelectionSet, VariableDefinition
from router.operation.type_index import TypeIndex
from router.type_system.model import NO_DEFAULT, AppliedDirective, Schema
from router.type_system.reader import read_type_ref
from router.type_system.values import read_value

#: Most operations that a message lists.
_LISTED = 5


def normalise(document: ast.DocumentNode, operation_name: str | None, schema: Schema | TypeIndex) -> Operation:
    """Normalise an operation of a document that is valid against the API schema.

    ``schema`` is the API schema; pass the same :class:`TypeIndex` each time, which is faster. Raises
    :class:`OperationError` where the operation isn't there, :class:`PlanningBudgetExceeded` where the document's
    merged shape is too large.
    """
    index = schema if isinstance(schema, TypeIndex) else TypeIndex(schema)
    definition = find_operation(document, operation_name)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, ast.FragmentDefinitionNode)}
    kind = definition.operation.value
    root = index.schema.roots.get(kind)
    if root is None:
        raise OperationError([GraphQLError(f"The schema has no {kind} type.", definition)])
    selection_set = Collector(index, fragments).merge(root, (definition.selection_set,))
    return Operation(
        kind=kind,
        name=definition.name.value if definition.name else None,
        root_type=root,
        selection_set=selection_set,
        variables={variable.name: variable for variable in map(_read_variable, definition.variable_definitions or ())},
        introspection=_has_introspection(selection_set),
    )


def find_operation(document: ast.DocumentNode, operation_name: str | None) -> ast.OperationDefinitionNode:
    """Return the operation to run (GraphQL specification, section 6.1). Raises :class:`OperationError`."""
    operations = [node for node in document.definitions if isinstance(node, ast.OperationDefinitionNode)]
    if operation_name is None:
        if len(operations) == 1:
            return operations[0]
        reason = "Must provide an operation."
        if operations:
            reason = f"Must provide operation name if query contains multiple operations; it has {_names(operations)}."
        raise OperationError([GraphQLError(reason)])
    for operation in operations:
        if operation.name is not None and operation.name.value == operation_name:
            return operation
    known = f"; the document has {_names(operations)}" if operations else ""
    raise OperationError([GraphQLError(f"Unknown operation named '{operation_name}'{known}.")])


def _names(operations: list[ast.OperationDefinitionNode]) -> str:
    names = [f"'{each.name.value}'" if each.name is not None else "one without a name" for each in operations]
    return ", ".join(names) if len(names) <= _LISTED else f"{', '.join(names[:_LISTED])} and others"


def _read_variable(node: ast.VariableDefinitionNode) -> VariableDefinition:
    return VariableDefinition(
        name=node.variable.name.value,
        type=read_type_ref(node.type),
        default=NO_DEFAULT if node.default_value is None else read_value(node.default_value),
        directives=tuple(
            AppliedDirective(d.name.value, {a.name.value: read_value(a.value) for a in d.arguments or ()})
            for d in node.directives or ()
        ),
    )


def _has_introspection(selection_set: SelectionSet) -> bool:
    for selection in selection_set.selections:
        if isinstance(selection, FieldSelection):
            if selection.name in ("__schema", "__type"):
                return True
        elif _has_introspection(selection.selection_set):
            return True
    return False
