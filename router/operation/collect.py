"""Selection sets of an AST -> interned :class:`~router.operation.model.SelectionSet` s.

Enters: selection set nodes that stand at one place, with the fragments of the document. Leaves: one merged selection
set. Invariant: for every concrete type and all variable values, response names come in the order in which the
specification collects them (section 6.3.2); equal selection sets are one object.

A fragment is walked once per (selection set, type scope, conditions), and merged sub-selections are remembered by the
set of nodes they were merged from, so fragments that spread each other many times cost once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql.language import ast

from router.errors import PlanningBudgetExceeded
from router.operation.conditions import (
    Conditions,
    Directives,
    add_conditions,
    assume,
    combine_conditions,
    read_defer,
    read_other_directives,
)
from router.operation.model import Defer, FieldSelection, FragmentSelection, Selection, SelectionSet
from router.operation.type_index import TypeIndex
from router.type_system.model import NamedType, NonNullType
from router.type_system.values import Value, print_value, read_value

#: Selections visited, after fragments are spread, before a document is refused; under conditions they weigh more, since
#: one fragment under many combinations of conditions is many selections.
MAX_VISITS = 60_000
#: Levels of nesting, which bound recursion.
MAX_DEPTH = 200

_TYPENAME = NonNullType(NamedType("String"))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a selection applies: the innermost type condition, and the object types left by all of them."""

    condition: str
    types: tuple[str, ...]


@dataclass(slots=True)
class _Entry:
    """A field as collected so far; ``nodes`` are the selection sets to merge below it, by identity."""

    scope: _Scope | None
    name: str
    response_name: str
    conditions: Conditions
    arguments: tuple[tuple[str, Value], ...]
    directives: Directives
    nodes: dict[int, ast.SelectionSetNode] = field(default_factory=dict)


@dataclass(slots=True)
class _Deferred:
    scope: _Scope
    conditions: Conditions
    defer: Defer
    node: ast.SelectionSetNode


@dataclass(slots=True)
class _Place:
    """One selection set under construction.

    ``known`` are the conditions that hold wherever it is. ``newest`` is the latest entry for a response name, scope and
    conditions; ``last`` that for a response name alone.
    """

    parent: str
    known: Conditions = ()
    entries: list[_Entry | _Deferred] = field(default_factory=list)
    newest: dict[tuple[str, _Scope | None, Conditions], _Entry] = field(default_factory=dict)
    last: dict[str, _Entry] = field(default_factory=dict)
    spread: set[object] = field(default_factory=set)


class Collector:
    """Normalises the selection sets of one document against one schema."""

    def __init__(self, index: TypeIndex, fragments: Mapping[str, ast.FragmentDefinitionNode]) -> None:
        self._index = index
        self._fragments = fragments
        # Nodes are known by identity, so they are kept alive as long as what is known of them.
        self._merged: dict[object, tuple[SelectionSet, tuple[ast.SelectionSetNode, ...]]] = {}
        self._interned: dict[object, SelectionSet] = {}
        self._arguments: dict[int, tuple[tuple[tuple[str, Value], ...], str]] = {}
        self._visits = 0
        self._depth = 0

    def merge(self, parent: str, nodes: tuple[ast.SelectionSetNode, ...], known: Conditions = ()) -> SelectionSet:
        """Merge selection sets that stand at one place of type ``parent``, where ``known`` conditions hold."""
        key = (parent, tuple(map(id, nodes)), known)
        found = self._merged.get(key)
        if found is not None:
            return found[0]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PlanningBudgetExceeded(f"The operation nests selection sets more than {MAX_DEPTH} deep.")
        place = _Place(parent, known)
        for node in nodes:
            self._collect(place, node, None, ())
        merged = self._intern(parent, self._finish(place))
        self._merged[key] = (merged, nodes)
        self._depth -= 1
        return merged

    def _collect(self, place: _Place, node: ast.SelectionSetNode, scope: _Scope | None, conditions: Conditions) -> None:
        for selection in node.selections:
            self._visits += 1 + 8 * len(conditions)
            if self._visits > MAX_VISITS:
                raise PlanningBudgetExceeded(
                    f"The operation has more than {MAX_VISITS} selections once its fragments are spread."
                )
            met = add_conditions(conditions, selection.directives) if selection.directives else conditions
            if met and place.known:
                met = assume(met, place.known)
            if met is None:
                continue
            if isinstance(selection, ast.FieldNode):
                self._add_field(place, selection, scope, met)
            elif isinstance(selection, ast.FragmentSpreadNode):
                fragment = self._fragments.get(selection.name.value)
                if fragment is not None:
                    condition = fragment.type_condition.name.value
                    self._spread(place, selection, fragment.selection_set, condition, scope, met)
            elif isinstance(selection, ast.InlineFragmentNode):
                narrowed = selection.type_condition
                condition = narrowed.name.value if narrowed else scope.condition if scope else place.parent
                self._spread(place, selection, selection.selection_set, condition, scope, met)

    def _add_field(self, place: _Place, node: ast.FieldNode, scope: _Scope | None, conditions: Conditions) -> None:
        name = node.name.value
        response_name = node.alias.value if node.alias else name
        key = (response_name, scope, conditions)
        entry = place.newest.get(key)
        below = node.selection_set
        if entry is not None and below is not None and place.last[response_name] is not entry:
            if id(below) in entry.nodes:
                return
            # Between them this name was selected for other types or under other conditions: what follows may not move
            # before that, or the order of the fields below would change.
            entry = None
        if entry is None:
            if conditions and below is None and (response_name, scope, ()) in place.newest:
                return  # a leaf that is already there unconditionally
            entry = _Entry(
                scope=scope,
                name=name,
                response_name=response_name,
                conditions=conditions,
                arguments=tuple((a.name.value, read_value(a.value)) for a in node.arguments) if node.arguments else (),
                directives=read_other_directives(node.directives) if node.directives else (),
            )
            place.entries.append(entry)
            place.newest[key] = place.last[response_name] = entry
        if below is not None:
            entry.nodes[id(below)] = below

    def _spread(
        self,
        place: _Place,
        selection: ast.FragmentSpreadNode | ast.InlineFragmentNode,
        node: ast.SelectionSetNode,
        condition: str,
        scope: _Scope | None,
        conditions: Conditions,
    ) -> None:
        narrowed = self._narrow(place.parent, condition, scope)
        if narrowed is not None and not narrowed.types:
            return
        defer = read_defer(selection.directives) if selection.directives else None
        if defer is not None:
            whole = narrowed or _Scope(place.parent, self._index.possible(place.parent))
            deferred = (defer, whole, conditions, id(node))
            if deferred not in place.spread:
                place.spread.add(deferred)
                place.entries.append(_Deferred(whole, conditions, defer, node))
            return
        seen = (id(node), narrowed, conditions)
        if seen in place.spread:
            return
        place.spread.add(seen)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PlanningBudgetExceeded(f"The operation nests fragments more than {MAX_DEPTH} deep.")
        self._collect(place, node, narrowed, conditions)
        self._depth -= 1

    def _narrow(self, parent: str, condition: str, scope: _Scope | None) -> _Scope | None:
        """Return the scope within a fragment; ``None`` is the parent's own, which needs no fragment."""
        current = scope.condition if scope else parent
        if condition in self._index.supertypes(current):
            return scope
        whole = self._index.possible(parent)
        types = self._index.overlap(scope.types if scope else whole, condition)
        return _Scope(condition, types)

    def _finish(self, place: _Place) -> tuple[Selection, ...]:
        """Turn entries into selections; neighbours of one scope stand in one fragment."""
        selections: list[Selection] = []
        group: list[Selection] = []
        scope: _Scope | None = None
        for entry in (*place.entries, None):
            following = entry.scope if isinstance(entry, _Entry) else None
            if group and following != scope:
                selections.append(self._fragment(scope, group) if scope is not None else group[0])
                group = []
            scope = following
            if isinstance(entry, _Deferred):
                inner = self.merge(entry.scope.condition, (entry.node,), _both(place.known, entry.conditions))
                selections.append(
                    FragmentSelection(entry.scope.condition, entry.scope.types, inner, entry.conditions, entry.defer)
                )
            elif entry is not None:
                made = self._field(entry.scope.condition if entry.scope else place.parent, entry, place.known)
                if entry.scope is None:
                    selections.append(made)
                else:
                    group.append(made)
        return tuple(selections)

    def _fragment(self, scope: _Scope, group: list[Selection]) -> FragmentSelection:
        return FragmentSelection(scope.condition, scope.types, self._intern(scope.condition, tuple(group)))

    def _field(self, parent: str, entry: _Entry, known: Conditions) -> FieldSelection:
        if entry.name == "__typename":
            return FieldSelection(entry.response_name, entry.name, _TYPENAME, (), entry.conditions)
        found = self._index.fields(parent).get(entry.name)
        if found is None:
            # __schema and __type: answered by the router itself, beside the data.
            return FieldSelection(entry.response_name, entry.name, _TYPENAME, entry.arguments, entry.conditions)
        type_ref, core, composite = found
        below = self.merge(core, tuple(entry.nodes.values()), _both(known, entry.conditions)) if composite else None
        return FieldSelection(
            entry.response_name, entry.name, type_ref, entry.arguments, entry.conditions, below, entry.directives
        )

    def _intern(self, parent: str, selections: tuple[Selection, ...]) -> SelectionSet:
        key = (parent, tuple(map(_identity, selections)))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = SelectionSet(parent, selections)
        return found


def _both(left: Conditions, right: Conditions) -> Conditions:
    return (combine_conditions((*left, *right)) or ()) if right else left


def _identity(selection: Selection) -> object:
    """Return what tells selections apart. Arguments go by their text, since Python says ``True == 1 == 1.0``."""
    if isinstance(selection, FragmentSelection):
        return (
            selection.type_condition,
            selection.types,
            id(selection.selection_set),
            selection.conditions,
            selection.defer,
        )
    arguments = tuple((name, print_value(value)) for name, value in selection.arguments) if selection.arguments else ()
    directives = str(selection.directives) if selection.directives else ""
    return (
        selection.response_name,
        selection.name,
        arguments,
        selection.conditions,
        id(selection.selection_set),
        directives,
    )
