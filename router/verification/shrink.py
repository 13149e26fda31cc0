"""A failing case -> a smaller one that still fails, as a scenario to paste into the tests.

Greedy: drop one selection of the operation, one subgraph field or one stored object at a time, and keep what still
fails in the same way. Bounded by a number of tries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from graphql import GraphQLError, parse, print_ast, validate
from graphql.language import ast

from router.verification.case import Case, Federation
from router.verification.verify import judge

_TRIES = 400


def shrink(case: Case, *, compiled: bool = True) -> Case:
    """Return the smallest case found that still has a problem."""
    left = _TRIES
    smaller = True
    while smaller and left > 0:
        smaller = False
        for candidate in _candidates(case):
            left -= 1
            if left <= 0:
                break
            if _fails(candidate, compiled):
                case, smaller = candidate, True
                break
    return case


def _fails(case: Case, compiled: bool) -> bool:
    federation = Federation(case.subgraphs, case.data)
    if federation.supergraph is None:
        return False
    document = parse(case.operation)
    if validate(federation.monolith.schema, document):
        return False
    return bool(judge(federation, case, compiled=compiled)[0])


def _candidates(case: Case) -> Iterator[Case]:
    for text in _smaller_operations(case.operation):
        yield replace(case, operation=text)
    for name in case.subgraphs:
        if len(case.subgraphs) > 1:
            yield replace(case, subgraphs={n: s for n, s in case.subgraphs.items() if n != name})
    for name, sdl in case.subgraphs.items():
        for smaller in _smaller_sdl(sdl):
            yield replace(case, subgraphs={**case.subgraphs, name: smaller})
    for data in _smaller_data(case.data):
        yield replace(case, data=data)


def _smaller_operations(text: str) -> Iterator[str]:
    """The operation with one selection, or one directive, less; unused fragments and variables go along."""
    document = parse(text, no_location=True)
    count = sum(1 for _ in _selection_sets(document))
    for index in range(count):
        width = len(list(_selection_sets(document))[index].selections)
        for position in range(width):
            copy = parse(text, no_location=True)
            found = list(_selection_sets(copy))[index]
            if width > 1:
                found.selections = (*found.selections[:position], *found.selections[position + 1 :])
                yield _tidy(copy)
            selection = list(_selection_sets(copy))[index].selections
            if position < len(selection) and selection[position].directives:
                again = parse(text, no_location=True)
                list(_selection_sets(again))[index].selections[position].directives = ()
                yield _tidy(again)


def _selection_sets(document: ast.DocumentNode) -> Iterator[ast.SelectionSetNode]:
    stack: list[Any] = [definition.selection_set for definition in document.definitions if _has_selections(definition)]
    while stack:
        found = stack.pop(0)
        yield found
        stack.extend(s.selection_set for s in found.selections if getattr(s, "selection_set", None))


def _has_selections(definition: ast.DefinitionNode) -> bool:
    return isinstance(definition, ast.OperationDefinitionNode | ast.FragmentDefinitionNode)


def _tidy(document: ast.DocumentNode) -> str:
    """Print without unused fragments and variables."""
    for _ in range(len(document.definitions)):
        text = print_ast(document)
        kept = tuple(
            definition
            for definition in document.definitions
            if not isinstance(definition, ast.FragmentDefinitionNode) or f"...{definition.name.value}" in text
        )
        if len(kept) == len(document.definitions):
            break
        document.definitions = kept
    body = print_ast(document)
    for definition in document.definitions:
        if isinstance(definition, ast.OperationDefinitionNode):
            definition.variable_definitions = tuple(
                variable
                for variable in definition.variable_definitions or ()
                if body.count(f"${variable.variable.name.value}") > 1
            )
    return print_ast(document)


def _smaller_sdl(sdl: str) -> Iterator[str]:
    lines = sdl.split("\n")
    for index, line in enumerate(lines):
        if line.startswith("  ") and ":" in line:
            smaller = "\n".join(lines[:index] + lines[index + 1 :])
            try:
                parse(smaller)
            except GraphQLError:
                continue
            yield smaller


def _smaller_data(data: Any) -> Iterator[dict[str, Any]]:
    for name, pool in data.items():
        if isinstance(pool, list):
            for index in range(len(pool)):
                yield {**data, name: pool[:index] + pool[index + 1 :]}
            for index, values in enumerate(pool):
                for key in values:
                    if key != "id":
                        thinner = {k: v for k, v in values.items() if k != key}
                        yield {**data, name: [*pool[:index], thinner, *pool[index + 1 :]]}
        else:
            for key in pool:
                yield {**data, name: {k: v for k, v in pool.items() if k != key}}


def print_scenario(case: Case, title: str, problems: tuple[str, ...] = ()) -> str:
    """Print a case as a section for ``tests/scenarios``."""
    parts = [f"## {title}", *problems]
    parts.extend(f"```graphql subgraph={name}\n{sdl.strip()}\n```" for name, sdl in case.subgraphs.items())
    parts.append(f"```json data\n{json.dumps(case.data, indent=1)}\n```")
    parts.append(f"```graphql operation\n{case.operation.strip()}\n```")
    if case.variables:
        parts.append(f"```json variables\n{json.dumps(dict(case.variables))}\n```")
    if case.labels:
        parts.append(f"```json settings\n{json.dumps({'labels': sorted(case.labels)})}\n```")
    return "\n\n".join(parts) + "\n"
