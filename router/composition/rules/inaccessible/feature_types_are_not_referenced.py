"""REFERENCED_INACCESSIBLE: what clients see doesn't refer to the types of a linked feature, which they never see."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.feature_elements_are_not_hidden import feature_types
from router.composition.rules.inaccessible.visibility import Visibility, see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import UnionType, named_type


def feature_types_are_not_referenced(merge: Merge, supergraph: Supergraph) -> None:
    """Check the types of all visible elements, and the members of visible unions."""
    names = {definition.name for definition in feature_types(supergraph)}
    if not names:
        return
    visibility = see(merge, supergraph.schema) or Visibility(merge, supergraph.schema, "")
    for coordinate, name in _references(visibility):
        if name in names and coordinate.partition(".")[0] not in names:
            merge.report.error(
                ErrorCode.REFERENCED_INACCESSIBLE,
                f"{name} belongs to a linked feature, but {coordinate}, which is visible, refers to it",
                merge.sources.get(coordinate.partition(".")[0], ()),
                [coordinate, name],
                "use a type outside of the feature's namespace",
            )


def _references(visibility: Visibility) -> Iterator[tuple[str, str]]:
    for coordinate, item in visibility.fields():
        yield coordinate, named_type(item.type)
    for coordinate, value in visibility.inputs():
        # The directives of a feature may well have its types.
        if not visibility.hides(value) and not coordinate.startswith("@"):
            yield coordinate, named_type(value.type)
    for definition in visibility.types():
        if isinstance(definition, UnionType):
            for member in definition.members:
                yield definition.name, member
