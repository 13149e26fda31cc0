"""Deciding ``@defer`` before planning: fragments that aren't deferred become plain ones.

Enters: a normalised selection set. Leaves: one whose deferred fragments are deferred for sure, or whose conditions on
variables are decided. Invariant: what isn't deferred any more has its conditions on its fields, as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from router.operation.conditions import combine_conditions
from router.operation.model import Defer, FieldSelection, FragmentSelection, Selection, SelectionSet

#: Variables that decide on deferring, of which each doubles the plan; what more of them would defer isn't deferred.
MAX_VARIABLES = 3


def defer_variables(selection_set: SelectionSet) -> tuple[str, ...]:
    """Return the variables that ``@defer(if:)`` asks, in order."""
    return tuple(dict.fromkeys(variable for variable in _variables(selection_set, set()) if variable))


def has_defer(selection_set: SelectionSet) -> bool:
    """Tell whether anything is deferred."""
    return next(_variables(selection_set, set()), None) is not None


def _variables(selection_set: SelectionSet, seen: set[SelectionSet]) -> Iterator[str]:
    """Yield the variable of each ``@defer``, an empty string where it has none."""
    if selection_set in seen:
        return
    seen.add(selection_set)
    for selection in selection_set.selections:
        if isinstance(selection, FragmentSelection) and selection.defer is not None:
            yield selection.defer.condition or ""
        if selection.selection_set is not None:
            yield from _variables(selection.selection_set, seen)


def decide_defers(selection_set: SelectionSet, is_deferred: Callable[[Defer], bool]) -> SelectionSet:
    """Return the selection set with each ``@defer`` decided; equal parts stay one object."""
    return _decide(selection_set, is_deferred, {})


def _decide(
    selection_set: SelectionSet, is_deferred: Callable[[Defer], bool], known: dict[SelectionSet, SelectionSet]
) -> SelectionSet:
    found = known.get(selection_set)
    if found is not None:
        return found
    selections: list[Selection] = []
    for selection in selection_set.selections:
        if selection.selection_set is None:
            selections.append(selection)
            continue
        inner = _decide(selection.selection_set, is_deferred, known)
        if isinstance(selection, FieldSelection) or selection.defer is None:
            changed = inner is not selection.selection_set
            selections.append(replace(selection, selection_set=inner) if changed else selection)
        elif is_deferred(selection.defer):
            defer = Defer(selection.defer.label)
            selections.append(replace(selection, selection_set=inner, defer=defer))
        else:
            below = _add_conditions(inner, selection)
            selections.append(replace(selection, selection_set=below, conditions=(), defer=None))
    unchanged = len(selections) == len(selection_set.selections) and all(
        new is old for new, old in zip(selections, selection_set.selections, strict=True)
    )
    found = selection_set if unchanged else SelectionSet(selection_set.parent_type, tuple(selections))
    known[selection_set] = found
    return found


def _add_conditions(selection_set: SelectionSet, fragment: FragmentSelection) -> SelectionSet:
    if not fragment.conditions:
        return selection_set
    selections: list[Selection] = []
    for selection in selection_set.selections:
        conditions = combine_conditions((*selection.conditions, *fragment.conditions))
        if conditions is not None:
            selections.append(replace(selection, conditions=conditions))
    return SelectionSet(selection_set.parent_type, tuple(selections))
