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
    """The operation with one selection, or one selection's directives, less."""
    document = parse(text, no_location=True)
    for index, definition in enumerate(document.definitions):
        if not isinstance(definition, ast.OperationDefinitionNode | ast.FragmentDefinitionNode):
            continue
        for smaller in _smaller_selection_sets(definition.selection_set):
            changed = replace(definition, selection_set=smaller)
            definitions = (*document.definitions[:index], changed, *document.definitions[index + 1 :])
            yield _tidy(ast.DocumentNode(definitions=definitions))


def _smaller_selection_sets(selection_set: ast.SelectionSetNode) -> Iterator[ast.SelectionSetNode]:
    selections = selection_set.selections
    for index, selection in enumerate(selections):
        before, after = selections[:index], selections[index + 1 :]
        if len(selections) > 1:
            yield ast.SelectionSetNode(selections=(*before, *after))
        if selection.directives:
            yield ast.SelectionSetNode(selections=(*before, replace(selection, directives=()), *after))
        inner = getattr(selection, "selection_set", None)
        for smaller in _smaller_selection_sets(inner) if inner is not None else ():
            changed: Any = replace(selection, selection_set=smaller)  # type: ignore[call-arg]
            yield ast.SelectionSetNode(selections=(*before, changed, *after))


def _tidy(document: ast.DocumentNode) -> str:
    """Print without fragments and variables that nothing uses any more."""
    definitions = document.definitions
    for _ in range(len(definitions)):
        text = "\n".join(print_ast(definition) for definition in definitions)
        kept = tuple(
            definition
            for definition in definitions
            if not isinstance(definition, ast.FragmentDefinitionNode) or f"...{definition.name.value}\n" in text
        )
        if len(kept) == len(definitions):
            break
        definitions = kept
    text = "\n".join(print_ast(definition) for definition in definitions)
    return print_ast(ast.DocumentNode(definitions=tuple(_without_unused(d, text) for d in definitions)))


def _without_unused(definition: ast.DefinitionNode, text: str) -> ast.DefinitionNode:
    if not isinstance(definition, ast.OperationDefinitionNode):
        return definition
    used = tuple(
        variable
        for variable in definition.variable_definitions or ()
        if text.count(f"${variable.variable.name.value}") > 1
    )
    return replace(definition, variable_definitions=used)


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
