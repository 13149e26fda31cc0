"""A query plan -> the text form that the field knows.

Enters: the topmost node of a plan. Leaves: text for people. Invariant: one ``Fetch`` is printed for
each place that is asked for; where one request carries several, each is marked with the request's number
(``batch: 3``), so requests can be counted.

    QueryPlan {
      Sequence {
        Fetch(service: "users") {
          {
            me {
              __typename
              id
            }
          }
        },
        Flatten(path: "me") {
          Fetch(service: "reviews") {
            {
              ... on User {
                __typename
                id
              }
            } =>
            {
              ... on User {
                reviews {
                  body
                }
              }
            }
          },
        },
      },
    }
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from graphql import parse, print_ast
from graphql.language import ast

from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    DeferredNode,
    EntityInput,
    FetchNode,
    FieldStep,
    ListStep,
    ParallelNode,
    Path,
    PlanNode,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
    SequenceNode,
    SubscriptionNode,
    TypeStep,
)

_INDENT = "  "


def print_plan(node: PlanNode | None) -> str:
    """Print a plan by its topmost node. An empty plan is ``QueryPlan {}``."""
    if node is None:
        return "QueryPlan {}"
    return "\n".join(["QueryPlan {", *_indent(_print_node(node, within=None)), "}"])


def print_path(path: Path) -> str:
    """Print a path as ``feed.@.author``; a narrowed type as ``review|[UserReview].product``."""
    parts: list[str] = []
    for step in path:
        match step:
            case FieldStep(name):
                parts.append(name)
            case ListStep():
                parts.append("@")
            case TypeStep(types):
                narrowed = f"|[{','.join(types)}]"
                if parts:
                    parts[-1] += narrowed
                else:
                    parts.append(narrowed)
            case _:
                assert_never(step)
    return ".".join(parts)


def _indent(lines: Iterable[str]) -> list[str]:
    return [_INDENT + line for line in lines]


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *_indent(lines), "},"]


def _print_node(node: PlanNode, within: type[PlanNode] | None) -> list[str]:
    match node:
        case FetchNode():
            return _print_fetch(node, within)
        case SequenceNode(nodes):
            return _block("Sequence", _print_nodes(nodes, SequenceNode))
        case ParallelNode(nodes):
            return _block("Parallel", _print_nodes(nodes, ParallelNode))
        case ConditionNode(variable, if_clause, else_clause):
            lines: list[str] = []
            if if_clause is not None:
                lines += _block(f"Include(if: ${variable})", _print_node(if_clause, None))
            if else_clause is not None:
                lines += _block(f"Skip(if: ${variable})", _print_node(else_clause, None))
            return lines
        case DeferNode(primary, deferred):
            first = _block("Primary", _print_node(primary, None) if primary is not None else [])
            later = [line for part in deferred for line in _print_deferred(part)]
            return _block("Defer", [*first, *_labelled_list("", later)])
        case SubscriptionNode(primary_fetch, rest):
            events = _block("Primary", _print_node(primary_fetch, None))
            each = _block("Rest", _print_node(rest, None)) if rest is not None else []
            return _block("Subscription", [*events, *each])
        case _:
            assert_never(node)


def _print_nodes(nodes: Sequence[PlanNode], within: type[PlanNode]) -> Iterator[str]:
    for node in nodes:
        yield from _print_node(node, within)


def _labelled_list(label: str, lines: list[str]) -> list[str]:
    return [f"{label}[", *_indent(lines), "],"]


def _print_deferred(part: DeferredNode) -> list[str]:
    depends = ", ".join(str(number) for number in part.depends)
    label = f', label: "{part.label}"' if part.label is not None else ""
    head = f'Deferred(depends: [{depends}], path: "{print_path(part.path)}"{label})'
    lines = part.selection.split("\n") if part.selection else []
    if part.node is not None:
        lines = [*lines[:-1], lines[-1] + ":"] if lines else []
        lines += _print_node(part.node, None)
    return _block(head, lines)


def _print_fetch(node: FetchNode, within: type[PlanNode] | None) -> list[str]:
    document = parse(node.operation, no_location=True)
    operation = next(d for d in document.definitions if isinstance(d, ast.OperationDefinitionNode))
    fragments = [d for d in document.definitions if isinstance(d, ast.FragmentDefinitionNode)]
    if not node.inputs:
        body = _print_document(_root_head(operation), operation.selection_set, fragments)
        lines = _block(f'Fetch(service: "{node.service}")', body)
        return [line for path in node.places for line in _block(f'Flatten(path: "{print_path(path)}")', lines)] or lines
    places = [(item, path) for item in node.inputs for path in item.paths]
    batch = f", batch: {node.id}" if len(places) > 1 else ""
    lines = []
    for item, path in places:
        asked = _entities_field(operation, item)
        body = [
            "{",
            *_indent(
                line for shape in item.shapes for line in _print_shape(shape.typename, shape.types, shape.selections)
            ),
            "} =>",
            *_print_document(_entity_head(operation, node), asked, fragments),
        ]
        fetch = _block(f'Fetch(service: "{node.service}"{batch})', body)
        lines += _block(f'Flatten(path: "{print_path(path)}")', fetch)
    return lines if len(places) == 1 or within is ParallelNode else _block("Parallel", lines)


def _entities_field(operation: ast.OperationDefinitionNode, item: EntityInput) -> ast.SelectionSetNode:
    for selection in operation.selection_set.selections:
        if isinstance(selection, ast.FieldNode) and selection.selection_set is not None:
            name = selection.alias.value if selection.alias else selection.name.value
            if name == item.response_name:
                return selection.selection_set
    raise ValueError(f"the operation has no field {item.response_name}")


def _root_head(operation: ast.OperationDefinitionNode) -> str:
    kind = operation.operation.value
    variables = _print_variables(operation, frozenset())
    return " ".join(part for part in (kind if kind != "query" or variables else "", variables) if part)


def _entity_head(operation: ast.OperationDefinitionNode, node: FetchNode) -> str:
    return _print_variables(operation, frozenset(item.variable for item in node.inputs))


def _print_variables(operation: ast.OperationDefinitionNode, left_out: frozenset[str]) -> str:
    shown = [
        print_ast(definition).replace(": ", ":")
        for definition in operation.variable_definitions or ()
        if definition.variable.name.value not in left_out
    ]
    return f"({','.join(shown)})" if shown else ""


def _print_document(
    head: str, selection_set: ast.SelectionSetNode, fragments: Sequence[ast.FragmentDefinitionNode]
) -> list[str]:
    lines = print_ast(selection_set).split("\n")
    if head:
        lines[0] = f"{head} {lines[0]}"
    for fragment in fragments:
        if f"...{fragment.name.value}" in "\n".join(lines):
            lines += ["", *print_ast(fragment).split("\n")]
    return lines


def _print_shape(typename: str | None, types: Sequence[str], selections: Sequence[RequiredSelection]) -> Iterator[str]:
    inner = ["__typename", *(line for selection in selections for line in _print_required(selection))]
    for name in (typename,) if typename is not None else types:
        yield f"... on {name} {{"
        yield from _indent(inner)
        yield "}"


def _print_required(selection: RequiredSelection) -> Iterator[str]:
    match selection:
        case RequiredField(name, source, selections):
            head = name if source == name else f"{name}: {source}"
            below = selections
        case RequiredFragment(types, selections):
            for type_name in types:
                yield f"... on {type_name} {{"
                yield from _indent(line for inner in selections for line in _print_required(inner))
                yield "}"
            return
        case _:
            assert_never(selection)
    if not below:
        yield head
        return
    yield f"{head} {{"
    yield from _indent(line for inner in below for line in _print_required(inner))
    yield "}"
