"""From ``(name, url, sdl)`` to :class:`~router.federation.subgraph.Subgraph`: stages 1 to 3 of composition.

Enters: the sources of all subgraphs. Leaves: :class:`BuildResult`, with either subgraphs or errors.
Invariant: a subgraph leaves only if it is valid by itself, and then it speaks Federation 2, sorted by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphql import GraphQLSyntaxError, parse
from graphql.language import ast

from router.federation.canonical import canonicalise, drop_empty_roots, rename_roots
from router.federation.definitions import complete_definitions
from router.federation.errors import CompositionError, ErrorCode
from router.federation.findings import Findings
from router.federation.links import check_versions, read_links
from router.federation.rules import check_subgraph
from router.federation.subgraph import Subgraph
from router.federation.upgrade import upgrade_subgraphs
from router.federation.validity import (
    check_definitions,
    check_elements,
    check_implementations,
    check_references,
    check_schema_directives,
    check_structure,
)
from router.federation.versions import FEDERATION_1
from router.type_system.reader import SchemaReading, read_schema_with_duplicates


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """A subgraph as given: its name, the address of its service, and its SDL."""

    name: str
    url: str
    sdl: str


@dataclass(frozen=True, slots=True)
class BuildResult:
    """Subgraphs sorted by name, or the errors that keep them from being built; never both."""

    subgraphs: tuple[Subgraph, ...] = ()
    errors: tuple[CompositionError, ...] = ()


def build_subgraphs(sources: Sequence[SubgraphSource]) -> BuildResult:
    """Build, upgrade and validate all subgraphs."""
    errors = list(_check_names(sources))
    subgraphs: list[Subgraph] = []
    for source in sources:
        findings = Findings(source.name, source.sdl)
        subgraph = build_subgraph(source, findings)
        if subgraph is not None and subgraph.version != FEDERATION_1:
            subgraph = check_subgraph(subgraph, findings)
        errors.extend(findings.errors)
        if subgraph is not None:
            subgraphs.append(subgraph)
    if errors:
        return BuildResult(errors=tuple(errors))
    return _upgrade(sorted(subgraphs, key=lambda subgraph: subgraph.name))


def _check_names(sources: Sequence[SubgraphSource]) -> list[CompositionError]:
    errors: list[CompositionError] = []
    seen: set[str] = set()
    for source in sources:
        problem = None
        if source.name == "_":
            problem = "is reserved; rename the subgraph"
        elif not source.name:
            problem = "is empty; name the subgraph"
        elif source.name in seen:
            problem = "is the name of more than one subgraph; rename one"
        seen.add(source.name)
        if problem:
            message = f'[{ErrorCode.INVALID_SUBGRAPH_NAME}] "{source.name}" {problem}'
            errors.append(CompositionError(ErrorCode.INVALID_SUBGRAPH_NAME, message, (source.name,)))
    return errors


def _upgrade(subgraphs: Sequence[Subgraph]) -> BuildResult:
    if all(subgraph.version != FEDERATION_1 for subgraph in subgraphs):
        return BuildResult(tuple(subgraphs))
    upgraded, errors = upgrade_subgraphs(subgraphs)
    if errors:
        return BuildResult(errors=tuple(errors))
    checked: list[Subgraph] = []
    for subgraph in upgraded:
        if subgraph.version == FEDERATION_1:
            findings = Findings(subgraph.name, subgraph.sdl)
            subgraph = check_subgraph(subgraph, findings)
            errors.extend(findings.errors)
        checked.append(subgraph)
    return BuildResult(errors=tuple(errors)) if errors else BuildResult(tuple(checked))


def build_subgraph(source: SubgraphSource, findings: Findings) -> Subgraph | None:
    """Build one subgraph, without upgrade and federation rules; ``None`` where findings forbid to go on."""
    reading = _read(source, findings)
    if reading is None:
        return None
    schema = reading.schema
    check_definitions(schema, reading.duplicates, findings)
    if findings.errors:
        return None
    definitions = Findings(source.name, source.sdl)
    links = read_links(schema, definitions)
    if definitions.errors and not links.explicit:
        findings.errors.extend(definitions.errors)
        return None
    check_versions(links, definitions)
    lexicon = complete_definitions(schema, links, definitions)
    check_schema_directives(schema, lexicon.directives, findings)
    if findings.errors:
        return None
    check_references(schema, reading.duplicates, lexicon, findings)
    if findings.errors:
        return None
    findings.errors.extend(definitions.errors)
    check_structure(schema, lexicon.directives, findings)
    if findings.errors:
        return None
    check_elements(schema, lexicon, findings)
    check_implementations(schema, findings)
    if findings.errors:
        return None
    schema = drop_empty_roots(rename_roots(canonicalise(schema, lexicon), findings))
    return Subgraph(source.name, source.url, source.sdl, schema, lexicon.version, links.features)


def _read(source: SubgraphSource, findings: Findings) -> SchemaReading | None:
    try:
        document = parse(source.sdl)
    except GraphQLSyntaxError as error:
        problem = f"does not parse: {error.description}; correct it"
        findings.add(ErrorCode.INVALID_GRAPHQL, "", f"The schema of {source.name} {problem}", error.positions[0])
        return None
    for definition in document.definitions:
        if isinstance(definition, ast.ExecutableDefinitionNode):
            problem = "has an operation or a fragment in its schema; remove it"
            findings.add(ErrorCode.INVALID_GRAPHQL, "schema", problem, definition.loc.start if definition.loc else -1)
            return None
    return read_schema_with_duplicates(document)
