"""``@composeDirective``: which custom directives the supergraph carries, and the features that they belong to.

Enters: the subgraphs with their links. Leaves: custom directives and their links added to :class:`MergedFeatures`.
Invariant: a composed directive has one name and one feature wherever it is composed; its definition is that of the
newest version that is composed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from router.composition.merge.aliases import belongs_to_join, report_name_of_join
from router.composition.merge.facts import SubgraphFacts
from router.composition.merge.features import MergedDirective, MergedFeatures, UndefinedDirective, name_in
from router.composition.report import Report, Source
from router.federation.errors import ErrorCode, HintCode
from router.federation.subgraph import (
    AUTHENTICATED,
    COMPOSE_DIRECTIVE,
    CONTEXT,
    INACCESSIBLE,
    POLICY,
    REQUIRES_SCOPES,
    TAG,
    LinkedFeature,
    Subgraph,
)
from router.federation.versions import CORE_IDENTITY, FEDERATION_IDENTITY, LINK_IDENTITY, known_directives
from router.supergraph.features import local_name
from router.type_system.model import AppliedDirective

_MACHINERY = {FEDERATION_IDENTITY, LINK_IDENTITY, CORE_IDENTITY}
#: Composed without being asked for. So is what costs weigh, but to ask for that is an error.
_COMPOSED_BY_DEFAULT = {TAG, INACCESSIBLE, AUTHENTICATED, REQUIRES_SCOPES, POLICY, CONTEXT}


@dataclass(frozen=True, slots=True)
class _Composed:
    """One valid ``@composeDirective``: ``local`` is its name in the subgraph, ``original`` that in the feature."""

    subgraph: int
    feature: LinkedFeature
    original: str
    local: str
    application: AppliedDirective


def merge_composed_directives(facts: list[SubgraphFacts], features: MergedFeatures, report: Report) -> None:
    """Read every ``@composeDirective``, check that the subgraphs agree, and add what is composed."""
    composed = [
        found
        for index, fact in enumerate(facts)
        for application in fact.subgraph.schema.directives
        if application.name == COMPOSE_DIRECTIVE
        and (found := _read(index, fact.subgraph, application, report)) is not None
    ]
    refused = _check_major_versions([fact.subgraph for fact in facts], composed, report)
    refused |= _check_names(facts, composed, report)
    if not report.errors:
        for item in composed:
            if belongs_to_join(item.local):
                report_name_of_join(report, item.local, [(item.subgraph, item.application)])
    by_identity: dict[str, list[_Composed]] = {}
    for item in composed:
        if item.feature.identity not in refused:
            by_identity.setdefault(item.feature.identity, []).append(item)
    for items in by_identity.values():
        _add_feature(facts, items, features)


def _read(index: int, subgraph: Subgraph, application: AppliedDirective, report: Report) -> _Composed | None:
    name = application.arguments.get("name")
    source: Source[AppliedDirective] = (index, application)

    def refuse(text: str, remedy: str) -> None:
        report.error(ErrorCode.DIRECTIVE_COMPOSITION_ERROR, f"{text} in {subgraph.name}", [source], remedy=remedy)

    if not isinstance(name, str) or not name:
        refuse("@composeDirective has no name", 'name a directive, such as @composeDirective(name: "@custom")')
        return None
    if not name.startswith("@"):
        refuse(f'@composeDirective(name: "{name}") lacks the @', f'write "@{name}"')
        return None
    local = name[1:]
    federation = next((known for known in known_directives() if name_in(subgraph, known) == local), None)
    if federation is not None and local not in subgraph.schema.directive_definitions:
        if f"federation__{federation}" in _COMPOSED_BY_DEFAULT:
            report.hint(
                HintCode.DIRECTIVE_COMPOSITION_INFO,
                f"{name} in {subgraph.name} is composed by default, so @composeDirective has no effect",
                [source],
                [name],
            )
        else:
            refuse(f"@composeDirective names {name}, a federation directive", "federation's own are never composed")
        return None
    if local not in subgraph.schema.directive_definitions:
        refuse(f"@composeDirective names {name}, which isn't defined", "define the directive, or mend its name")
        return None
    for feature in subgraph.features:
        original = _original_name(feature, local)
        if original is not None:
            if feature.identity in _MACHINERY:
                refuse(f"@composeDirective names {name}, a federation directive", "federation's own are never composed")
                return None
            imported = feature.imports.get(f"@{original}", name)
            if imported != name:
                refuse(f"@composeDirective names {name}, which is imported as {imported}", f'write "{imported}"')
                return None
            return _Composed(index, feature, original, local, application)
    refuse(
        f"@composeDirective names {name}, which belongs to no linked feature",
        f'link its specification with @link(url: "https://.../v1.0", import: ["{name}"])',
    )
    return None


def _original_name(feature: LinkedFeature, local: str) -> str | None:
    """Return what a feature itself calls a directive, ``None`` where the directive isn't the feature's."""
    for original, imported in feature.imports.items():
        if imported == f"@{local}":
            return original.removeprefix("@")
    if local == feature.name:
        return feature.identity.rsplit("/", 1)[-1]
    prefix = f"{feature.name}__"
    return local.removeprefix(prefix) if local.startswith(prefix) else None


def _check_major_versions(subgraphs: list[Subgraph], composed: list[_Composed], report: Report) -> set[str]:
    """Return the features to leave out since the subgraphs link several major versions of them."""
    links: dict[str, list[Source[LinkedFeature]]] = {}
    for index, subgraph in enumerate(subgraphs):
        for feature in subgraph.features:
            if feature.identity not in _MACHINERY:
                links.setdefault(feature.identity, []).append((index, feature))
    refused = set()
    for identity, sources in links.items():
        majors = {feature.version[0] for _, feature in sources}
        if len(majors) < 2:
            continue
        exporters = {item.subgraph for item in composed if item.feature.identity == identity}
        exported = {feature.version[0] for index, feature in sources if index in exporters}
        text = f"{identity} is linked with several major versions"
        if len(exported) > 1:
            refused.add(identity)
            report.error(
                ErrorCode.DIRECTIVE_COMPOSITION_ERROR, text, sources, remedy="link one major version in all subgraphs"
            )
        else:
            report.hint(HintCode.DIRECTIVE_COMPOSITION_INFO, text, sources)
    return refused


def _check_names(facts: list[SubgraphFacts], composed: list[_Composed], report: Report) -> set[str]:
    """Check that one directive has one name, and one name one feature; return the features at odds."""
    refused: set[str] = set()
    by_local: dict[str, list[_Composed]] = {}
    by_original: dict[tuple[str, str], list[_Composed]] = {}
    for item in composed:
        by_local.setdefault(item.local, []).append(item)
        by_original.setdefault((item.feature.identity, item.original), []).append(item)
    for local, items in by_local.items():
        identities = {item.feature.identity for item in items}
        if len(identities) > 1 or len({item.original for item in items}) > 1:
            refused |= identities
            report.error(
                ErrorCode.DIRECTIVE_COMPOSITION_ERROR,
                f"@{local} is composed, but belongs to different features or directives",
                [(item.subgraph, item.application) for item in items],
                [f"@{local}"],
                "import the directives under different names",
            )
    for (identity, original), items in by_original.items():
        names = sorted({item.local for item in items})
        if len(names) > 1:
            refused.add(identity)
            report.error(
                ErrorCode.DIRECTIVE_COMPOSITION_ERROR,
                f"@{original} of {identity} is composed under different names: @{', @'.join(names)}",
                [(item.subgraph, item.application) for item in items],
                [f"@{name}" for name in names],
                "import it under one name",
            )
            continue
        _warn_of_other_names(facts, identity, original, items, report)
    return refused


def _warn_of_other_names(
    facts: list[SubgraphFacts], identity: str, original: str, items: list[_Composed], report: Report
) -> None:
    exporters = {item.subgraph for item in items}
    others: list[Source[LinkedFeature]] = [
        (index, feature)
        for index, fact in enumerate(facts)
        if index not in exporters
        for feature in fact.subgraph.features
        if feature.identity == identity
        and feature.imports.get(f"@{original}", f"@{items[0].local}") != f"@{items[0].local}"
    ]
    if others:
        report.hint(
            HintCode.DIRECTIVE_COMPOSITION_WARN,
            f"@{items[0].local} has another name in {report.names(index for index, _ in others)}, "
            "which doesn't compose it, so it is left out there",
            others,
            [f"@{items[0].local}"],
        )


def _add_feature(facts: list[SubgraphFacts], items: list[_Composed], features: MergedFeatures) -> None:
    """Add the directives of one feature, as its newest composed version defines them."""
    newest = max(items, key=lambda item: (item.feature.version, -item.subgraph)).feature
    linking = [
        (linked, fact.subgraph.schema.directive_definitions)
        for fact in facts
        for linked in fact.subgraph.features
        if linked.identity == newest.identity and linked.version == newest.version
    ]
    imports: dict[str, str] = {}
    for item in items:
        # Subgraphs that link one version should define one directive alike; where they don't, the last one counts.
        names = ((local_name(linked, f"@{item.original}"), known) for linked, known in reversed(linking))
        found = next((known[name] for name, known in names if name in known), None)
        if found is None:
            features.undefined.append(UndefinedDirective(item.subgraph, item.application, item.local, newest))
            continue
        imports[f"@{item.original}"] = f"@{item.local}"
        exporters = frozenset(other.subgraph for other in items if other.local == item.local)
        definition = replace(found, name=item.local)
        features.definitions[item.local] = definition
        features.directives[item.local] = MergedDirective(item.local, definition, exporters=exporters)
    name = newest.identity.rsplit("/", 1)[-1]
    features.links.append(LinkedFeature(newest.identity, newest.version, name, imports, newest.purpose))
