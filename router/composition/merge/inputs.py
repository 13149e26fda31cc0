"""One input object in several subgraphs -> the fields that all of them have.

Invariant: a field is in the supergraph only where every subgraph that has the type has the field, since a client may
send the value to any of them; an ``@inaccessible`` field is exempt.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.applied_directives import merge_applied_directives
from router.composition.merge.defaults import merge_defaults
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.joins import join_types
from router.composition.merge.state import Merge
from router.composition.merge.type_references import INPUT_FIELD, merge_type_references
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.supergraph.model import JoinField, TypeJoins
from router.type_system.model import InputObjectType, InputValue


def merge_input(merge: Merge, name: str) -> None:
    """Merge an input object."""
    sources: list[Source[InputObjectType]] = [
        (index, definition) for index, definition in merge.sources[name] if isinstance(definition, InputObjectType)
    ]
    # What isn't an input object where others are has no field that could be given.
    users = [*(index for index, _ in sources), *merge.of_other_kinds.get(name, ())]
    found: dict[str, list[Source[InputValue]]] = {}
    for index, definition in sources:
        for item in definition.fields.values():
            found.setdefault(item.name, []).append((index, item))
    fields: dict[str, InputValue] = {}
    joins: dict[str, tuple[JoinField, ...]] = {}
    for field_name, having in found.items():
        coordinate = f"{name}.{field_name}"
        merged_type, equal = merge_type_references(merge, coordinate, having, INPUT_FIELD)
        merged = InputValue(
            name=field_name,
            type=merged_type,
            default=merge_defaults(merge, coordinate, having, ErrorCode.INPUT_FIELD_DEFAULT_MISMATCH),
            description=merge_descriptions(merge, coordinate, having),
            directives=merge_applied_directives(merge, coordinate, having),
        )
        complete = len(having) == len(users)
        if not complete and not merge.features.hide(merged.directives):
            _tell_missing(merge, coordinate, users, having)
            continue
        fields[field_name] = merged
        if not complete or not equal:
            joins[field_name] = tuple(
                JoinField(graph=merge.graph_ids[index], type=None if equal else item.type) for index, item in having
            )
    if not fields:
        merge.report.error(
            ErrorCode.EMPTY_MERGED_INPUT_TYPE,
            f"{name} has no field that {merge.names(users)} all have",
            sources,
            [name],
            "give them a field in common",
        )
    merge.types[name] = InputObjectType(
        name=name,
        description=merge_descriptions(merge, name, sources),
        directives=merge_applied_directives(merge, name, sources),
        fields=fields,
    )
    merge.joins[name] = TypeJoins(types=join_types(merge, name, sources), fields=joins)


def _tell_missing(merge: Merge, coordinate: str, users: Sequence[int], having: Sequence[Source[InputValue]]) -> None:
    """A field that some sources lack is left out."""
    known = {index for index, _ in having}
    missing = merge.names(index for index in users if index not in known)
    requiring = [(index, item) for index, item in having if item.required]
    if requiring:
        merge.report.error(
            ErrorCode.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
            f"{coordinate} is required in {merge.names(i for i, _ in requiring)} but missing in {missing}",
            having,
            [coordinate],
            "add it everywhere, or make it optional",
        )
    else:
        merge.report.hint(
            HintCode.INCONSISTENT_INPUT_OBJECT_FIELD,
            f"{coordinate} is missing in {missing}, so the supergraph leaves it out",
            having,
            [coordinate],
        )
