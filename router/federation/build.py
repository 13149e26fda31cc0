"""From ``(name, url, sdl)`` to :class:`~router.federation.subgraph.Subgraph`: stages 1 to 3 of composition.

Enters: the sources of all subgraphs. Leaves: :class:`BuildResult`, with either subgraphs or errors.
Invariant: a subgraph leaves only if it is valid by itself, and then it speaks Federation 2, sorted by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLSyntaxError, parse
from graphql.language import ast

from router.federation.canonical import (
    canonicalise,
    directives_on_machinery,
    drop_empty_query,
    rename_roots,
    with_default_roots,
    with_scalars,
    without_service_fields,
)
from router.federation.definitions import Lexicon, complete_definitions
from router.federation.errors import CompositionError, ErrorCode
from router.federation.findings import Findings
from router.federation.links import Links, check_names, check_support, check_versions, read_links
from router.federation.literals import write_literals
from router.federation.rules import check_subgraph
from router.federation.subgraph import Subgraph
from router.federation.upgrade import check_interface_objects, upgrade_subgraphs
from router.federation.validity import (
    check_definitions,
    check_elements,
    check_implementations,
    check_imported_names,
    check_references,
    check_schema_directives,
    check_structure,
)
from router.federation.versions import FEDERATION_1
from router.type_system.model import Schema
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
    errors = _check_names(sources)
    documents = [_read(source, errors) for source in sources]
    if errors:
        return BuildResult(errors=tuple(errors))
    subgraphs: list[Subgraph] = []
    for source, document in zip(sources, documents, strict=True):
        assert document is not None
        findings = Findings(source.name, source.sdl)
        subgraph = build_subgraph(source, document, findings)
        if subgraph is not None and subgraph.version != FEDERATION_1:
            subgraph = check_subgraph(subgraph, findings)
        errors.extend(findings.errors)
        if subgraph is not None:
            subgraphs.append(subgraph)
    if errors:
        return BuildResult(errors=tuple(errors))
    return _upgrade(sorted(subgraphs, key=lambda subgraph: subgraph.name))


@dataclass(frozen=True, slots=True)
class _Document:
    """A subgraph's SDL as read; ``executable`` are the positions of operations and fragments, which don't belong there.

    The syntax tree isn't kept: it is large, and all subgraphs are read before the first is built.
    """

    reading: SchemaReading
    executable: tuple[int, ...]


def _read(source: SubgraphSource, errors: list[CompositionError]) -> _Document | None:
    try:
        tree = parse(source.sdl)
    except GraphQLSyntaxError as error:
        findings = Findings(source.name, source.sdl)
        problem = f"does not parse: {error.description.rstrip('.')}; correct it"
        if not source.sdl.strip():
            problem = "is empty; export it from the service"
        position = next(iter(error.positions or ()), -1)
        findings.add(ErrorCode.INVALID_GRAPHQL, "", f"the schema of {source.name} {problem}", position)
        errors.extend(findings.errors)
        return None
    executable = tuple(
        node.loc.start if node.loc else -1
        for node in tree.definitions
        if isinstance(node, ast.ExecutableDefinitionNode)
    )
    return _Document(read_schema_with_duplicates(tree), executable)


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
    failed = {name for error in errors for name in error.subgraphs}
    checked: list[Subgraph] = []
    for subgraph in upgraded:
        if subgraph.version == FEDERATION_1 and subgraph.name not in failed:
            findings = Findings(subgraph.name, subgraph.sdl)
            subgraph = check_subgraph(subgraph, findings)
            errors.extend(findings.errors)
        checked.append(subgraph)
    failed.update(name for error in errors for name in error.subgraphs)
    errors.extend(check_interface_objects([subgraph for subgraph in subgraphs if subgraph.name not in failed]))
    return BuildResult(errors=tuple(errors)) if errors else BuildResult(tuple(checked))


def build_subgraph(source: SubgraphSource, document: _Document, findings: Findings) -> Subgraph | None:
    """Build one subgraph, without upgrade and federation rules; ``None`` where findings forbid to go on."""
    linked = _link(source, document, findings)
    if linked is None:
        return None
    schema, links, lexicon = linked
    check_elements(schema, lexicon, findings)
    check_implementations(schema, findings)
    check_imported_names(schema, links, findings)
    if findings.errors:
        return None
    beside = directives_on_machinery(schema, lexicon)
    schema = canonicalise(write_literals(schema, lexicon), lexicon)
    schema = drop_empty_query(rename_roots(schema, findings))
    return Subgraph(source.name, source.url, source.sdl, schema, lexicon.version, links.features, beside)


def _link(source: SubgraphSource, document: _Document, findings: Findings) -> tuple[Schema, Links, Lexicon] | None:
    """Resolve what the names of a schema mean, stopping where the reference composer stops."""
    reading = document.reading
    schema = with_default_roots(reading.schema)
    check_definitions(schema, reading.duplicates, findings)
    if findings.errors:
        return None
    definitions = Findings(source.name, source.sdl)
    links = read_links(schema, definitions)
    if definitions.errors and not links.explicit:
        findings.errors.extend(definitions.errors)
        return None
    check_support(links, findings)
    if findings.errors:
        return None
    check_versions(links, definitions)
    check_names(links, definitions)
    lexicon = complete_definitions(schema, links, definitions)
    check_schema_directives(schema, lexicon.directives, findings)
    if findings.errors:
        return None
    check_references(schema, reading.duplicates, lexicon, findings)
    if findings.errors:
        return None
    for position in document.executable:
        problem = "has an operation or a fragment beside its types; remove it"
        findings.add(ErrorCode.INVALID_GRAPHQL, "schema", problem, position)
    findings.errors.extend(definitions.errors)
    schema = with_scalars(without_service_fields(schema), lexicon)
    check_structure(schema, lexicon.directives, findings)
    return None if findings.errors else (schema, links, lexicon)
