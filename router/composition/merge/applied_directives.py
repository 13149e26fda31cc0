"""The directives applied to one element in several subgraphs -> those applied in the supergraph.

Enters: the sources of an element. Leaves: applied directives under their names in the supergraph, beside those that
travel as ``@join__directive``. Invariant: a repeatable directive keeps each distinct application once; another one
keeps a single application.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from router.composition.merge.features import MergedDirective
from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import HintCode
from router.federation.subgraph import CONTEXT
from router.supergraph.model import JoinDirective
from router.type_system.model import AppliedDirective, DirectiveDefinition, NoDefault
from router.type_system.values import ObjectValue, Value, print_value, same_value


class Annotated(Protocol):
    """An element that directives can be applied to."""

    @property
    def directives(self) -> tuple[AppliedDirective, ...]: ...

    @property
    def position(self) -> int: ...


def merge_applied_directives(
    merge: Merge, coordinate: str, sources: Sequence[Source[Annotated]]
) -> tuple[AppliedDirective, ...]:
    """Merge the applications of every directive that the supergraph carries."""
    found: dict[str, list[Source[AppliedDirective]]] = {}
    carried = merge.features.directives
    for index, element in sources:
        for directive in element.directives:
            name = merge.features.key_of(directive)
            if name in carried:
                found.setdefault(name, []).append((index, directive))
    if not found:
        return ()
    merged: list[AppliedDirective] = []
    for name, applications in found.items():
        if not any(carried[name].is_merged_from(index) for index, _ in applications):
            continue
        merged.extend(merge_applications(merge, coordinate, carried[name], applications))
    return tuple(merged)


def merge_applications(
    merge: Merge, coordinate: str, directive: MergedDirective, applications: Sequence[Source[AppliedDirective]]
) -> list[AppliedDirective]:
    """Merge the applications of one directive to one element, by its strategies or by frequency."""
    if len(applications) == 1:
        return [_in_supergraph(merge, directive, applications[0])]
    distinct = _distinct(merge, directive, applications)
    if directive.definition.repeatable or len(distinct) == 1:
        return [_in_supergraph(merge, directive, group[0]) for group, _ in distinct]
    if directive.strategies:
        return [_combine(merge, coordinate, directive, applications, [expanded for _, expanded in distinct])]
    chosen = max(distinct, key=lambda item: len(item[0]))[0]
    merge.report.hint(
        HintCode.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
        f"@{directive.name} is applied to {coordinate} with different arguments; the supergraph has those of "
        f"{merge.names(index for index, _ in chosen)}",
        applications,
        [coordinate],
    )
    return [_in_supergraph(merge, directive, chosen[0])]


def merge_join_directives(merge: Merge, sources: Sequence[Source[Annotated]]) -> tuple[JoinDirective, ...]:
    """Return the directives that travel as ``@join__directive``; equal ones of several subgraphs are one."""
    carried = merge.features.carried
    if not carried:
        return ()
    groups: list[tuple[AppliedDirective, list[int]]] = []
    for index, element in sources:
        for directive in element.directives:
            if directive.name not in carried:
                continue
            for known, indices in groups:
                if known.name == directive.name and _same_arguments(known.arguments, directive.arguments):
                    if index not in indices:
                        indices.append(index)
                    break
            else:
                groups.append((directive, [index]))
    return tuple(
        JoinDirective(
            tuple(merge.graph_ids[index] for index in indices),
            AppliedDirective(carried[directive.name], directive.arguments),
        )
        for directive, indices in groups
    )


def _distinct(
    merge: Merge, directive: MergedDirective, applications: Sequence[Source[AppliedDirective]]
) -> list[tuple[list[Source[AppliedDirective]], Mapping[str, Value]]]:
    """Group equal applications, each group beside its arguments with defaults filled in, and without nulls."""
    groups: list[tuple[list[Source[AppliedDirective]], Mapping[str, Value]]] = []
    for index, application in applications:
        definition = merge.subgraphs[index].schema.directive_definitions.get(application.name, directive.definition)
        expanded = _expand(definition, _arguments(merge, index, application))
        # Null is what an argument without a default is where it's left out.
        expanded = {name: value for name, value in expanded.items() if value is not None}
        for group, known in groups:
            if _same_arguments(known, expanded):
                group.append((index, application))
                break
        else:
            groups.append(([(index, application)], expanded))
    return groups


def _expand(definition: DirectiveDefinition, arguments: Mapping[str, Value]) -> Mapping[str, Value]:
    expanded = {
        argument.name: argument.default
        for argument in definition.arguments.values()
        if argument.name not in arguments and not isinstance(argument.default, NoDefault)
    }
    return {**arguments, **expanded} if expanded else arguments


def _same_arguments(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    return same_value(ObjectValue(tuple(left.items())), ObjectValue(tuple(right.items())))


def _combine(
    merge: Merge,
    coordinate: str,
    directive: MergedDirective,
    applications: Sequence[Source[AppliedDirective]],
    expanded: Sequence[Mapping[str, Value]],
) -> AppliedDirective:
    arguments: dict[str, Value] = {}
    for name, strategy in directive.strategies.items():
        values = [item[name] for item in expanded if name in item]
        if values:
            arguments[name] = strategy(values)
    combined = ", ".join(f"{name}: {print_value(value)}" for name, value in arguments.items())
    merge.report.hint(
        HintCode.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
        f"@{directive.name} is applied to {coordinate} with different arguments; the supergraph combines them "
        f"into @{directive.name}({combined})",
        applications,
        [coordinate],
    )
    return AppliedDirective(directive.name, arguments)


def _in_supergraph(merge: Merge, directive: MergedDirective, application: Source[AppliedDirective]) -> AppliedDirective:
    index, applied = application
    return replace(
        applied, name=directive.name, arguments=_arguments(merge, index, applied), extension=False, position=-1
    )


def _arguments(merge: Merge, index: int, applied: AppliedDirective) -> Mapping[str, Value]:
    """Return an application's arguments; contexts are named apart, since each belongs to one subgraph."""
    if applied.name == CONTEXT:
        return {"name": context_name(merge, index, applied.arguments.get("name"))}
    return applied.arguments


def context_name(merge: Merge, index: int, name: Value) -> str:
    """Return what the supergraph calls a context of one subgraph."""
    return f"{merge.subgraphs[index].name}__{name}"
