"""Field sets: the ``fields`` argument of ``@key``, ``@requires`` and ``@provides`` (``federation__FieldSet``), parsed.

Shape: a tuple of :class:`FieldSetField` and :class:`FieldSetFragment` in source order. Values are immutable and
hashable, so that equal field sets are one key in a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from graphql import GraphQLSyntaxError, parse
from graphql.language import ast

from router.type_system.values import Value, print_value, read_value


@dataclass(frozen=True, slots=True)
class FieldSetField:
    """A field of a field set; ``selections`` is empty for a leaf. ``alias`` and ``directives`` are kept for checks."""

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()
    selections: FieldSet = ()
    alias: str | None = None
    directives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSetFragment:
    """An inline fragment of a field set."""

    type_condition: str | None
    selections: FieldSet
    directives: tuple[str, ...] = ()


FieldSet: TypeAlias = "tuple[FieldSetField | FieldSetFragment, ...]"


def parse_field_set(text: str) -> FieldSet:
    """Parse a field set such as ``id organization { id }``.

    The outer braces may be left out. Raises :class:`graphql.GraphQLSyntaxError` on text that isn't a selection set.
    """
    stripped = text.strip()
    source = stripped if stripped.startswith("{") else "{" + text + "}"
    document = parse(source, no_location=True)
    definition = document.definitions[0]
    if len(document.definitions) != 1 or not isinstance(definition, ast.OperationDefinitionNode):
        raise _syntax_error(text, "a field set is one selection set")
    return _read_selections(text, definition.selection_set)


def _read_selections(text: str, selection_set: ast.SelectionSetNode) -> FieldSet:
    if not selection_set.selections:
        raise _syntax_error(text, "a selection set selects at least one field")
    selections: list[FieldSetField | FieldSetFragment] = []
    for node in selection_set.selections:
        if isinstance(node, ast.FieldNode):
            selections.append(
                FieldSetField(
                    name=node.name.value,
                    arguments=tuple((a.name.value, read_value(a.value)) for a in node.arguments or ()),
                    selections=_read_selections(text, node.selection_set) if node.selection_set else (),
                    alias=node.alias.value if node.alias else None,
                    directives=tuple(d.name.value for d in node.directives or ()),
                )
            )
        elif isinstance(node, ast.InlineFragmentNode):
            selections.append(
                FieldSetFragment(
                    type_condition=node.type_condition.name.value if node.type_condition else None,
                    selections=_read_selections(text, node.selection_set),
                    directives=tuple(d.name.value for d in node.directives or ()),
                )
            )
        else:
            raise _syntax_error(text, "a field set has no named fragments")
    return tuple(selections)


def _syntax_error(text: str, reason: str) -> GraphQLSyntaxError:
    from graphql import Source

    return GraphQLSyntaxError(Source(text), 0, reason)


def print_field_set(field_set: FieldSet) -> str:
    """Print a field set on one line, without outer braces, as the join specification writes it."""
    return " ".join(_print_selection(selection) for selection in field_set)


def _print_selection(selection: FieldSetField | FieldSetFragment) -> str:
    if isinstance(selection, FieldSetFragment):
        head = f"... on {selection.type_condition}" if selection.type_condition else "..."
    else:
        head = f"{selection.alias}: {selection.name}" if selection.alias else selection.name
        if selection.arguments:
            head += "(" + ", ".join(f"{name}: {print_value(value)}" for name, value in selection.arguments) + ")"
    if not selection.selections:
        return head
    return f"{head} {{ {print_field_set(selection.selections)} }}"
