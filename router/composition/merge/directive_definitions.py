"""Directive definitions of the supergraph: those that clients may use, and those that composition carries.

Enters: the subgraphs' definitions. Leaves: ``directive_definitions`` of the merge. Invariant: an executable directive
is there only if every subgraph defines it with a location in common, since an operation may send it to any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from router.composition.merge.applied_directives import merge_applied_directives
from router.composition.merge.arguments import merge_arguments
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.state import EnumUsage, Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.type_system.model import EXECUTABLE_LOCATIONS, DirectiveDefinition, EnumType, named_type

_BUILTIN = frozenset({"skip", "include", "deprecated", "specifiedBy", "defer", "stream", "oneOf"})


def merge_directive_definitions(merge: Merge) -> None:
    """Merge all directive definitions."""
    for undefined in merge.features.undefined:
        major, minor = undefined.feature.version
        merge.report.error(
            ErrorCode.DIRECTIVE_COMPOSITION_ERROR,
            f"@{undefined.name} is composed by {merge.subgraphs[undefined.subgraph].name}, but no subgraph that links "
            f"{undefined.feature.identity}/v{major}.{minor} defines it",
            [(undefined.subgraph, undefined.application)],
            [f"@{undefined.name}"],
            "define the directive where the newest version of its feature is linked",
        )
    for name, definition in merge.features.definitions.items():
        _note_enums(merge, definition)
        merge.directive_definitions[name] = _in_supergraph(merge, definition)
    found: dict[str, list[Source[DirectiveDefinition]]] = {}
    for index, subgraph in enumerate(merge.subgraphs):
        for definition in subgraph.schema.directive_definitions.values():
            if definition.name not in merge.features.definitions and definition.name not in _BUILTIN:
                found.setdefault(definition.name, []).append((index, definition))
    for name, sources in found.items():
        if any(location in EXECUTABLE_LOCATIONS for _, definition in sources for location in definition.locations):
            _merge_executable(merge, name, sources)


def _in_supergraph(merge: Merge, definition: DirectiveDefinition) -> DirectiveDefinition:
    """Return a composed directive's definition without what belongs to the subgraph that it is from."""
    arguments = {
        argument.name: replace(
            argument,
            directives=merge_applied_directives(merge, f"@{definition.name}({argument.name}:)", [(0, argument)]),
            position=-1,
        )
        for argument in definition.arguments.values()
    }
    return replace(definition, arguments=arguments, position=-1)


def _note_enums(merge: Merge, definition: DirectiveDefinition) -> None:
    for argument in definition.arguments.values():
        name = named_type(argument.type)
        sources = merge.sources.get(name)
        if sources and isinstance(sources[0][1], EnumType):
            usage = merge.enum_usage.setdefault(name, EnumUsage())
            usage.as_input = usage.as_input or f"@{definition.name}({argument.name}:)"


def _merge_executable(merge: Merge, name: str, sources: Sequence[Source[DirectiveDefinition]]) -> None:
    coordinate = f"@{name}"
    locations = _common_locations(merge, coordinate, sources)
    if not locations:
        return
    merge.directive_definitions[name] = DirectiveDefinition(
        name=name,
        arguments=merge_arguments(merge, coordinate, sources),
        locations=locations,
        repeatable=_merge_repeatable(merge, coordinate, sources),
        description=merge_descriptions(merge, coordinate, sources),
    )


def _common_locations(merge: Merge, coordinate: str, sources: Sequence[Source[DirectiveDefinition]]) -> tuple[str, ...]:
    """Return the executable locations that all subgraphs have; a hint says why there is none, by the first reason."""
    known = dict(sources)
    common: tuple[str, ...] | None = None
    for index in range(len(merge.subgraphs)):
        definition = known.get(index)
        if definition is None:
            merge.report.hint(
                HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE,
                f"{coordinate} is missing in {merge.names(i for i in range(len(merge.subgraphs)) if i not in known)}, "
                "so the supergraph leaves it out",
                sources,
                [coordinate],
            )
            return ()
        here = _executable_locations(definition)
        if common is None:
            common = here
            continue
        common = tuple(location for location in common if location in here)
        if not common:
            merge.report.hint(
                HintCode.NO_EXECUTABLE_DIRECTIVE_INTERSECTION,
                f"{coordinate} has no location that all subgraphs have, so the supergraph leaves it out",
                sources,
                [coordinate],
            )
            return ()
    assert common is not None
    if any(len(_executable_locations(definition)) != len(common) for _, definition in sources):
        merge.report.hint(
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS,
            f"{coordinate} has different locations; the supergraph has {' | '.join(common)}",
            sources,
            [coordinate],
        )
    return common


def _executable_locations(definition: DirectiveDefinition) -> tuple[str, ...]:
    return tuple(location for location in definition.locations if location in EXECUTABLE_LOCATIONS)


def _merge_repeatable(merge: Merge, coordinate: str, sources: Sequence[Source[DirectiveDefinition]]) -> bool:
    repeatable = [index for index, definition in sources if definition.repeatable]
    if 0 < len(repeatable) < len(sources):
        merge.report.hint(
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE,
            f"{coordinate} is repeatable in {merge.names(repeatable)} only, so it isn't in the supergraph",
            sources,
            [coordinate],
        )
    return len(repeatable) == len(sources)
