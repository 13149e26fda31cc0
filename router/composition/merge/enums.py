"""One enum in several subgraphs -> the values that are safe wherever the enum is used, and who has which.

Enters: the sources of an enum, and how fields and arguments use it. Leaves: the enum. Invariant: as output all values
are kept; as input only those that every subgraph has; as both they must be the same. An ``@inaccessible`` value is
exempt, since no client sees it.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.applied_directives import merge_applied_directives
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.joins import join_types
from router.composition.merge.state import EnumUsage, Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.supergraph.model import TypeJoins
from router.type_system.model import EnumType, EnumValueDefinition


def merge_enum(merge: Merge, name: str) -> None:
    """Merge an enum; fields, arguments and directive definitions must have been merged before."""
    sources: list[Source[EnumType]] = [
        (index, definition) for index, definition in merge.sources[name] if isinstance(definition, EnumType)
    ]
    usage = merge.enum_usage.get(name)
    if usage is None:
        usage = EnumUsage(as_output=name)
        merge.report.hint(
            HintCode.UNUSED_ENUM_TYPE,
            f"{name} is used by nothing, so the supergraph has all its values",
            sources,
            [name],
        )
    found: dict[str, list[Source[EnumValueDefinition]]] = {}
    for index, definition in sources:
        for value in definition.values.values():
            found.setdefault(value.name, []).append((index, value))
    values: dict[str, EnumValueDefinition] = {}
    for value_name, having in found.items():
        coordinate = f"{name}.{value_name}"
        merged = EnumValueDefinition(
            name=value_name,
            description=merge_descriptions(merge, coordinate, having),
            directives=merge_applied_directives(merge, coordinate, having),
        )
        if len(having) == len(sources) or _keep(merge, sources, having, merged, usage):
            values[value_name] = merged
    if not values:
        merge.report.error(
            ErrorCode.EMPTY_MERGED_ENUM_TYPE,
            f"{name} has no value that {merge.names(index for index, _ in sources)} all have",
            sources,
            [name],
            "give them a value in common",
        )
    merge.types[name] = EnumType(
        name=name,
        description=merge_descriptions(merge, name, sources),
        directives=merge_applied_directives(merge, name, sources),
        values=values,
    )
    merge.joins[name] = TypeJoins(
        types=join_types(merge, name, sources),
        values={value_name: tuple(merge.graph_ids[index] for index, _ in found[value_name]) for value_name in values},
    )


def _keep(
    merge: Merge,
    sources: Sequence[Source[EnumType]],
    having: Sequence[Source[EnumValueDefinition]],
    merged: EnumValueDefinition,
    usage: EnumUsage,
) -> bool:
    """Decide on a value that some sources lack."""
    coordinate = f"{sources[0][1].name}.{merged.name}"
    known = {index for index, _ in having}
    missing = [index for index, _ in sources if index not in known]
    where = f"{coordinate} is in {merge.names(known)}, but not in {merge.names(missing)}"
    if usage.as_input is None:
        merge.report.hint(HintCode.INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM, where, having, [coordinate])
        return True
    if merge.features.hide(merged.directives):
        return True
    if usage.as_output is None:
        merge.report.hint(
            HintCode.INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM,
            f"{where}; it is used as input only, so the supergraph leaves it out",
            having,
            [coordinate],
        )
        return False
    merge.report.error(
        ErrorCode.ENUM_VALUE_MISMATCH,
        f"{where}, and the enum is used both as input ({usage.as_input}) and as output ({usage.as_output})",
        having,
        [coordinate],
        "add it everywhere, or mark it @inaccessible until it is",
    )
    return True
