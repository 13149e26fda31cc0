"""Mutations of links: versions, names of imports, namespaces, Federation 1, composed directives.

Enters: documents by subgraph name, and a source of randomness. Leaves: the same documents, changed in place.
Invariant: a mutation that finds nothing to change changes nothing, and never raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from graphql.language import ast

from tests.differential.syntax import (
    FEDERATION,
    FEDERATION_1,
    OBJECTS,
    Documents,
    add,
    argument_of,
    elements_in,
    federation_link,
    import_directive,
    imports_of,
    links_in,
    name_node,
    objects_in,
    pick,
    pick_document,
    put,
    read_definition,
    read_directive,
    types_in,
)


def _bearers(document: ast.DocumentNode) -> Iterator[Any]:
    yield from elements_in([document])
    for definition in document.definitions:
        if isinstance(definition, ast.SchemaDefinitionNode | ast.SchemaExtensionNode):
            yield definition


def _rename_directive(document: ast.DocumentNode, old: str, new: str) -> None:
    for element in _bearers(document):
        for directive in element.directives or ():
            if directive.name.value == old:
                put(directive, "name", name_node(new))
            elif directive.name.value == "composeDirective":
                given = argument_of(directive, "name")
                if given is not None and getattr(given.value, "value", "") == f"@{old}":
                    put(given, "value", ast.StringValueNode(value=f"@{new}"))


def _write_imports(link: Any, imports: dict[str, str]) -> None:
    items = [
        f'"{name}"' if name == here else f'{{name: "{name}", as: "{here}"}}' for name, here in imports.items() if name
    ]
    kept = tuple(item for item in link.arguments if item.name.value != "import")
    put(link, "arguments", (*kept, *read_directive(f"@link(import: [{', '.join(items)}])").arguments))


def change_version(random: Random, documents: Documents) -> None:
    """Link another version of federation, in one subgraph or all; or import nothing."""
    link = federation_link(pick_document(random, documents))
    if link is None:
        return
    if random.random() < 0.1:
        put(link, "arguments", tuple(item for item in link.arguments if item.name.value != "import"))
        return
    minor = random.randrange(15)
    chosen = [link] if random.random() < 0.7 else [federation_link(document) for document in documents.values()]
    for one in chosen:
        url = argument_of(one, "url") if one is not None else None
        if url is not None:
            put(url, "value", ast.StringValueNode(value=f"https://specs.apollo.dev/federation/v2.{minor}"))


def rename_import(random: Random, documents: Documents) -> None:
    """Import a directive under another name, in one subgraph or in all."""
    link = federation_link(pick_document(random, documents))
    imported = imports_of(link) if link is not None else {}
    name = pick(random, sorted(item for item in imported if item.startswith("@")))
    if name is None:
        return
    everywhere = random.random() < 0.6
    for document in documents.values():
        other = federation_link(document)
        if other is None or (other is not link and not everywhere):
            continue
        imports = imports_of(other)
        if name in imports:
            old, new = imports[name].removeprefix("@"), f"my{name[1:].title()}"
            _write_imports(other, {**imports, name: f"@{new}"})
            if random.random() < 0.95:
                _rename_directive(document, old, new)


def use_namespace(random: Random, documents: Documents) -> None:
    """Import nothing, and write the directives with the namespace, perhaps another one."""
    document = pick_document(random, documents)
    link = federation_link(document)
    if link is None:
        return
    namespace = random.choice(("federation", "federation", "fed"))
    imports = imports_of(link)
    kept = {} if random.random() < 0.5 else {name: here for name, here in imports.items() if random.random() < 0.5}
    for name, here in imports.items():
        if name not in kept and name.startswith("@"):
            _rename_directive(document, here.removeprefix("@"), f"{namespace}__{name[1:]}")
    _write_imports(link, kept)
    if namespace != "federation" and argument_of(link, "as") is None:
        add(link, "arguments", *read_directive(f'@link(as: "{namespace}")').arguments)


def drop_link(random: Random, documents: Documents) -> None:
    """Unlink federation, and keep its directives: what is left is Federation 1, or wrong."""
    _unlink(pick_document(random, documents))


def _unlink(document: ast.DocumentNode) -> None:
    for definition in document.definitions:
        if isinstance(definition, ast.SchemaDefinitionNode | ast.SchemaExtensionNode):
            put(definition, "directives", tuple(d for d in definition.directives or () if d.name.value != "link"))
    put(
        document,
        "definitions",
        tuple(
            item
            for item in document.definitions
            if not isinstance(item, ast.SchemaExtensionNode) or item.directives or item.operation_types
        ),
    )


def make_federation_1(random: Random, documents: Documents) -> None:
    """Turn a subgraph, or all, into Federation 1: without what came later, and with extensions for shared entities."""
    chosen = list(documents) if random.random() < 0.3 else [random.choice(list(documents))]
    for name in chosen:
        document = documents[name]
        if federation_link(document) is None:
            continue
        later = FEDERATION - FEDERATION_1
        for element in _bearers(document):
            kept = tuple(item for item in element.directives or () if item.name.value not in later)
            put(element, "directives", kept)
        _unlink(document)
        for item in objects_in([document]):
            keys = [directive for directive in item.directives or () if directive.name.value == "key"]
            if keys and isinstance(item, ast.ObjectTypeDefinitionNode) and random.random() < 0.5:
                if random.random() < 0.4:
                    add(item, "directives", read_directive("@extends"))
                    continue
                extension = ast.ObjectTypeExtensionNode(
                    name=item.name, directives=item.directives, interfaces=item.interfaces, fields=item.fields
                )
                put(document, "definitions", tuple(extension if one is item else one for one in document.definitions))


_COMPOSED = (
    "on FIELD_DEFINITION | OBJECT", "on OBJECT",
    "repeatable on FIELD_DEFINITION | OBJECT | ENUM_VALUE | ARGUMENT_DEFINITION",
    "on FIELD_DEFINITION | INTERFACE | OBJECT | SCALAR | ENUM | INPUT_OBJECT | INPUT_FIELD_DEFINITION",
)  # fmt: skip


def compose_directive(random: Random, documents: Documents) -> None:
    """Define a directive of a custom feature in several subgraphs, compose it in some, and apply it."""
    same = random.choice(_COMPOSED)
    arguments = random.choice(("", "(a: Int)", "(a: Int = 1)", "(a: Int!)", "(a: [String!])"))
    for document in documents.values():
        link = federation_link(document)
        known = {item.name.value for item in document.definitions if isinstance(item, ast.DirectiveDefinitionNode)}
        if link is None or random.random() < 0.25 or "mine" in known:
            continue
        version = random.choice(("v1.0", "v1.0", "v1.0", "v1.1", "v1.3", "v2.0", "v0.1"))
        name = random.choice(("mine", "mine", "mine", "mine", "mine", "yours"))
        imported = '"@mine"' if name == "mine" else '{name: "@mine", as: "@yours"}'
        schema = f'extend schema @link(url: "https://example.com/mine/{version}", import: [{imported}])'
        if random.random() < 0.75:
            import_directive(link, "composeDirective")
            composed = imports_of(link).get("@composeDirective", "@composeDirective")
            schema += f' {composed}(name: "@{name}")'
        locations = same if random.random() < 0.8 else random.choice(_COMPOSED)
        definition = f"directive @{name}{arguments} {locations}"
        add(document, "definitions", read_definition(schema), read_definition(definition))
        given = {"": "", "(a: Int)": "(a: 1)", "(a: Int = 1)": "(a: 2)", "(a: Int!)": "(a: 3)"}.get(
            arguments, '(a: ["x"])'
        )
        if random.random() < 0.3:
            given = {"(a: Int)": "(a: null)", "(a: Int = 1)": "", "(a: Int!)": "(a: 4)"}.get(arguments, given)
        for _ in range(random.randint(1, 3)):
            kinds: tuple[type, ...] = (
                (ast.ObjectTypeDefinitionNode,) if "FIELD" not in locations else (*OBJECTS, ast.FieldDefinitionNode)
            )
            element = pick(random, (item for item in elements_in([document]) if isinstance(item, kinds)))
            if element is not None:
                add(element, "directives", read_directive(f"@{name}{given}"))


_FEATURES = (
    ("tag/v0.3", '"@tag"'), ("inaccessible/v0.2", '"@inaccessible"'), ("tag/v0.1", ""), ("authenticated/v0.1", ""),
    ("requiresScopes/v0.1", '"@requiresScopes"'), ("cost/v0.1", '"@cost", "@listSize"'), ("policy/v0.1", ""),
    ("context/v0.1", '"@context"'), ("unknown/v0.1", ""), ("tag/v1.0", '"@tag"'),
)  # fmt: skip


def link_feature(random: Random, documents: Documents) -> None:
    """Link a specification of its own, as some servers do for ``@tag`` and ``@inaccessible``."""
    document = pick_document(random, documents)
    if not any(True for _ in links_in(document)):
        return
    feature, imports = random.choice(_FEATURES)
    brought = f", import: [{imports}]" if imports and random.random() < 0.7 else ""
    alias = f', as: "{random.choice(("other", "tag"))}"' if random.random() < 0.2 else ""
    purpose = random.choice(("", "", ", for: SECURITY", ", for: EXECUTION"))
    text = f'extend schema @link(url: "https://specs.apollo.dev/{feature}"{brought}{alias}{purpose})'
    add(document, "definitions", read_definition(text))


def define_federation_directive(random: Random, documents: Documents) -> None:
    """Define a directive of federation in the document itself, rightly or not quite."""
    document = pick_document(random, documents)
    link = federation_link(document)
    text = random.choice((
        "directive @shareable on FIELD_DEFINITION | OBJECT",
        "directive @shareable repeatable on FIELD_DEFINITION | OBJECT",
        "directive @external on FIELD_DEFINITION", "directive @external(reason: String) on FIELD_DEFINITION | OBJECT",
        "directive @key(fields: String!) repeatable on OBJECT | INTERFACE",
        "directive @key(fields: _FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
        "directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT", "directive @tag on FIELD_DEFINITION",
        "directive @inaccessible on FIELD_DEFINITION | OBJECT",
        "directive @override(from: String!) on FIELD_DEFINITION",
        "directive @requires(fields: federation__FieldSet!) on FIELD_DEFINITION", "scalar _FieldSet", "scalar FieldSet",
        "directive @extends on OBJECT | INTERFACE", "scalar federation__FieldSet", "scalar _Any",
    ))  # fmt: skip
    definition = read_definition(text)
    known = {getattr(getattr(item, "name", None), "value", None) for item in document.definitions}
    if definition.name.value not in known:
        add(document, "definitions", definition)
        if link is not None and isinstance(definition, ast.DirectiveDefinitionNode):
            import_directive(link, definition.name.value)
        if "_FieldSet!" in text and link is None:
            add(document, "definitions", *(() if "_FieldSet" in known else (read_definition("scalar _FieldSet"),)))


def move_roots(random: Random, documents: Documents) -> None:
    """Write the schema definition out, with the links on it."""
    document = pick_document(random, documents)
    names = {item.name.value for item in types_in([document])}
    extensions = [item for item in document.definitions if isinstance(item, ast.SchemaExtensionNode)]
    if any(isinstance(item, ast.SchemaDefinitionNode) for item in document.definitions) or "Query" not in names:
        return
    roots = " ".join(f"{name.lower()}: {name}" for name in ("Query", "Mutation", "Subscription") if name in names)
    definition = read_definition(f"schema {{ {roots} }}")
    put(definition, "directives", tuple(d for item in extensions for d in item.directives or ()))
    put(document, "definitions", (definition, *(item for item in document.definitions if item not in extensions)))
