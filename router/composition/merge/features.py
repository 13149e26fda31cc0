"""Which directives the supergraph carries, and what they are called there.

Enters: what the subgraphs link, and the directives that they use. Leaves: :class:`MergedDirective` by the name that a
built subgraph uses, the linked features, and the definitions that come with them. Invariant: a directive has one name
in all subgraphs that use it; where it has several, that is an error and nothing is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from router.composition.merge.aliases import Aliases, belongs_to_join, names_of_elements, report_name_of_join
from router.composition.merge.argument_strategies import Strategy
from router.composition.merge.facts import SubgraphFacts
from router.composition.merge.feature_specifications import (
    FEATURES,
    STRATEGIES,
    FeatureSpecification,
    definitions_of,
)
from router.composition.report import Report
from router.federation.definitions import local_directive
from router.federation.errors import ErrorCode
from router.federation.subgraph import INACCESSIBLE, LinkedFeature, Subgraph
from router.federation.versions import FEDERATION_IDENTITY, SPECS_DOMAIN, own_vocabulary
from router.type_system.model import (
    EXECUTABLE_LOCATIONS,
    AppliedDirective,
    DirectiveDefinition,
    ListType,
    NamedType,
    NonNullType,
    ScalarType,
    TypeDefinition,
    TypeRef,
)
from router.type_system.reader import read_schema


@dataclass(frozen=True, slots=True)
class MergedDirective:
    """A directive that the supergraph carries.

    ``name`` is its name there; ``strategies`` say how different applications become one, by argument; where there
    is none, the most frequent application wins. ``exporters`` are the subgraphs that compose a custom directive: it is
    carried where one of these applies it, and then all applications count.
    """

    name: str
    definition: DirectiveDefinition
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    exporters: frozenset[int] | None = None

    def is_merged_from(self, index: int) -> bool:
        """Whether an application in a subgraph is enough for the supergraph to carry the directive."""
        return self.exporters is None or index in self.exporters


@dataclass(frozen=True, slots=True)
class UndefinedDirective:
    """A composed directive without a definition: who composes it, and which version of what feature lacks it."""

    subgraph: int
    application: AppliedDirective
    name: str
    feature: LinkedFeature


@cache
def _builtins() -> Mapping[str, MergedDirective]:
    schema = read_schema(
        """
        directive @deprecated(reason: String = "No longer supported")
          on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        directive @specifiedBy(url: String!) on SCALAR
        """
    )
    return {name: MergedDirective(name, definition) for name, definition in schema.directive_definitions.items()}


@dataclass(slots=True)
class MergedFeatures:
    """``directives`` by the name that built subgraphs use; ``carried`` are those that become ``@join__directive``.

    ``namesakes`` maps the name that a federation directive has in the supergraph to the name that built subgraphs use:
    a subgraph that defines a directive of that name by itself, without importing it, means the same by it.
    ``undefined`` are composed directives that no subgraph with the newest version of their feature defines.
    """

    directives: dict[str, MergedDirective] = field(default_factory=lambda: dict(_builtins()))
    links: list[LinkedFeature] = field(default_factory=list)
    definitions: dict[str, DirectiveDefinition] = field(default_factory=dict)
    types: dict[str, TypeDefinition] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)
    namesakes: dict[str, str] = field(default_factory=dict)
    undefined: list[UndefinedDirective] = field(default_factory=list)

    def key_of(self, application: AppliedDirective) -> str:
        """Return the name by which ``directives`` may have an applied directive."""
        return self.namesakes.get(application.name, application.name)

    def hide(self, directives: Iterable[AppliedDirective]) -> bool:
        """Whether ``@inaccessible`` is among the directives of an element of the supergraph."""
        merged = self.directives.get(INACCESSIBLE)
        return merged is not None and any(directive.name == merged.name for directive in directives)


def merge_features(
    subgraphs: Sequence[Subgraph], facts: Sequence[SubgraphFacts], merged: MergedFeatures, report: Report
) -> None:
    """Find the federation directives in use, their names, and the features to link for them.

    ``merged`` has the composed custom features already, which are named after federation's.
    """
    named = [
        (feature, names)
        for feature in FEATURES
        if (names := _names_in_use(feature, subgraphs, facts, report)) is not None
    ]
    # Aliases are numbered in the order in which subgraphs bring the features in.
    named.sort(key=lambda item: _first_user(item[0], facts))
    aliases = Aliases(lambda: names_of_elements(subgraphs))
    for feature, names in named:
        imports = {f"@{directive}": f"@{name}" for directive, name in names.items()}
        aliases.expect(_identity(feature), feature.name, imports)
    for link in merged.links:
        aliases.expect(link.identity, link.name, link.imports)
    executable = {
        definition.name
        for subgraph in subgraphs
        for definition in subgraph.schema.directive_definitions.values()
        if not EXECUTABLE_LOCATIONS.isdisjoint(definition.locations)
    }
    aliases.taken |= executable
    composed, merged.links = merged.links, []
    for feature, names in named:
        alias = feature.name if feature.carried else aliases.choose(_identity(feature), feature.name)
        _link(merged, feature, alias, names)
    aliases.taken -= executable
    merged.links[:0] = [replace(link, name=aliases.choose(link.identity, link.name)) for link in composed]


def _first_user(feature: FeatureSpecification, facts: Sequence[SubgraphFacts]) -> int:
    used = {f"federation__{directive}" for directive in feature.directives}
    return next(index for index, fact in enumerate(facts) if not used.isdisjoint(fact.used))


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
        elif belongs_to_join(names[directive]):
            sources = [(index, _link_of(subgraphs[index])) for index in users[names[directive]]]
            report_name_of_join(report, names[directive], sources)
    return names or None


def _link_of(subgraph: Subgraph) -> LinkedFeature:
    for feature in subgraph.features:
        if feature.identity == FEDERATION_IDENTITY:
            return feature
    return LinkedFeature(FEDERATION_IDENTITY, (1, 0), "federation")


def name_in(subgraph: Subgraph, directive: str) -> str:
    """Return what a subgraph calls a federation directive such as ``tag``."""
    federation = next((item for item in subgraph.features if item.identity == FEDERATION_IDENTITY), None)
    imported = None if federation is None else federation.imports.get(f"@{directive}")
    if imported is not None:
        return imported.removeprefix("@")
    for feature in subgraph.features:
        own = own_vocabulary(feature.identity, feature.version)
        if own is not None and directive in own.directives:
            return local_directive(feature, directive)
    if federation is not None:
        return f"{federation.name}__{directive}"
    return directive


def _link(merged: MergedFeatures, feature: FeatureSpecification, alias: str, names: Mapping[str, str]) -> None:
    """Add a feature's link, its definitions under their names in the supergraph, and the way to merge them."""
    if feature.carried:
        for directive in names:
            merged.carried[f"federation__{directive}"] = f"federation__{directive}"
        merged.links.append(_linked(feature, feature.name, {}))
        return
    directives, types = definitions_of(feature.name)
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
            canonical = f"federation__{directive}"
            if name not in merged.directives:
                merged.namesakes[name] = canonical
            merged.directives[canonical] = MergedDirective(name, renamed_directive, STRATEGIES.get(directive, {}))
    merged.links.append(_linked(feature, alias, imports))


def _identity(feature: FeatureSpecification) -> str:
    return f"{SPECS_DOMAIN}{feature.name}"


def _linked(feature: FeatureSpecification, alias: str, imports: Mapping[str, str]) -> LinkedFeature:
    return LinkedFeature(_identity(feature), feature.version, alias, imports, feature.purpose)


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
