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
from router.composition.report import Source
from router.type_system.model import AppliedDirective, Field, InterfaceType, ObjectType, TypeDefinition


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
    own = _first_subgraph(merge, definition)
    for item in definition.fields.values():
        sources = [(own, item.directives)]
        sources += [
            (_first_subgraph(merge, candidate), candidate.fields[item.name].directives)
            for candidate in implementations
            if item.name in candidate.fields
        ]
        directives = _combine(merge, f"{definition.name}.{item.name}", sources, merged)
        fields[item.name] = item if directives == item.directives else replace(item, directives=directives)
    sources = [(own, definition.directives)]
    sources += [(_first_subgraph(merge, candidate), candidate.directives) for candidate in implementations]
    return replace(definition, fields=fields, directives=_combine(merge, definition.name, sources, merged))


def _first_subgraph(merge: Merge, definition: TypeDefinition) -> int:
    """Return a subgraph to name in hints: merged directives stand for several."""
    return merge.sources[definition.name][0][0]


def _combine(
    merge: Merge,
    coordinate: str,
    sources: Sequence[Source[tuple[AppliedDirective, ...]]],
    merged: Sequence[MergedDirective],
) -> tuple[AppliedDirective, ...]:
    """Return the directives of the first source with the requirements of all."""
    directives = sources[0][1]
    for directive in merged:
        applications = [
            (index, applied) for index, source in sources for applied in source if applied.name == directive.name
        ]
        if not applications:
            continue
        combined = merge_applications(merge, coordinate, directive, applications)
        directives = (*(d for d in directives if d.name != directive.name), *combined)
    return directives
