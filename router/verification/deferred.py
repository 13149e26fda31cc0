"""What the payloads of an operation with ``@defer`` have to be, by other code than the router's.

Enters: an operation, its variables, the monolith. Leaves: the first payload's data, and the data of each deferred part
by label and place. Invariant: the monolith executes plain operations only. For the parts, every field of a deferred
fragment is asked for under a name of its own, which tells in the answer whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from graphql.language import ast, parse

Path: TypeAlias = tuple[str | int, ...]
#: A label and a place.
Part: TypeAlias = tuple[str | None, Path]
Execute: TypeAlias = Callable[[ast.DocumentNode], Mapping[str, Any]]

_MARKED = re.compile(r"_d(\d+)_(.*)", re.DOTALL)


def compare_payloads(
    operation: str, variables: Mapping[str, Any], payloads: Sequence[Mapping[str, Any]], execute: Execute
) -> list[str]:
    """Return what is wrong with the payloads of a deferred answer; ``execute`` runs a plain operation."""
    if "hasNext" not in payloads[0]:
        return []  # a plain answer, with nothing in it that comes later
    problems = list(_misplaced(payloads))
    written = _Rewriter(parse(operation), variables)
    first = execute(written.document(deferred=False)).get("data")
    if payloads[0].get("data") != first:
        problems.append(f"expected first {first}, got {payloads[0].get('data')}")
    expected = _parts(execute(written.document(deferred=True)).get("data"), written.labels)
    found: dict[Part, Any] = {}
    for part in _increments(payloads):
        key = (part.get("label"), tuple(part["path"]))
        if key in found and key[0] is not None:
            problems.append(f"part {key} came twice")
        # Parts without a label may stand at one place, one within another.
        found[key] = _merge(found.get(key) or {}, part["data"] or {})
    # A part in which every field is left out may come or not.
    for key in dict.fromkeys((*expected, *found)):
        if (expected.get(key) or {}) != (found.get(key) or {}):
            problems.append(f"part {key}: expected {expected.get(key)}, got {found.get(key)}")
    return problems


def _misplaced(payloads: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if len(payloads) == 1:
        if payloads[0].get("hasNext"):
            yield "more payloads are promised, and none comes"
        return
    for number, payload in enumerate(payloads):
        if payload.get("hasNext") is not (number < len(payloads) - 1):
            yield f"payload {number} of {len(payloads)} says hasNext: {payload.get('hasNext')}"
        if (number == 0) is not ("data" in payload):
            yield f"payload {number} has {sorted(payload)}"


def _increments(payloads: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for payload in payloads[1:]:
        yield from payload.get("incremental", ())


@dataclass(slots=True)
class _Rewriter:
    """Writes an operation anew, without its deferred fragments or with their fields marked."""

    source: ast.DocumentNode
    variables: Mapping[str, Any]
    labels: list[str | None] = field(default_factory=list)

    def document(self, *, deferred: bool) -> ast.DocumentNode:
        """Return the operation alone, its fragments where they are spread."""
        self.labels.clear()
        operation = next(d for d in self.source.definitions if isinstance(d, ast.OperationDefinitionNode))
        changed = replace(operation, selection_set=self._set(operation.selection_set, None, deferred))
        return ast.DocumentNode(definitions=(changed,))

    def _set(self, selection_set: ast.SelectionSetNode, mark: int | None, deferred: bool) -> ast.SelectionSetNode:
        kept = [self._selection(item, mark, deferred) for item in selection_set.selections]
        return ast.SelectionSetNode(selections=tuple(item for item in kept if item is not None))

    def _selection(self, item: ast.SelectionNode, mark: int | None, deferred: bool) -> ast.SelectionNode | None:
        if isinstance(item, ast.FieldNode):
            name = item.alias.value if item.alias else item.name.value
            alias = ast.NameNode(value=name if mark is None else f"_d{mark}_{name}")
            below = None if item.selection_set is None else self._set(item.selection_set, None, deferred)
            return replace(item, alias=alias, selection_set=below)
        condition, selection_set = self._fragment(item)
        defer = next((d for d in item.directives or () if d.name.value == "defer"), None)
        if defer is not None and self._argument(defer, "if", True) and not self._needs_nobody(condition, selection_set):
            if not deferred:
                return None
            mark = len(self.labels)
            self.labels.append(self._argument(defer, "label", None))
        others = tuple(d for d in item.directives or () if d is not defer)
        below = self._set(selection_set, mark, deferred)
        return ast.InlineFragmentNode(type_condition=condition, directives=others, selection_set=below)

    def _fragment(self, item: ast.SelectionNode) -> tuple[ast.NamedTypeNode | None, ast.SelectionSetNode]:
        if isinstance(item, ast.InlineFragmentNode):
            return item.type_condition, item.selection_set
        assert isinstance(item, ast.FragmentSpreadNode)
        found = next(
            d
            for d in self.source.definitions
            if isinstance(d, ast.FragmentDefinitionNode) and d.name.value == item.name.value
        )
        return found.type_condition, found.selection_set

    def _needs_nobody(self, condition: ast.NamedTypeNode | None, selection_set: ast.SelectionSetNode) -> bool:
        """Whether there is nothing to wait for: the name of the root type is known at once."""
        at_root = condition is not None and condition.name.value == "Query"
        return at_root and all(
            self._is_left_out(item)
            or (
                item.name.value == "__typename"
                if isinstance(item, ast.FieldNode)
                else self._needs_nobody(condition, self._fragment(item)[1])
            )
            for item in selection_set.selections
        )

    def _is_left_out(self, item: ast.SelectionNode) -> bool:
        """Whether a constant condition leaves a selection out."""
        return any(
            isinstance(argument.value, ast.BooleanValueNode)
            and argument.value.value is (directive.name.value == "skip")
            for directive in item.directives or ()
            if directive.name.value in ("skip", "include")
            for argument in directive.arguments or ()
        )

    def _argument(self, directive: ast.DirectiveNode, name: str, default: Any) -> Any:
        value = next((a.value for a in directive.arguments or () if a.name.value == name), None)
        if isinstance(value, ast.VariableNode):
            return self.variables.get(value.name.value, self._default(value.name.value))
        return getattr(value, "value", default)

    def _default(self, variable: str) -> Any:
        operation = next(d for d in self.source.definitions if isinstance(d, ast.OperationDefinitionNode))
        declared = {d.variable.name.value: d.default_value for d in operation.variable_definitions or ()}
        return getattr(declared[variable], "value", None)


def _parts(data: Any, labels: Sequence[str | None]) -> dict[Part, dict[str, Any]]:
    """Read the parts from an answer with marked names."""
    found: dict[Part, dict[str, Any]] = {}
    for number, place, name, value in _marked(data, ()):
        part = found.setdefault((labels[number], place), {})
        part[name] = _merge(part[name], _unmarked(value)) if name in part else _unmarked(value)
    return found


def _marked(value: Any, place: Path) -> Iterator[tuple[int, Path, str, Any]]:
    """Yield every marked field: its fragment's number, its object's place, its name, its value."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _marked(item, (*place, index))
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        match = _MARKED.fullmatch(key)
        name = match[2] if match else key
        if match:
            yield int(match[1]), place, name, inner
        yield from _marked(inner, (*place, name))


def _unmarked(value: Any) -> Any:
    """A value without what is deferred within it."""
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items() if not _MARKED.fullmatch(key)}
    return value


def _merge(left: Any, right: Any) -> Any:
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **{key: _merge(left[key], value) if key in left else value for key, value in right.items()}}
    if isinstance(left, list) and isinstance(right, list):
        return [_merge(one, other) for one, other in zip(left, right, strict=True)]
    return deepcopy(right)
