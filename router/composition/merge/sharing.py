"""Who may resolve a field: one subgraph, or several that all say ``@shareable``.

Enters: the sources of an object's field after overrides. Leaves: errors. Invariant: an ``@interfaceObject`` resolves
its fields for every implementation of its interface, so it counts as one more resolver of each.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.abstract_fields import abstract_fields
from router.composition.merge.facts import has_directive
from router.composition.merge.overrides import OverrideOutcome
from router.composition.merge.state import Merge
from router.composition.report import Source, spell
from router.federation.errors import ErrorCode
from router.federation.subgraph import SHAREABLE
from router.type_system.model import Field


def check_sharing(
    merge: Merge, type_name: str, field_name: str, sources: Sequence[Source[Field]], overrides: OverrideOutcome
) -> None:
    """Check that every resolver of a field agrees to share it."""
    resolvers: list[tuple[Source[Field], str, bool]] = []
    for index, item in sources:
        if index not in overrides.overridden and merge.facts[index].is_resolved(type_name, field_name):
            resolvers.append(((index, item), merge.subgraphs[index].name, _shareable(merge, index, type_name, item)))
    for found in abstract_fields(merge, type_name, field_name):
        if merge.facts[found.subgraph].is_resolved(found.interface, field_name):
            name = f"{merge.subgraphs[found.subgraph].name} (by the @interfaceObject {found.interface})"
            shareable = _shareable(merge, found.subgraph, found.interface, found.field)
            resolvers.append(((found.subgraph, found.field), name, shareable))
    if len(resolvers) < 2:
        return
    unwilling = [name for _, name, shareable in resolvers if not shareable]
    if not unwilling:
        return
    coordinate = f"{type_name}.{field_name}"
    merge.report.error(
        ErrorCode.INVALID_FIELD_SHARING,
        f"{coordinate} is resolved by {spell([name for _, name, _ in resolvers])}",
        [source for source, _, _ in resolvers],
        [coordinate],
        f"mark it @shareable in {spell(unwilling)}, or resolve it in one subgraph only",
    )


def check_subscription(merge: Merge, type_name: str, field_name: str, sources: Sequence[Source[Field]]) -> None:
    """A subscription has one source of events, so its root fields can't be shared."""
    shared = [(i, item) for i, item in sources if has_directive(item.directives, SHAREABLE)]
    if shared:
        coordinate = f"{type_name}.{field_name}"
        merge.report.error(
            ErrorCode.INVALID_FIELD_SHARING,
            f"{coordinate} is a root field of subscription and marked @shareable",
            shared,
            [coordinate],
            "resolve it in one subgraph only",
        )


def _shareable(merge: Merge, index: int, type_name: str, item: Field) -> bool:
    return merge.facts[index].is_shareable(type_name, item)
