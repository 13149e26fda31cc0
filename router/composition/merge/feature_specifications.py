"""The specifications that a supergraph links for federation's own directives, and how their arguments merge.

Enters: nothing. Leaves: :data:`FEATURES`, :data:`STRATEGIES`, and definitions read from SDL. Invariant: definitions are
in the namespace of their feature; whoever links a feature under another name renames them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from router.composition.merge.argument_strategies import (
    Strategy,
    conjunction,
    maximum,
    nullable_and,
    nullable_maximum,
    nullable_union,
)
from router.federation.subgraph import Version
from router.type_system.model import DirectiveDefinition, TypeDefinition
from router.type_system.reader import read_schema

_EVERYWHERE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE"
    " | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_ACCESS = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"


@dataclass(frozen=True, slots=True)
class FeatureSpecification:
    """A specification that the supergraph links as soon as a subgraph uses one of its directives.

    ``sdl`` defines the feature under its own namespace; ``carried`` features travel as ``@join__directive``.
    """

    name: str
    version: Version
    purpose: str | None
    directives: tuple[str, ...]
    sdl: str
    carried: bool = False


FEATURES: tuple[FeatureSpecification, ...] = (
    FeatureSpecification(
        "tag", (0, 3), None, ("tag",), f"directive @tag(name: String!) repeatable on {_EVERYWHERE} | SCHEMA"
    ),
    FeatureSpecification(
        "inaccessible", (0, 2), "SECURITY", ("inaccessible",), f"directive @inaccessible on {_EVERYWHERE}"
    ),
    FeatureSpecification(
        "cost",
        (0, 1),
        None,
        ("cost", "listSize"),
        """
        directive @cost(weight: Int!)
          on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
        directive @cost__listSize(
          assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]
          requireOneSlicingArgument: Boolean = true
        ) on FIELD_DEFINITION
        """,
    ),
    FeatureSpecification(
        "authenticated", (0, 1), "SECURITY", ("authenticated",), f"directive @authenticated on {_ACCESS}"
    ),
    FeatureSpecification(
        "requiresScopes",
        (0, 1),
        "SECURITY",
        ("requiresScopes",),
        f"""
        scalar requiresScopes__Scope
        directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on {_ACCESS}
        """,
    ),
    FeatureSpecification(
        "policy",
        (0, 1),
        "SECURITY",
        ("policy",),
        f"""
        scalar policy__Policy
        directive @policy(policies: [[policy__Policy!]!]!) on {_ACCESS}
        """,
    ),
    FeatureSpecification(
        "context",
        (0, 1),
        "SECURITY",
        ("context",),
        """
        scalar context__ContextFieldValue
        directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
        directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION
        """,
    ),
    FeatureSpecification("cacheTag", (0, 1), "EXECUTION", ("cacheTag",), "", carried=True),
)

STRATEGIES: Mapping[str, Mapping[str, Strategy]] = {
    "requiresScopes": {"scopes": conjunction},
    "policy": {"policies": conjunction},
    "cost": {"weight": maximum},
    "listSize": {
        "assumedSize": nullable_maximum,
        "slicingArguments": nullable_union,
        "sizedFields": nullable_union,
        "requireOneSlicingArgument": nullable_and,
    },
}


@cache
def definitions_of(name: str) -> tuple[Mapping[str, DirectiveDefinition], Mapping[str, TypeDefinition]]:
    """Return what a feature defines: directives and types, by name."""
    feature = next(feature for feature in FEATURES if feature.name == name)
    schema = read_schema(feature.sdl)
    return schema.directive_definitions, schema.types
