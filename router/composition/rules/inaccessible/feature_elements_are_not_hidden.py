"""DISALLOWED_INACCESSIBLE: the elements of linked features aren't clients' business, so they can't be hidden either."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph
from router.type_system.model import TypeDefinition


def feature_elements_are_not_hidden(merge: Merge, supergraph: Supergraph) -> None:
    """Check the definitions of composed directives."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for name in merge.features.definitions:
        directive = supergraph.schema.directive_definitions[name]
        for argument in directive.arguments.values():
            if visibility.hides(argument):
                merge.report.error(
                    ErrorCode.DISALLOWED_INACCESSIBLE,
                    f"@{name}({argument.name}:) is @inaccessible, but belongs to a linked feature",
                    (),
                    [f"@{name}({argument.name}:)"],
                    "remove @inaccessible there",
                )
    for definition in feature_types(supergraph):
        if visibility.hides(definition):
            merge.report.error(
                ErrorCode.DISALLOWED_INACCESSIBLE,
                f"{definition.name} is @inaccessible, but belongs to a linked feature",
                merge.sources.get(definition.name, ()),
                [definition.name],
                "remove @inaccessible there",
            )


def feature_types(supergraph: Supergraph) -> Iterator[TypeDefinition]:
    """Yield the types in the namespaces of linked features."""
    prefixes = tuple(f"{feature.name}__" for feature in supergraph.features)
    if prefixes:
        for definition in supergraph.schema.types.values():
            if definition.name.startswith(prefixes):
                yield definition
