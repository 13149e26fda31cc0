"""``@external`` fields: what they must have in common with the field where it is resolved.

Enters: the sources of a field, and the field as merged from those that resolve it. Leaves: errors. Invariant: an
external field adds nothing to the supergraph's field.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.state import Merge
from router.composition.merge.type_references import is_subtype
from router.composition.report import Source
from router.federation.errors import ErrorCode
from router.type_system.model import Field, NoDefault
from router.type_system.values import same_value


def check_no_merged_directives(merge: Merge, coordinate: str, source: Source[Field]) -> None:
    """A directive that composition merges has no effect on an external field, so it's refused there.

    Directives that ``@composeDirective`` composes are let pass, and so are those on arguments.
    """
    index, item = source
    for directive in item.directives:
        merged = merge.features.directives.get(merge.features.key_of(directive))
        if merged is not None and merged.exporters is None:
            merge.report.error(
                ErrorCode.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL,
                f"{coordinate} is @external in {merge.subgraphs[index].name}, so @{merged.name} has no effect there",
                [(index, directive)],
                [coordinate],
                "put the directive where the field is resolved",
            )


def check_externals(
    merge: Merge, coordinate: str, externals: Sequence[Source[Field]], merged: Field, same_type: bool
) -> None:
    """Compare the type and arguments of each external field with the merged field.

    Where those that resolve it have types that differ (not ``same_type``), an external one may be narrower too.
    """
    for source in externals:
        index, item = source
        name = merge.subgraphs[index].name
        if item.type != merged.type and (same_type or not is_subtype(merge, merged.type, item.type)):
            merge.report.error(
                ErrorCode.EXTERNAL_TYPE_MISMATCH,
                f"{coordinate} is {item.type} in {name}, where it is @external, but {merged.type} where it is resolved",
                [source],
                [coordinate],
                f"declare it as {merged.type}",
            )
        _check_arguments(merge, coordinate, source, merged)


def _check_arguments(merge: Merge, coordinate: str, source: Source[Field], merged: Field) -> None:
    index, item = source
    where = f"in {merge.subgraphs[index].name}, where {coordinate} is @external"
    for argument in merged.arguments.values():
        place = f"{coordinate}({argument.name}:)"
        known = item.arguments.get(argument.name)
        if known is None:
            merge.report.error(
                ErrorCode.EXTERNAL_ARGUMENT_MISSING, f"{place} is missing {where}", [source], [place], "declare it"
            )
            continue
        if not is_subtype(merge, known.type, argument.type):
            merge.report.error(
                ErrorCode.EXTERNAL_ARGUMENT_TYPE_MISMATCH,
                f"{place} is {known.type} {where}, but {argument.type} where it is resolved",
                [(index, known)],
                [place],
                f"declare it as {argument.type}",
            )
        same = (
            known.default is argument.default
            if isinstance(known.default, NoDefault) or isinstance(argument.default, NoDefault)
            else same_value(known.default, argument.default)
        )
        if not same:
            merge.report.error(
                ErrorCode.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH,
                f"{place} has another default {where}",
                [(index, known)],
                [place],
                "give it the default that it has where it is resolved",
            )
