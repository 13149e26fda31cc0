"""The arguments of one field or directive in several subgraphs -> its arguments in the supergraph.

Invariant: an argument is in the supergraph only where every source has it, since a client may send it to any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from router.composition.merge.applied_directives import merge_applied_directives
from router.composition.merge.defaults import merge_defaults
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.state import Merge
from router.composition.merge.type_references import ARGUMENT, merge_type_references
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.federation.subgraph import FROM_CONTEXT
from router.type_system.model import InputValue


class HasArguments(Protocol):
    """A field or a directive definition."""

    @property
    def arguments(self) -> Mapping[str, InputValue]: ...

    @property
    def position(self) -> int: ...


def is_contextual(argument: InputValue) -> bool:
    """Whether an argument is filled from a context."""
    return any(directive.name == FROM_CONTEXT for directive in argument.directives)


def merge_arguments(merge: Merge, owner: str, sources: Sequence[Source[HasArguments]]) -> dict[str, InputValue]:
    """Merge the arguments of ``owner``, a coordinate such as ``Type.field`` or ``@directive``."""
    names: dict[str, None] = {}
    for _, element in sources:
        if element.arguments:
            names.update(dict.fromkeys(element.arguments))
    merged: dict[str, InputValue] = {}
    for name in names:
        having = [(index, element.arguments[name]) for index, element in sources if name in element.arguments]
        coordinate = f"{owner}({name}:)"
        if any(is_contextual(argument) for _, argument in having):
            _check_contextual(merge, coordinate, sources, having)
        elif len(having) < len(sources):
            _tell_missing(merge, coordinate, sources, having)
        else:
            merged[name] = _merge_argument(merge, coordinate, name, having)
    return merged


def _merge_argument(merge: Merge, coordinate: str, name: str, sources: Sequence[Source[InputValue]]) -> InputValue:
    merged_type, _ = merge_type_references(merge, coordinate, sources, ARGUMENT)
    return InputValue(
        name=name,
        type=merged_type,
        default=merge_defaults(merge, coordinate, sources, ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH),
        description=merge_descriptions(merge, coordinate, sources),
        directives=merge_applied_directives(merge, coordinate, sources),
    )


def _tell_missing(
    merge: Merge, coordinate: str, sources: Sequence[Source[HasArguments]], having: Sequence[Source[InputValue]]
) -> None:
    known = {index for index, _ in having}
    lacking = [(index, element) for index, element in sources if index not in known]
    requiring = [(index, argument) for index, argument in having if argument.required]
    if requiring:
        merge.report.error(
            ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
            f"{coordinate} is required in {merge.names(i for i, _ in requiring)} "
            f"but missing in {merge.names(i for i, _ in lacking)}",
            [*requiring, *lacking],
            [coordinate],
            "add it everywhere, or make it optional",
        )
        return
    merge.report.hint(
        HintCode.INCONSISTENT_ARGUMENT_PRESENCE,
        f"{coordinate} is missing in {merge.names(i for i, _ in lacking)}, so the supergraph leaves it out",
        [*having, *lacking],
        [coordinate],
    )


def _check_contextual(
    merge: Merge, coordinate: str, sources: Sequence[Source[HasArguments]], having: Sequence[Source[InputValue]]
) -> None:
    """A contextual argument is no client's business; elsewhere it must be contextual too, or optional."""
    contextual = {index for index, argument in having if is_contextual(argument)}
    plain = [(index, argument) for index, argument in having if index not in contextual]
    requiring = [(index, argument) for index, argument in plain if argument.required]
    if requiring:
        merge.report.error(
            ErrorCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
            f"{coordinate} is filled from a context in {merge.names(contextual)} "
            f"but required in {merge.names(i for i, _ in requiring)}",
            having,
            [coordinate],
            "fill it with @fromContext everywhere, or make it optional",
        )
    elif plain:
        merge.report.hint(
            HintCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
            f"{coordinate} is filled from a context in {merge.names(contextual)} only, so the supergraph leaves it out",
            having,
            [coordinate],
        )
