"""Which directives the supergraph carries, and what they are called there.

Enters: what the subgraphs link, and the directives that they use. Leaves: :class:`MergedDirective` by the name that a
built subgraph uses, the linked features, and the definitions that come with them. Invariant: a directive has one name
in all subgraphs that use it; where it has several, that is an error and nothing is merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from router.composition.merge.argument_strategies import (
    Strategy,
    conjunction,
    maximum,
    nullable_and,
    nullable_maximum,
    nullable_union,
)
from router.composition.merge.facts import SubgraphFacts
from router.composition.report import Report
from router.federation.errors import ErrorCode
from router.federation.subgraph import LinkedFeature, Subgraph, Version
from router.federation.versions import FEDERATION_IDENTITY, SPECS_DOMAIN
from router.type_system.model import (
    DirectiveDefinition,
    ListType,
    NamedType,
    NonNullType,
    ScalarType,
    TypeDefinition,
    TypeRef,
)
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

_STRATEGIES: Mapping[str, Mapping[str, Strategy]] = {
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


@dataclass(frozen=True, slots=True)
class MergedDirective:
    """A directive that the supergraph carries.

    ``name`` is its name there; ``strategies`` say how different applications become one, by argument; where there
    is none, the most frequent application wins.
    """

    name: str
    definition: DirectiveDefinition
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    builtin: bool = False


@cache
def _builtins() -> Mapping[str, MergedDirective]:
    schema = read_schema(
        """
        directive @deprecated(reason: String = "No longer supported")
          on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        directive @specifiedBy(url: String!) on SCALAR
        """
    )
    return {
        name: MergedDirective(name, definition, builtin=True)
        for name, definition in schema.directive_definitions.items()
    }


@dataclass(slots=True)
class MergedFeatures:
    """``directives`` by the name that built subgraphs use; ``carried`` are those that become ``@join__directive``."""

    directives: dict[str, MergedDirective] = field(default_factory=lambda: dict(_builtins()))
    links: list[LinkedFeature] = field(default_factory=list)
    definitions: dict[str, DirectiveDefinition] = field(default_factory=dict)
    types: dict[str, TypeDefinition] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)


@cache
def _own_definitions(name: str) -> tuple[Mapping[str, DirectiveDefinition], Mapping[str, TypeDefinition]]:
    feature = next(feature for feature in FEATURES if feature.name == name)
    schema = read_schema(feature.sdl)
    return schema.directive_definitions, schema.types


def merge_features(
    subgraphs: Sequence[Subgraph], facts: Sequence[SubgraphFacts], merged: MergedFeatures, report: Report
) -> None:
    """Find the federation directives in use, their names, and the features to link for them.

    ``merged`` has the composed custom features already. A feature whose own name is taken by another directive is
    linked under an alias.
    """
    named = [
        (feature, names)
        for feature in FEATURES
        if (names := _names_in_use(feature, subgraphs, facts, report)) is not None
    ]
    taken = set(merged.definitions)
    taken.update(name for _, names in named for directive, name in names.items() if name != directive)
    aliases = 0
    for feature, names in named:
        alias = feature.name
        if alias in taken:
            alias, aliases = f"_{aliases}{alias}", aliases + 1
        _link(merged, feature, alias, names)


def _names_in_use(
    feature: FeatureSpecification, subgraphs: Sequence[Subgraph], facts: Sequence[SubgraphFacts], report: Report
) -> dict[str, str] | None:
    """Return the local name of each directive of a feature that is in use, ``None`` where none is."""
    names: dict[str, str] = {}
    for directive in feature.directives:
        canonical = f"federation__{directive}"
        users: dict[str, list[int]] = {}
        for index, fact in enumerate(facts):
            if canonical in fact.used:
                users.setdefault(name_in(subgraphs[index], directive), []).append(index)
        if not users:
            continue
        names[directive] = next(iter(users))
        if len(users) > 1 and not feature.carried:
            said = ", ".join(f"@{name} in {report.names(indices)}" for name, indices in users.items())
            report.error(
                ErrorCode.LINK_IMPORT_NAME_MISMATCH,
                f"@{directive} is imported under different names: {said}",
                [(index, _link_of(subgraphs[index])) for indices in users.values() for index in indices],
                [f"@{name}" for name in users],
                "import it under one name in every subgraph",
            )
    return names or None


def _link_of(subgraph: Subgraph) -> LinkedFeature:
    for feature in subgraph.features:
        if feature.identity == FEDERATION_IDENTITY:
            return feature
    return LinkedFeature(FEDERATION_IDENTITY, (1, 0), "federation")


def name_in(subgraph: Subgraph, directive: str) -> str:
    """Return what a subgraph calls a federation directive such as ``tag``."""
    for feature in subgraph.features:
        if feature.identity.startswith(SPECS_DOMAIN) and feature.identity != FEDERATION_IDENTITY:
            own = feature.identity.rsplit("/", 1)[-1]
            specification = next((known for known in FEATURES if known.name == own), None)
            if specification is not None and directive in specification.directives:
                imported = feature.imports.get(f"@{directive}")
                if imported is not None:
                    return imported.removeprefix("@")
                return feature.name if directive == own else f"{feature.name}__{directive}"
    for feature in subgraph.features:
        if feature.identity == FEDERATION_IDENTITY:
            imported = feature.imports.get(f"@{directive}")
            return imported.removeprefix("@") if imported is not None else f"{feature.name}__{directive}"
    return directive


def _link(merged: MergedFeatures, feature: FeatureSpecification, alias: str, names: Mapping[str, str]) -> None:
    """Add a feature's link, its definitions under their names in the supergraph, and the way to merge them."""
    if feature.carried:
        for directive in names:
            merged.carried[f"federation__{directive}"] = f"federation__{directive}"
        merged.links.append(_linked(feature, feature.name, {}))
        return
    directives, types = _own_definitions(feature.name)
    for definition in types.values():
        assert isinstance(definition, ScalarType)
        renamed = _in_namespace(definition.name, feature.name, alias)
        merged.types[renamed] = replace(definition, name=renamed)
    imports: dict[str, str] = {}
    for own_name, own in directives.items():
        directive = own_name.removeprefix(f"{feature.name}__")
        default = alias if directive == feature.name else f"{alias}__{directive}"
        name = names.get(directive, default)
        if name != default:
            imports[f"@{directive}"] = f"@{name}"
        renamed_directive = _rename(own, name, feature.name, alias)
        merged.definitions[name] = renamed_directive
        if directive in names:
            merged.directives[f"federation__{directive}"] = MergedDirective(
                name, renamed_directive, _STRATEGIES.get(directive, {})
            )
    merged.links.append(_linked(feature, alias, imports))


def _linked(feature: FeatureSpecification, alias: str, imports: Mapping[str, str]) -> LinkedFeature:
    return LinkedFeature(f"{SPECS_DOMAIN}{feature.name}", feature.version, alias, imports, feature.purpose)


def _rename(definition: DirectiveDefinition, name: str, namespace: str, alias: str) -> DirectiveDefinition:
    if alias == namespace:
        return definition if definition.name == name else replace(definition, name=name)
    return replace(
        definition,
        name=name,
        arguments={
            argument.name: replace(argument, type=_rename_type(argument.type, namespace, alias))
            for argument in definition.arguments.values()
        },
    )


def _rename_type(ref: TypeRef, namespace: str, alias: str) -> TypeRef:
    match ref:
        case NonNullType():
            inner = _rename_type(ref.of, namespace, alias)
            assert not isinstance(inner, NonNullType)
            return NonNullType(inner)
        case ListType():
            return ListType(_rename_type(ref.of, namespace, alias))
        case NamedType():
            return NamedType(_in_namespace(ref.name, namespace, alias))


def _in_namespace(name: str, namespace: str, alias: str) -> str:
    prefix = f"{namespace}__"
    return f"{alias}__{name.removeprefix(prefix)}" if name.startswith(prefix) else name
