"""Which response names a fetch fills, read from its operation. Asked only where something went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from graphql.language import ast

from router.execution.types import ExecutionTypes
from router.operation.parsing import parse
from router.query_plan.nodes import FetchNode, FieldStep, Rename, TypeStep


def root_names(fetch: FetchNode) -> tuple[str, ...]:
    """Return the response names of a root fetch's top level, as they stand in the response tree."""
    return _names(fetch, _operation(fetch.operation), None, None)


def entity_names(fetch: FetchNode, response_name: str, typename: str, types: ExecutionTypes) -> tuple[str, ...]:
    """Return the response names that an ``_entities`` field of a fetch fills on an object of ``typename``."""
    operation = _operation(fetch.operation)
    for node in operation.selection_set.selections:
        if isinstance(node, ast.FieldNode) and (node.alias or node.name).value == response_name:
            return _names(fetch, node, typename, types)
    return ()


def filled_names(fetch: FetchNode, response_name: str) -> frozenset[str]:
    """Return every response name that an ``_entities`` field of a fetch may fill, on whatever type, renamed or not."""
    for node in _operation(fetch.operation).selection_set.selections:
        if isinstance(node, ast.FieldNode) and (node.alias or node.name).value == response_name:
            names = frozenset(_walk(fetch, node.selection_set, None, None))
            return names | {item.name for item in fetch.renames}
    return frozenset()


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
        if isinstance(node, ast.FragmentSpreadNode):
            fragment = _fragments(fetch.operation)[node.name.value]
            condition, inner = fragment.type_condition.name.value, fragment.selection_set
        elif isinstance(node, ast.InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else ""
            inner = node.selection_set
        else:
            continue
        # Another object type's fields are not this object's; interfaces are let through, too many names do no harm.
        if types is None or condition == typename or condition not in types.objects:
            yield from _walk(fetch, inner, typename, types)
