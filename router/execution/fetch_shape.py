"""What a fetch selects, read from its operation. Asked only where something went wrong.

Enters: a fetch. Leaves: its selection sets, and the response names that it fills.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphql.language import ast

from router.execution.types import ExecutionTypes
from router.operation.parsing import parse
from router.query_plan.nodes import FetchNode, FieldStep, Rename, TypeStep


def root_names(fetch: FetchNode) -> tuple[str, ...]:
    """Return the response names of a root fetch's top level, as they stand in the response tree."""
    return _names(fetch, _operation(fetch.operation), None, None)


def entity_names(fetch: FetchNode, response_name: str, typename: Any, types: ExecutionTypes) -> tuple[str, ...]:
    """Return the response names that an ``_entities`` field of a fetch fills on an object of ``typename``.

    Where that isn't known (it is no text), they are those of all types.
    """
    node = _field_called(fetch, response_name)
    if node is None:
        return ()
    return _names(fetch, node, typename, types) if isinstance(typename, str) else _names(fetch, node, None, None)


def filled_names(fetch: FetchNode, response_name: str) -> frozenset[str]:
    """Return every response name that an ``_entities`` field of a fetch may fill, on whatever type, renamed or not."""
    node = _field_called(fetch, response_name)
    if node is None:
        return frozenset()
    names = frozenset(_walk(fetch, node.selection_set, None, None))
    return names | {item.name for item in fetch.renames}


def selected_in(fetch: FetchNode) -> ast.SelectionSetNode:
    """Return the top selection set of a fetch."""
    return _operation(fetch.operation).selection_set


def selected_by(fetch: FetchNode, response_name: str) -> ast.SelectionSetNode | None:
    """Return what an ``_entities`` field of a fetch selects."""
    node = _field_called(fetch, response_name)
    return None if node is None else node.selection_set


def fragment_of(fetch: FetchNode, node: ast.SelectionNode) -> tuple[str | None, ast.SelectionSetNode | None]:
    """Return the type condition and the selection set of a fragment, inline or spread."""
    if isinstance(node, ast.FragmentSpreadNode):
        fragment = _fragments(fetch.operation)[node.name.value]
        return fragment.type_condition.name.value, fragment.selection_set
    if isinstance(node, ast.InlineFragmentNode):
        return node.type_condition.name.value if node.type_condition else None, node.selection_set
    return None, None


def conditions_hold(node: ast.SelectionNode, variables: Mapping[str, Any]) -> bool:
    """Whether ``@skip`` and ``@include`` let a selection be."""
    for directive in node.directives or ():
        if directive.name.value in ("skip", "include"):
            (argument,) = directive.arguments or ()
            value = argument.value
            given = variables.get(value.name.value) if isinstance(value, ast.VariableNode) else _constant(value)
            if bool(given) is (directive.name.value == "skip"):
                return False
    return True


def _constant(value: ast.ValueNode) -> bool:
    return isinstance(value, ast.BooleanValueNode) and value.value


def _field_called(fetch: FetchNode, response_name: str) -> ast.FieldNode | None:
    for node in selected_in(fetch).selections:
        if isinstance(node, ast.FieldNode) and (node.alias or node.name).value == response_name:
            return node
    return None


def _operation(text: str) -> ast.OperationDefinitionNode:
    return next(node for node in _document(text).definitions if isinstance(node, ast.OperationDefinitionNode))


def _fragments(text: str) -> dict[str, ast.FragmentDefinitionNode]:
    nodes = _document(text).definitions
    return {node.name.value: node for node in nodes if isinstance(node, ast.FragmentDefinitionNode)}


def _document(text: str) -> ast.DocumentNode:
    # A tree takes some 200 times the memory of its text, so few large ones are kept.
    return _small(text) if len(text) <= _SMALL else _large(text)


_SMALL = 2_000
_small = lru_cache(maxsize=128)(parse)
_large = lru_cache(maxsize=4)(parse)


def _names(
    fetch: FetchNode,
    node: ast.OperationDefinitionNode | ast.FieldNode,
    typename: str | None,
    types: ExecutionTypes | None,
) -> tuple[str, ...]:
    renames = {item.alias: item.name for item in fetch.renames if _applies_at_top(item, typename)}
    found = _walk(fetch, node.selection_set, typename, types)
    return tuple(dict.fromkeys(renames.get(name, name) for name in found if name != "__typename"))


def _applies_at_top(item: Rename, typename: str | None) -> bool:
    return not any(isinstance(step, FieldStep) for step in item.path) and all(
        typename in step.types for step in item.path if isinstance(step, TypeStep)
    )


def _walk(
    fetch: FetchNode, selection_set: ast.SelectionSetNode | None, typename: str | None, types: ExecutionTypes | None
) -> Iterator[str]:
    for node in selection_set.selections if selection_set else ():
        if isinstance(node, ast.FieldNode):
            yield (node.alias or node.name).value
            continue
        condition, inner = fragment_of(fetch, node)
        # Another object type's fields are not this object's; interfaces are let through, too many names do no harm.
        if types is None or condition == typename or condition not in types.objects:
            yield from _walk(fetch, inner, typename, types)
