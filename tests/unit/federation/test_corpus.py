"""The recorded sets: codes of building as the reference composer gave them, and validity as graphql-core sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationType, build_ast_schema, parse, validate_schema
from graphql.language import ast
from graphql.validation.validate import validate_sdl

from router.federation.build import SubgraphSource, build_subgraphs
from router.federation.canonical import with_default_roots
from router.federation.definitions import SERVICE_TYPES, complete_definitions
from router.federation.findings import Findings
from router.federation.links import read_links
from router.federation.rules import RULES
from router.type_system.model import DirectiveDefinition
from router.type_system.printer import print_directive_definition
from router.type_system.reader import read_schema

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "composition.jsonl"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS} is missing")

#: Codes that building subgraphs raises and nothing later does.
BUILDING = frozenset(
    {
        "DIRECTIVE_DEFINITION_INVALID",
        "TYPE_DEFINITION_INVALID",
        "UNKNOWN_FEDERATION_LINK_VERSION",
        "UNKNOWN_LINK_VERSION",
        "INVALID_LINK_DIRECTIVE_USAGE",
        "INVALID_LINK_IDENTIFIER",
        "INVALID_SUBGRAPH_NAME",
        "KEY_FIELDS_HAS_ARGS",
        "PROVIDES_FIELDS_HAS_ARGS",
        "KEY_INVALID_FIELDS",
        "REQUIRES_INVALID_FIELDS",
        "PROVIDES_INVALID_FIELDS",
        "KEY_INVALID_FIELDS_TYPE",
        "REQUIRES_INVALID_FIELDS_TYPE",
        "PROVIDES_INVALID_FIELDS_TYPE",
        "KEY_DIRECTIVE_IN_FIELDS_ARG",
        "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
        "PROVIDES_DIRECTIVE_IN_FIELDS_ARG",
        "KEY_UNSUPPORTED_ON_INTERFACE",
        "REQUIRES_UNSUPPORTED_ON_INTERFACE",
        "PROVIDES_UNSUPPORTED_ON_INTERFACE",
        "REQUIRES_FIELDS_MISSING_EXTERNAL",
        "PROVIDES_FIELDS_MISSING_EXTERNAL",
        "KEY_FIELDS_SELECT_INVALID_TYPE",
        "PROVIDES_ON_NON_OBJECT_FIELD",
        "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
        "EXTERNAL_UNUSED",
        "EXTERNAL_ON_INTERFACE",
        "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
        "ROOT_QUERY_USED",
        "ROOT_MUTATION_USED",
        "ROOT_SUBSCRIPTION_USED",
        "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
        "INVALID_SHAREABLE_USAGE",
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
        "CONTEXT_NAME_INVALID",
        "CONTEXT_NOT_SET",
        "CONTEXT_INVALID_SELECTION",
        "CONTEXT_NO_RESOLVABLE_KEY",
        "NO_CONTEXT_IN_SELECTION",
        "COST_APPLIED_TO_INTERFACE_FIELD",
        "LIST_SIZE_APPLIED_TO_NON_LIST",
        "LIST_SIZE_INVALID_ASSUMED_SIZE",
        "LIST_SIZE_INVALID_SIZED_FIELD",
        "LIST_SIZE_INVALID_SLICING_ARGUMENT",
    }
)
#: Codes that building raises, and merging as well.
BOTH = frozenset({"INVALID_GRAPHQL", "EXTENSION_WITH_NO_BASE", "INTERFACE_OBJECT_USAGE_ERROR"})


@cache
def rows() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines())


def subgraph_texts() -> Iterator[str]:
    return iter(dict.fromkeys(subgraph["sdl"] for row in rows() for subgraph in row["subgraphs"]))


def building_codes(row: dict[str, Any]) -> set[str]:
    sources = [SubgraphSource(subgraph["name"], "", subgraph["sdl"]) for subgraph in row["subgraphs"]]
    return {str(error.code) for error in build_subgraphs(sources).errors}


def test_codes_of_building_are_those_of_the_reference_composer() -> None:
    differences: dict[str, tuple[list[str], list[str]]] = {}
    for row in rows():
        found, expected = building_codes(row), set(row.get("errors") or ())
        # What merging raises as well is left to it, where every subgraph is valid by itself.
        from_merging = expected <= BOTH and not found and all(core_verdict(item["sdl"]) for item in row["subgraphs"])
        if found != (expected if expected & (BUILDING | BOTH) and not from_merging else set()):
            differences[row["id"]] = (sorted(found), sorted(expected))
    assert differences == {}


def test_the_corpus_exercises_building() -> None:
    raised = {code for row in rows() for code in row.get("errors") or () if code in BUILDING}
    assert len(raised) >= len(RULES)


def test_validity_is_as_graphql_core_sees_it() -> None:
    differences = []
    for sdl in subgraph_texts():
        errors = build_subgraphs([SubgraphSource("a", "", sdl)]).errors
        ours = [error.message for error in errors if error.code == "INVALID_GRAPHQL"]
        ours = [message for message in ours if not beyond_graphql_core(message)]
        if not errors or ours:
            verdict = core_verdict(sdl)
            if verdict != (not ours):
                differences.append((sdl, ours))
    assert differences == []


def beyond_graphql_core(message: str) -> bool:
    """Tell whether graphql-core can't see an error.

    It doesn't check the values of arguments of directives in a schema, and here it is given all types that are
    completed, while definitions of directives may use only what the schema itself defines.
    """
    of_a_value = " applies @" in message and " that isn't a " in message
    of_a_definition = message.startswith("[INVALID_GRAPHQL] @") and "which isn't defined" in message
    return of_a_value or of_a_definition


@cache
def core_verdict(sdl: str) -> bool:
    """Tell whether graphql-core accepts a subgraph, with the definitions completed that it may leave out."""
    document = _self_contained(parse(_completed(sdl)))
    if validate_sdl(document):
        return False
    tolerated = (
        "Query root type must be provided",  # a subgraph needs no query
        "Type Query must define one or more fields",  # the service fields are added to it
        "cannot represent non-enum value",  # a string may stand for an enum value
    )
    errors = validate_schema(build_ast_schema(document, assume_valid_sdl=True))
    return all(any(text in error.message for text in tolerated) for error in errors)


def _completed(sdl: str) -> str:
    schema = with_default_roots(read_schema(sdl))
    findings = Findings("a", sdl)
    links = read_links(schema, findings)
    lexicon = complete_definitions(schema, links, findings)
    built_in = {"skip", "include", "deprecated", "specifiedBy"}
    parts = [sdl]
    for name, definition in lexicon.directives.items():
        if name not in schema.directive_definitions and name not in built_in:
            renamed = DirectiveDefinition(name, definition.arguments, definition.locations, definition.repeatable)
            parts.append(print_directive_definition(renamed))
    types = (lexicon.machinery - set(SERVICE_TYPES)) | {"link__Import", "link__Purpose"}
    for name in sorted(types - schema.types.keys()):
        parts.append(f"enum {name} {{ SECURITY EXECUTION }}" if name.endswith("Purpose") else f"scalar {name}")
    return "\n".join(parts)


def _self_contained(document: ast.DocumentNode) -> ast.DocumentNode:
    """Turn extensions of what the document doesn't define into definitions."""
    defined = {node.name.value for node in document.definitions if isinstance(node, ast.TypeDefinitionNode)}
    definitions: list[ast.DefinitionNode] = []
    extensions: list[ast.SchemaExtensionNode] = []
    explicit = any(isinstance(node, ast.SchemaDefinitionNode) for node in document.definitions)
    for node in document.definitions:
        if isinstance(node, ast.TypeExtensionNode) and node.name.value not in defined:
            defined.add(node.name.value)
            kind = getattr(ast, type(node).__name__.replace("Extension", "Definition"))
            node = kind(**{key: getattr(node, key, None) for key in node.keys if key != "description"})
        if isinstance(node, ast.SchemaExtensionNode) and not explicit:
            extensions.append(node)
        else:
            definitions.append(node)
    if extensions:
        definitions.append(_schema_definition(extensions, defined))
    return ast.DocumentNode(definitions=tuple(definitions))


def _schema_definition(extensions: list[ast.SchemaExtensionNode], defined: set[str]) -> ast.SchemaDefinitionNode:
    operations = [operation for node in extensions for operation in node.operation_types or ()]
    given = {operation.operation for operation in operations}
    for operation in OperationType:
        name = operation.value.capitalize()
        if operation not in given and name in defined:
            named = ast.NamedTypeNode(name=ast.NameNode(value=name))
            operations.append(ast.OperationTypeDefinitionNode(operation=operation, type=named))
    directives = tuple(directive for node in extensions for directive in node.directives or ())
    return ast.SchemaDefinitionNode(description=None, directives=directives, operation_types=tuple(operations))
