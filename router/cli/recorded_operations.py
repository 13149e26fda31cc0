"""Recorded operations, and which of them a change breaks.

Enters: a GraphQL document, a JSON array or JSON lines (with ``query`` or ``body``, maybe ``name``). Leaves:
operations by name, then the broken ones. Invariant: only an operation that was valid can break.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, build_ast_schema, parse, print_ast, validate
from graphql.language import ast

from router.cli.change_report import BrokenOperation
from router.errors import InputError
from router.type_system.model import Schema
from router.type_system.printer import print_schema


@dataclass(frozen=True, slots=True)
class RecordedOperation:
    """An operation with the fragments that it needs."""

    name: str
    document: DocumentNode


def read_operations(text: str, origin: str) -> list[RecordedOperation]:
    """Read recorded operations. Raises :class:`InputError` naming the one that can't be read."""
    found: list[RecordedOperation] = []
    for index, (name, query) in enumerate(_texts(text, origin), start=1):
        try:
            document = parse(query, no_location=True)
        except GraphQLError as error:
            raise InputError(f"{origin}: operation {name or index}: {error.message}") from None
        found.extend(_split(document, name, index))
    return found


def find_broken(operations: Sequence[RecordedOperation], old: Schema, new: Schema) -> list[BrokenOperation]:
    """Return the operations that the old schema allows and the new one doesn't."""
    before, now = _build(old), _build(new)
    broken = []
    for operation in operations:
        errors = validate(now, operation.document)
        if errors and not validate(before, operation.document):
            broken.append(BrokenOperation(operation.name, tuple(error.message for error in errors)))
    return broken


def _build(schema: Schema) -> GraphQLSchema:
    return build_ast_schema(parse(print_schema(schema), no_location=True), assume_valid_sdl=True)


def _texts(text: str, origin: str) -> Iterator[tuple[str, str]]:
    stripped = text.lstrip()
    if not stripped.startswith(("[", '{"')):
        yield "", text
        return
    try:
        entries = (
            json.loads(text) if stripped.startswith("[") else [json.loads(line) for line in text.splitlines() if line]
        )
    except ValueError as error:
        raise InputError(f"{origin}: not valid JSON ({error})") from None
    for index, entry in enumerate(entries, start=1):
        match entry:
            case str():
                yield "", entry
            case {"query": str(query)} | {"body": str(query)}:
                yield _name(entry), query
            case _:
                raise InputError(f"{origin}: entry {index} has no query")


def _name(entry: dict[str, Any]) -> str:
    return next((str(entry[key]) for key in ("name", "operationName", "id") if entry.get(key)), "")


def _split(document: DocumentNode, name: str, index: int) -> Iterator[RecordedOperation]:
    """Yield each operation of a document with the fragments that it reaches."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, ast.FragmentDefinitionNode)}
    operations = [node for node in document.definitions if isinstance(node, ast.OperationDefinitionNode)]
    for node in operations:
        reached: dict[str, ast.FragmentDefinitionNode] = {}
        _reach(node, fragments, reached)
        own = node.name.value if node.name else ""
        title = own or name or f"operation {index}: {' '.join(print_ast(node).split())[:60]}"
        yield RecordedOperation(title, ast.DocumentNode(definitions=(node, *reached.values())))


def _reach(
    node: ast.Node, fragments: dict[str, ast.FragmentDefinitionNode], reached: dict[str, ast.FragmentDefinitionNode]
) -> None:
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, ast.FragmentSpreadNode):
            name = current.name.value
            if name in fragments and name not in reached:
                reached[name] = fragments[name]
                pending.append(fragments[name])
            continue
        selection_set = getattr(current, "selection_set", None)
        if isinstance(selection_set, ast.SelectionSetNode):
            pending.extend(selection_set.selections)
