"""What the mutations share: finding nodes in documents, reading nodes from text, and the link to federation.

Enters: documents by subgraph name. Leaves: nodes of them, or new ones. Invariant: nodes are frozen for everybody else;
the documents of one case are its own, so :func:`put` may change them in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any, TypeAlias, TypeVar

from graphql import parse
from graphql.language import ast

Documents: TypeAlias = "dict[str, ast.DocumentNode]"
Mutation: TypeAlias = "Callable[[Random, Documents], None]"
Item = TypeVar("Item")

#: Directives of federation, with the minor version of federation 2 that brings each.
SINCE = {
    "composeDirective": 1, "interfaceObject": 3, "authenticated": 5, "requiresScopes": 5, "policy": 6, "context": 8,
    "fromContext": 8, "cost": 9, "listSize": 9, "cacheTag": 12,
}  # fmt: skip
FEDERATION_1 = {"key", "requires", "provides", "external", "extends", "tag", "deprecated"}
FEDERATION = {*SINCE, *FEDERATION_1, "shareable", "inaccessible", "override"} - {"deprecated"}
OBJECTS = (ast.ObjectTypeDefinitionNode, ast.ObjectTypeExtensionNode)
INTERFACES = (ast.InterfaceTypeDefinitionNode, ast.InterfaceTypeExtensionNode)


def put(node: Any, name: str, value: object) -> None:
    """Change a node in place."""
    object.__setattr__(node, name, value)


def add(node: Any, name: str, *items: object) -> None:
    """Append to one of a node's lists."""
    put(node, name, (*(getattr(node, name, None) or ()), *items))


def read_definition(sdl: str) -> Any:
    """Read one definition."""
    return parse(sdl, no_location=True).definitions[0]


def read_field(text: str) -> Any:
    """Read one field of an object."""
    return read_definition(f"type T {{ {text} }}").fields[0]


def read_directive(text: str) -> Any:
    """Read one application of a directive."""
    return read_field(f"a: Int {text}").directives[0]


def name_node(text: str) -> ast.NameNode:
    """Make a name."""
    return ast.NameNode(value=text)


def pick(random: Random, items: Iterable[Item]) -> Item | None:
    """Choose one, or ``None`` where there is none."""
    found = list(items)
    return random.choice(found) if found else None


def pick_document(random: Random, documents: Documents) -> ast.DocumentNode:
    """Choose a document."""
    return documents[random.choice(list(documents))]


def types_in(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    """All definitions and extensions of types."""
    kinds = (ast.TypeDefinitionNode, ast.TypeExtensionNode)
    return [item for document in documents for item in document.definitions if isinstance(item, kinds)]


def composites_in(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    """Objects and interfaces."""
    return [item for item in types_in(documents) if isinstance(item, (*OBJECTS, *INTERFACES))]


def objects_in(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    """Objects."""
    return [item for item in types_in(documents) if isinstance(item, OBJECTS)]


def fields_in(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    """Fields of objects and interfaces."""
    return [item for definition in composites_in(documents) for item in definition.fields or ()]


def elements_in(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    """Everything that bears directives: types, fields, arguments, input fields, values."""
    found: list[Any] = []
    for definition in types_in(documents):
        found.append(definition)
        for item in getattr(definition, "fields", None) or ():
            found.extend([item, *(getattr(item, "arguments", None) or ())])
        found.extend(getattr(definition, "values", None) or ())
    return found


def names_of(items: Iterable[Any]) -> set[str]:
    """The names of nodes."""
    return {item.name.value for item in items or ()}


def named(type_node: Any) -> str:
    """The name that a type reference ends in."""
    while not isinstance(type_node, ast.NamedTypeNode):
        type_node = type_node.type
    return type_node.name.value


def is_list(type_node: Any) -> bool:
    """Whether a type reference is a list."""
    return isinstance(type_node.type if isinstance(type_node, ast.NonNullTypeNode) else type_node, ast.ListTypeNode)


def find_type(document: ast.DocumentNode, name: str) -> Any:
    """The first definition of a type, or ``None``."""
    return next((item for item in types_in([document]) if item.name.value == name), None)


def is_leaf(document: ast.DocumentNode, type_node: Any) -> bool:
    """Whether a type reference ends in a scalar or enum."""
    found = find_type(document, named(type_node))
    return found is None or not (hasattr(found, "fields") or hasattr(found, "types"))


def links_in(document: ast.DocumentNode) -> Iterator[Any]:
    """All applications of ``@link``."""
    for definition in document.definitions:
        if isinstance(definition, ast.SchemaDefinitionNode | ast.SchemaExtensionNode):
            yield from (item for item in definition.directives or () if item.name.value == "link")


def argument_of(directive: Any, name: str) -> Any:
    """The node of an argument, or ``None``."""
    return next((item for item in directive.arguments or () if item.name.value == name), None)


def federation_link(document: ast.DocumentNode) -> Any:
    """The link to federation 2, or ``None``."""
    for link in links_in(document):
        url = argument_of(link, "url")
        value = getattr(url.value, "value", None) if url else None
        if isinstance(value, str) and "dev/federation/v2" in value:
            return link
    return None


def imports_of(link: Any) -> dict[str, str]:
    """What a link imports, by its own name, with its name here."""
    found: dict[str, str] = {}
    imports = argument_of(link, "import")
    for item in getattr(imports.value, "values", ()) if imports else ():
        if isinstance(item, ast.StringValueNode):
            found[item.value] = item.value
        elif isinstance(item, ast.ObjectValueNode):
            given = {field.name.value: getattr(field.value, "value", "") for field in item.fields}
            found[given.get("name", "")] = given.get("as", given.get("name", ""))
    return found


def import_directive(link: Any, name: str, since: int | None = None) -> None:
    """Import a federation directive, raising the version to the one that brings it."""
    since = SINCE.get(name, 0) if since is None else since
    url = argument_of(link, "url")
    minor = url.value.value.rpartition(".")[2]
    if minor.isdigit() and int(minor) < since:
        put(url, "value", ast.StringValueNode(value=f"https://specs.apollo.dev/federation/v2.{since}"))
    imports = argument_of(link, "import")
    if imports is None:
        imports = ast.ArgumentNode(name=name_node("import"), value=ast.ListValueNode(values=()))
        add(link, "arguments", imports)
    if isinstance(imports.value, ast.ListValueNode) and f"@{name}" not in imports_of(link):
        add(imports.value, "values", ast.StringValueNode(value=f"@{name}"))


def apply_text(document: ast.DocumentNode, element: Any, text: str) -> bool:
    """Apply a directive of federation, under the name that it has there; ``False`` where the document can't have it."""
    directive = read_directive(text)
    name = directive.name.value
    if name in FEDERATION:
        link = federation_link(document)
        if link is None and name not in FEDERATION_1:
            return False
        if link is not None:
            import_directive(link, name)
            put(directive, "name", name_node(imports_of(link).get(f"@{name}", f"@{name}").removeprefix("@")))
    add(element, "directives", directive)
    return True
