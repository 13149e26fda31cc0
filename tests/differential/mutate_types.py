"""Mutations of the type system: fields, types, defaults, descriptions, interfaces, inputs, enums, roots.

Enters: documents by subgraph name, and a source of randomness. Leaves: the same documents, changed in place.
Invariant: a mutation that finds nothing to change changes nothing, and never raises.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from graphql.language import ast

from tests.differential.syntax import (
    INTERFACES,
    OBJECTS,
    Documents,
    add,
    composites_in,
    elements_in,
    federation_link,
    fields_in,
    find_type,
    import_directive,
    name_node,
    names_of,
    objects_in,
    pick,
    pick_document,
    put,
    read_definition,
    read_directive,
    read_field,
    types_in,
)

TYPES = ("Int", "String", "ID!", "[String]", "[Int!]!", "Boolean", "[[Int!]]", "Float")
DEFAULTS = ("1", "2", '"a"', "null", "true", "A", "[1]", "{a: 1}", "1.0", "[]")
INPUTS = ("a: Int", "a: Int!", "a: Int = 1", "a: Int! = 2", "b: String", "c: [Int!]", "c: [Int]", "d: AddedIn")


def drop_child(random: Random, documents: Documents) -> None:
    """Remove a field, a value, a member, an interface, an argument or a directive."""
    kind = random.choice(("fields", "fields", "values", "types", "interfaces", "arguments", "directives", "directives"))
    least = 2 if kind in ("fields", "values", "types") else 1
    owners = (item for item in elements_in(documents.values()) if len(getattr(item, kind, None) or ()) >= least)
    owner = pick(random, owners)
    if owner is not None:
        gone = random.choice(getattr(owner, kind))
        put(owner, kind, tuple(item for item in getattr(owner, kind) if item is not gone))


def change_type(random: Random, documents: Documents) -> None:
    """Wrap or unwrap a type, or replace it."""
    kinds = (ast.FieldDefinitionNode, ast.InputValueDefinitionNode)
    element = pick(random, (item for item in elements_in(documents.values()) if isinstance(item, kinds)))
    if element is None:
        return
    roll = random.random()
    if isinstance(element.type, ast.NonNullTypeNode) and roll < 0.7:
        put(element, "type", element.type.type)
    elif roll < 0.6 and not isinstance(element.type, ast.NonNullTypeNode):
        put(element, "type", ast.NonNullTypeNode(type=element.type))
    elif roll < 0.75:
        put(element, "type", ast.ListTypeNode(type=element.type))
    else:
        names = [item.name.value for item in types_in(documents.values())]
        put(element, "type", read_field(f"a: {random.choice([*names, *TYPES])}").type)


def make_nullable_everywhere(random: Random, documents: Documents) -> None:
    """Change the nullability of one field in all its subgraphs but one."""
    field = pick(
        random, ((owner.name.value, item) for owner in composites_in(documents.values()) for item in owner.fields or ())
    )
    if field is None:
        return
    owner, item = field
    for other in composites_in(documents.values()):
        for same in other.fields or ():
            if other.name.value == owner and same.name.value == item.name.value and same is not item:
                inner = same.type.type if isinstance(same.type, ast.NonNullTypeNode) else same.type
                put(same, "type", ast.NonNullTypeNode(type=inner) if random.random() < 0.5 else inner)


def change_default(random: Random, documents: Documents) -> None:
    """Give an argument or input field another default, or none."""
    elements = (item for item in elements_in(documents.values()) if isinstance(item, ast.InputValueDefinitionNode))
    element = pick(random, elements)
    if element is not None:
        text = random.choice(DEFAULTS)
        default = read_field(f"a(b: Int = {text}): Int").arguments[0].default_value
        put(element, "default_value", None if random.random() < 0.3 else default)


def describe(random: Random, documents: Documents) -> None:
    """Describe an element, perhaps otherwise than in another subgraph; or a schema, or a directive's definition."""
    kinds = (ast.SchemaDefinitionNode, ast.DirectiveDefinitionNode)
    elements = [item for item in elements_in(documents.values()) if not isinstance(item, ast.TypeExtensionNode)]
    elements.extend(item for document in documents.values() for item in document.definitions if isinstance(item, kinds))
    element = pick(random, elements)
    if element is not None:
        text = random.choice(("one", "two", 'on\nlines "x"', "", "  one  "))
        put(element, "description", ast.StringValueNode(value=text, block=random.random() < 0.5))


def add_argument(random: Random, documents: Documents) -> None:
    """Give a field one more argument, in one or several subgraphs."""
    element = pick(random, fields_in(documents.values()))
    if element is None:
        return
    everywhere = random.random() < 0.5
    for item in fields_in(documents.values()):
        if item is element or (everywhere and item.name.value == element.name.value):
            text = random.choice(("Int", "Int!", "Int = 1", "Int = 2", "[Int!]! = [1]", "String", "[Int]"))
            if "added" not in names_of(item.arguments):
                add(item, "arguments", *read_field(f"a(added: {text}): Int").arguments)


def add_value(random: Random, documents: Documents) -> None:
    """Add a value to an enum."""
    item = pick(random, (item for item in types_in(documents.values()) if getattr(item, "values", None)))
    if item is not None and "ADDED" not in names_of(item.values):
        text = random.choice(("ADDED", "ADDED @deprecated", "ADDED @inaccessible"))
        add(item, "values", *read_definition(f"enum E {{ {text} }}").values)


def add_definition(random: Random, documents: Documents) -> None:
    """Add a definition that may clash with what is there."""
    document = pick_document(random, documents)
    name = pick(random, (item.name.value for item in types_in(documents.values()))) or "Added"
    text = random.choice((
        "type Added { id: ID }", f"extend type {name} {{ added: Int }}", f"interface {name} {{ id: ID }}",
        "enum Added { A B }", "scalar Added", 'scalar Added @specifiedBy(url: "https://x")', "input Added { a: Int }",
        "type Mutation { added: Int }", "type Subscription { added: Int }", "directive @key(fields: String!) on OBJECT",
        f"extend type {name} @key(fields: \"id\") {{ id: ID! @external added: Int }}",
        f"union Added = {name}", f"interface Added {{ added: {name} }}",
    ))  # fmt: skip
    add(document, "definitions", read_definition(text))


def add_executable_directive(random: Random, documents: Documents) -> None:
    """Define a directive for clients, in some subgraphs, not always the same way."""
    for document in documents.values():
        known = {item.name.value for item in document.definitions if isinstance(item, ast.DirectiveDefinitionNode)}
        if random.random() < 0.8 and "added" not in known:
            arguments = random.choice(("", "", "(a: Int)", "(a: Int!)", "(a: Int = 1)", "(a: Int, b: String)"))
            repeatable = random.choice(("", "", " repeatable"))
            locations = random.choice(("FIELD", "FIELD | QUERY", "QUERY", "FIELD | OBJECT", "OBJECT"))
            add(document, "definitions", read_definition(f"directive @added{arguments}{repeatable} on {locations}"))


def rename(random: Random, documents: Documents) -> None:
    """Rename a definition to the name of another, or to that of a root."""
    item = pick(random, types_in(documents.values()))
    if item is not None:
        names = [other.name.value for other in types_in(documents.values())]
        put(item, "name", name_node(random.choice([*names, "Query", "Mutation", "Renamed"])))


def copy_type(random: Random, documents: Documents) -> None:
    """Give a type of one subgraph to another one."""
    if len(documents) > 1:
        giver, taker = random.sample(list(documents.values()), 2)
        item = pick(random, types_in([giver]))
        if item is not None and item.name.value not in names_of(types_in([taker])):
            add(taker, "definitions", copy.deepcopy(item))


def copy_child(random: Random, documents: Documents) -> None:
    """Give a field or value that a type has in one subgraph to the same type in another."""
    if len(documents) < 2:
        return
    giver, taker = random.sample(list(documents.values()), 2)
    pairs = [
        (mine, yours, kind)
        for mine in types_in([giver])
        for yours in types_in([taker])
        for kind in ("fields", "values", "types")
        if mine.name.value == yours.name.value and getattr(mine, kind, None) and hasattr(yours, kind)
    ]
    pair = pick(random, pairs)
    if pair is not None:
        mine, yours, kind = pair
        child = random.choice(getattr(mine, kind))
        if child.name.value not in names_of(getattr(yours, kind)):
            add(yours, kind, copy.deepcopy(child))


def copy_subgraph(random: Random, documents: Documents) -> None:
    """Add a subgraph that equals another; what both have is shareable in half of the cases."""
    name = random.choice(list(documents))
    documents[f"{name}_copy"] = copy.deepcopy(documents[name])
    if random.random() < 0.7:
        for document in (documents[name], documents[f"{name}_copy"]):
            share_document(document)


def share_all(random: Random, documents: Documents) -> None:
    """Mark all objects of a subgraph as shareable, or of all."""
    if random.random() < 0.5:
        share_document(pick_document(random, documents))
    else:
        for document in documents.values():
            share_document(document)


def share_document(document: ast.DocumentNode) -> None:
    """Mark all objects of a document as shareable."""
    link = federation_link(document)
    if link is None:
        return
    for item in objects_in([document]):
        bare = {directive.name.value for directive in item.directives or ()}
        if item.fields and "shareable" not in bare and item.name.value != "Subscription":
            add(item, "directives", read_directive("@shareable"))
    import_directive(link, "shareable")


def implement(random: Random, documents: Documents) -> None:
    """Let an object implement an interface, with its fields or without; a new interface takes fields of the object."""
    document = pick_document(random, documents)
    item = pick(random, (one for one in objects_in([document]) if one.fields))
    if item is None:
        return
    interface = pick(random, (one for one in types_in([document]) if isinstance(one, INTERFACES)))
    if interface is None or random.random() < 0.4:
        chosen = random.sample(list(item.fields), random.randint(1, min(2, len(item.fields))))
        interface = read_definition("interface AddedFace { a: Int }")
        fields = tuple(copy.deepcopy(one) for one in chosen)
        for one in fields:
            put(one, "directives", ())
        put(interface, "fields", fields)
        for known in documents.values() if random.random() < 0.5 else (document,):
            if find_type(known, "AddedFace") is None:
                add(known, "definitions", copy.deepcopy(interface))
    elif random.random() < 0.8:
        missing = [one for one in interface.fields or () if one.name.value not in names_of(item.fields)]
        add(item, "fields", *map(copy.deepcopy, missing))
    for known in documents.values() if random.random() < 0.5 else (document,):
        for one in objects_in([known]):
            same = one.name.value == item.name.value and interface.name.value not in names_of(one.interfaces)
            if same and find_type(known, interface.name.value) is not None:
                add(one, "interfaces", ast.NamedTypeNode(name=name_node(interface.name.value)))


def return_abstract(random: Random, documents: Documents) -> None:
    """Let one field return an interface or union instead of an object, or one member instead of it."""
    document = pick_document(random, documents)
    kinds = (*OBJECTS, *INTERFACES, ast.UnionTypeDefinitionNode)
    names = [item.name.value for item in types_in([document]) if isinstance(item, kinds)]
    field = pick(
        random,
        (
            item
            for item in fields_in([document])
            if isinstance(item.type, ast.NamedTypeNode) and item.type.name.value in names
        ),
    )
    if field is not None:
        put(field, "type", ast.NamedTypeNode(name=name_node(random.choice(names))))


def add_input(random: Random, documents: Documents) -> None:
    """Define an input type in several subgraphs, with other fields in each, and use it."""
    for document in documents.values():
        field = pick(random, fields_in([document]))
        if field is None or random.random() < 0.2 or find_type(document, "AddedIn") is not None:
            continue
        chosen = {text[0]: text for text in random.sample(INPUTS, random.randint(1, 4))}
        add(document, "definitions", read_definition(f"input AddedIn {{ {' '.join(chosen.values())} }}"))
        suffix = random.choice(("", "", "!", " = {}", " = {a: 1}", ' = {b: "x"}'))
        if "given" not in names_of(field.arguments):
            add(field, "arguments", *read_field(f"a(given: AddedIn{suffix}): Int").arguments)


def add_enum(random: Random, documents: Documents) -> None:
    """Define an enum in several subgraphs, with other values in each, and use it as output, input or both."""
    usage = random.choice(("in", "out", "both", "none", "each"))
    for document in documents.values():
        owner = pick(random, (item for item in objects_in([document]) if item.fields))
        if owner is None or random.random() < 0.2 or find_type(document, "AddedEnum") is not None:
            continue
        values = random.sample(("A", "B", "C", "D @inaccessible", 'A2 @tag(name: "t")', "C2 @deprecated"), 3)
        if federation_link(document) is None:
            values = [value.partition(" @inac")[0] for value in values]
        else:
            for name in ("inaccessible", "tag"):
                import_directive(federation_link(document), name)
        add(document, "definitions", read_definition(f"enum AddedEnum {{ {' '.join(values)} }}"))
        role = random.choice(("in", "out")) if usage == "each" else usage
        suffix = random.choice(("", "", "!", " = A", " = B", "! = C"))
        argument = f"(one: AddedEnum{suffix})" if role in ("in", "both") else ""
        output = "AddedEnum" if role in ("out", "both") else "Int"
        number = sum(item.name.value.startswith("addedOf") for item in owner.fields)
        shared = random.choice(("", f"Every{number}"))
        name = f"addedOf{shared or list(documents.values()).index(document)}"
        if role != "none" and name not in names_of(owner.fields):
            add(owner, "fields", read_field(f"{name}{argument}: {output}"))


def split_type(random: Random, documents: Documents) -> None:
    """Move some children of a type into an extension, or make the whole an extension."""
    document = pick_document(random, documents)
    kinds = (ast.ObjectTypeDefinitionNode, ast.InterfaceTypeDefinitionNode, ast.InputObjectTypeDefinitionNode)
    item = pick(random, (one for one in document.definitions if isinstance(one, kinds) and one.fields))
    if item is None:
        return
    extension: Any = {
        ast.ObjectTypeDefinitionNode: ast.ObjectTypeExtensionNode,
        ast.InterfaceTypeDefinitionNode: ast.InterfaceTypeExtensionNode,
        ast.InputObjectTypeDefinitionNode: ast.InputObjectTypeExtensionNode,
    }[type(item)]
    count = random.randint(0, len(item.fields) - 1)
    moved = tuple(item.fields[count:])
    directives = tuple(item.directives or ())
    mine = directives if random.random() < 0.5 or not count else ()
    parts = {"name": item.name, "fields": moved, "directives": mine}
    if not isinstance(item, ast.InputObjectTypeDefinitionNode):
        parts["interfaces"] = tuple(item.interfaces or ()) if not count else ()
    if count:
        put(item, "fields", tuple(item.fields[:count]))
        put(item, "directives", () if mine else directives)
    else:
        put(document, "definitions", tuple(one for one in document.definitions if one is not item))
    add(document, "definitions", extension(**parts))


def name_roots(random: Random, documents: Documents) -> None:
    """Name the query root otherwise in one subgraph."""
    document = pick_document(random, documents)
    if any(isinstance(item, ast.SchemaDefinitionNode) for item in document.definitions):
        return
    root = find_type(document, "Query")
    name = random.choice(("MyQuery", "RootQuery"))
    if root is None or find_type(document, name) is not None:
        return
    for item in types_in([document]):
        if item.name.value == "Query":
            put(item, "name", name_node(name))
    for item in fields_in([document]):
        if isinstance(item.type, ast.NamedTypeNode) and item.type.name.value == "Query":
            put(item, "type", ast.NamedTypeNode(name=name_node(name)))
    text = f"schema {{ query: {name} }}"
    for operation in ("mutation", "subscription"):
        if find_type(document, operation.title()) is not None:
            text = text.replace("}", f"{operation}: {operation.title()} }}")
    add(document, "definitions", read_definition(text))


def add_mutation(random: Random, documents: Documents) -> None:
    """Give a mutation or subscription root to some subgraphs, with a field that one or all resolve."""
    operation = random.choice(("Mutation", "Mutation", "Subscription"))
    shared = operation == "Mutation" and random.random() < 0.4
    for index, document in enumerate(documents.values()):
        names = [item.name.value for item in objects_in([document]) if item.fields]
        if random.random() < 0.7 and names:
            mark = " @shareable" if shared and federation_link(document) is not None else ""
            if mark:
                import_directive(federation_link(document), "shareable")
            field = f"do{'It' if shared else index}: {random.choice([*names, 'Int', 'String!'])}{mark}"
            root = find_type(document, operation)
            if root is None:
                add(document, "definitions", read_definition(f"type {operation} {{ {field} }}"))
            elif hasattr(root, "fields") and read_field(field).name.value not in names_of(root.fields):
                add(root, "fields", read_field(field))


def drop_subgraph(random: Random, documents: Documents) -> None:
    """Take a subgraph away."""
    if len(documents) > 1:
        del documents[random.choice(list(documents))]
