"""Stage 5 of composition: what must hold once everything is merged.

Enters: a merge without errors and its supergraph. Leaves: errors in the report. Invariant: a rule reads and reports,
and changes nothing; rules of one group don't depend on each other, and a group runs only if the ones before it found
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from router.composition.merge.state import Merge
from router.composition.rules.access_is_transitive import access_is_transitive
from router.composition.rules.applications_fit_their_definitions import applications_fit_their_definitions
from router.composition.rules.defaults_are_valid import defaults_are_valid
from router.composition.rules.deprecated_inputs_are_optional import deprecated_inputs_are_optional
from router.composition.rules.graph_names_are_valid import graph_names_are_valid
from router.composition.rules.inaccessible.defaults_are_visible import defaults_are_visible
from router.composition.rules.inaccessible.feature_elements_are_not_hidden import feature_elements_are_not_hidden
from router.composition.rules.inaccessible.feature_types_are_not_referenced import feature_types_are_not_referenced
from router.composition.rules.inaccessible.implementations_are_visible import implementations_are_visible
from router.composition.rules.inaccessible.query_root_is_visible import query_root_is_visible
from router.composition.rules.inaccessible.references_are_visible import references_are_visible
from router.composition.rules.inaccessible.required_inputs_are_visible import required_inputs_are_visible
from router.composition.rules.inaccessible.types_keep_children import types_keep_children
from router.composition.rules.input_objects_are_finite import input_objects_are_finite
from router.composition.rules.interface_fields_are_implemented import interface_fields_are_implemented
from router.composition.rules.referenced_types_exist import referenced_types_exist
from router.composition.rules.requires_are_valid import requires_are_valid
from router.composition.rules.types_implement_their_interfaces import types_implement_their_interfaces
from router.supergraph.model import Supergraph

Rule: TypeAlias = Callable[[Merge, Supergraph], None]

RULES: tuple[tuple[Rule, ...], ...] = (
    (interface_fields_are_implemented, requires_are_valid, access_is_transitive),
    (
        graph_names_are_valid,
        referenced_types_exist,
        types_implement_their_interfaces,
        input_objects_are_finite,
        defaults_are_valid,
        deprecated_inputs_are_optional,
        applications_fit_their_definitions,
    ),
    (
        feature_elements_are_not_hidden,
        feature_types_are_not_referenced,
        query_root_is_visible,
        types_keep_children,
        references_are_visible,
        implementations_are_visible,
        required_inputs_are_visible,
        defaults_are_visible,
    ),
)


def check_rules(merge: Merge, supergraph: Supergraph) -> None:
    """Run the groups in order, up to the first that finds something."""
    for group in RULES:
        for rule in group:
            rule(merge, supergraph)
        if merge.report.errors:
            return
