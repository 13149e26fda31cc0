"""DISALLOWED_INACCESSIBLE: the elements of linked features aren't clients' business, so they can't be hidden either."""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.rules.inaccessible.visibility import see
from router.federation.errors import ErrorCode
from router.supergraph.model import Supergraph


def feature_elements_are_not_hidden(merge: Merge, supergraph: Supergraph) -> None:
    """Check the definitions of composed directives."""
    visibility = see(merge, supergraph.schema)
    if visibility is None:
        return
    for name in merge.features.definitions:
        definition = supergraph.schema.directive_definitions[name]
        for argument in definition.arguments.values():
            if visibility.hides(argument):
                merge.report.error(
                    ErrorCode.DISALLOWED_INACCESSIBLE,
                    f"@{definition.name}({argument.name}:) is @inaccessible, but belongs to a linked feature",
                    (),
                    [f"@{definition.name}({argument.name}:)"],
                    "remove @inaccessible there",
                )
