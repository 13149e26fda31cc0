"""What it takes to read an interface: the requirements of all its implementations together.

Enters: merged objects with ``@authenticated``, ``@requiresScopes`` and ``@policy``. Leaves: interfaces that require
their conjunction, type by type and field by field. Invariant: whoever may read a field by an interface may read it on
every implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from router.composition.merge.applied_directives import merge_applications
from router.composition.merge.features import MergedDirective
from router.composition.merge.interface_objects import ACCESS_CONTROL
from router.composition.merge.state import Merge
from router.type_system.model import AppliedDirective, Field, InterfaceType, ObjectType


def propagate_access_control(merge: Merge) -> None:
    """Give interfaces the requirements of their implementations."""
    merged = [merge.features.directives[name] for name in ACCESS_CONTROL if name in merge.features.directives]
    if not merged:
        return
    for name, definition in merge.types.items():
        if not isinstance(definition, InterfaceType):
            continue
        implementations = [
            candidate
            for candidate_name in merge.implementations.get(name, ())
            if isinstance(candidate := merge.types.get(candidate_name), ObjectType)
        ]
        if implementations:
            merge.types[name] = _with_requirements(merge, definition, implementations, merged)


def _with_requirements(
    merge: Merge, definition: InterfaceType, implementations: Sequence[ObjectType], merged: Sequence[MergedDirective]
) -> InterfaceType:
    fields: dict[str, Field] = {}
    for item in definition.fields.values():
        others = [candidate.fields[item.name] for candidate in implementations if item.name in candidate.fields]
        directives = _combine(
            merge, f"{definition.name}.{item.name}", item.directives, [other.directives for other in others], merged
        )
        fields[item.name] = item if directives == item.directives else replace(item, directives=directives)
    own = _combine(
        merge, definition.name, definition.directives, [other.directives for other in implementations], merged
    )
    return replace(definition, fields=fields, directives=own)


def _combine(
    merge: Merge,
    coordinate: str,
    own: tuple[AppliedDirective, ...],
    others: Sequence[tuple[AppliedDirective, ...]],
    merged: Sequence[MergedDirective],
) -> tuple[AppliedDirective, ...]:
    directives = own
    for directive in merged:
        # The applications are merged ones, under supergraph names: no subgraph's own definition matters any more.
        applications = [(0, d) for source in (own, *others) for d in source if d.name == directive.name]
        if not applications:
            continue
        combined = merge_applications(merge, coordinate, directive, applications)
        directives = (*(d for d in directives if d.name != directive.name), *combined)
    return directives
