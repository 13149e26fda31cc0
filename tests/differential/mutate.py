"""One set of subgraphs -> a random neighbour of it: a field gone, a type changed, a directive more.

Enters: documents by subgraph name, and a source of randomness. Leaves: the same documents, changed in place.
Invariant: a mutation that finds nothing to change changes nothing, and never raises.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
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
    "fromContext": 8, "cost": 9, "listSize": 9,
}  # fmt: skip
FEDERATION_1 = {"key", "requires", "provides", "external", "extends", "tag", "deprecated"}
APPLICATIONS = (
    "@inaccessible", '@tag(name: "x")', "@shareable", "@external", "@deprecated", '@deprecated(reason: "a")',
    "@authenticated", '@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a", "b"], ["c"]])',
    '@policy(policies: [["p"]])', "@cost(weight: 3)", "@cost(weight: 7)", "@listSize(assumedSize: 3)",
    "@listSize(assumedSize: 5, requireOneSlicingArgument: false)", '@override(from: "$subgraph")',
    '@override(from: "$subgraph", label: "percent(5)")', '@override(from: "$subgraph", label: "1a")',
    '@requires(fields: "$fields")', '@provides(fields: "$fields")', '@key(fields: "$fields")',
    '@key(fields: "$fields", resolvable: false)', "@interfaceObject", '@context(name: "c")', "@extends", "@unknown",
)  # fmt: skip
TYPES = ("Int", "String", "ID!", "[String]", "[Int!]!", "Boolean")
DEFAULTS = ("1", "2", '"a"', "null", "true", "A", "[1]", "{a: 1}")

_COMPOSITE = (
    ast.ObjectTypeDefinitionNode,
    ast.ObjectTypeExtensionNode,
    ast.InterfaceTypeDefinitionNode,
    ast.InterfaceTypeExtensionNode,
)


def _set(node: Any, name: str, value: object) -> None:
    """Change a node in place: nodes are frozen, and these are ours alone."""
    object.__setattr__(node, name, value)


def _definition(sdl: str) -> Any:
    return parse(sdl, no_location=True).definitions[0]


def _field(text: str) -> Any:
    return _definition(f"type T {{ {text} }}").fields[0]


def _pick(random: Random, items: Iterable[Item]) -> Item | None:
    found = list(items)
    return random.choice(found) if found else None


def _types(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    kinds = (ast.TypeDefinitionNode, ast.TypeExtensionNode)
    return [item for document in documents for item in document.definitions if isinstance(item, kinds)]


def _composites(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    return [item for item in _types(documents) if isinstance(item, _COMPOSITE)]


def _fields(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    return [item for definition in _composites(documents) for item in definition.fields or ()]


def _elements(documents: Iterable[ast.DocumentNode]) -> list[Any]:
    found: list[Any] = []
    for definition in _types(documents):
        found.append(definition)
        for item in getattr(definition, "fields", None) or ():
            found.extend([item, *(getattr(item, "arguments", None) or ())])
        found.extend(getattr(definition, "values", None) or ())
    return found


def drop_child(random: Random, documents: Documents) -> None:
    """Remove a field, a value, a member, an interface, an argument or a directive."""
    kind = random.choice(("fields", "fields", "values", "types", "interfaces", "arguments", "directives", "directives"))
    least = 2 if kind in ("fields", "values", "types") else 1
    owners = (item for item in _elements(documents.values()) if len(getattr(item, kind, None) or ()) >= least)
    owner = _pick(random, owners)
    if owner is not None:
        gone = random.choice(getattr(owner, kind))
        _set(owner, kind, tuple(item for item in getattr(owner, kind) if item is not gone))


def change_type(random: Random, documents: Documents) -> None:
    """Wrap or unwrap a type, or replace it."""
    kinds = (ast.FieldDefinitionNode, ast.InputValueDefinitionNode)
    element = _pick(random, (item for item in _elements(documents.values()) if isinstance(item, kinds)))
    if element is None:
        return
    roll = random.random()
    if isinstance(element.type, ast.NonNullTypeNode) and roll < 0.7:
        _set(element, "type", element.type.type)
    elif roll < 0.6 and not isinstance(element.type, ast.NonNullTypeNode):
        _set(element, "type", ast.NonNullTypeNode(type=element.type))
    elif roll < 0.75:
        _set(element, "type", ast.ListTypeNode(type=element.type))
    else:
        names = [item.name.value for item in _types(documents.values())]
        _set(element, "type", _field(f"a: {random.choice([*names, *TYPES])}").type)


def change_default(random: Random, documents: Documents) -> None:
    """Give an argument or input field another default, or none."""
    elements = (item for item in _elements(documents.values()) if isinstance(item, ast.InputValueDefinitionNode))
    element = _pick(random, elements)
    if element is not None:
        text = random.choice(DEFAULTS)
        _set(
            element,
            "default_value",
            None if random.random() < 0.3 else _field(f"a(b: Int = {text}): Int").arguments[0].default_value,
        )


def describe(random: Random, documents: Documents) -> None:
    """Describe an element, perhaps otherwise than in another subgraph."""
    elements = (item for item in _elements(documents.values()) if not isinstance(item, ast.TypeExtensionNode))
    element = _pick(random, elements)
    if element is not None:
        _set(
            element,
            "description",
            ast.StringValueNode(value=random.choice(("one", "two", 'on\nlines "x"')), block=True),
        )


def add_argument(random: Random, documents: Documents) -> None:
    """Give a field one more argument."""
    known = _fields(documents.values())
    element = _pick(random, (item for item in known if "added" not in {a.name.value for a in item.arguments or ()}))
    if element is not None:
        text = random.choice(("Int", "Int!", "Int = 1", "[Int!]! = [1]"))
        _set(element, "arguments", (*(element.arguments or ()), *_field(f"a(added: {text}): Int").arguments))


def apply_directive(random: Random, documents: Documents) -> None:
    """Apply a directive to an element, and import it."""
    document = documents[random.choice(list(documents))]
    text = random.choice(APPLICATIONS)
    name = text[1:].partition("(")[0]
    link = _federation_link(document)
    if link is None and name not in FEDERATION_1:
        return
    owner = _pick(random, (item for item in _composites([document]) if item.fields))
    if owner is None:
        return
    chosen = random.sample(list(owner.fields), min(len(owner.fields), random.randint(1, 2)))
    text = text.replace("$fields", " ".join(item.name.value for item in chosen))
    text = text.replace("$subgraph", random.choice(list(documents)))
    wanted: Sequence[Any] = _elements([document])
    if name in ("requires", "provides", "override", "external", "listSize"):
        wanted = list(owner.fields) if name == "requires" else _fields([document])
    elif name in ("key", "interfaceObject", "context", "extends"):
        wanted = [owner]
    element = _pick(random, wanted)
    if element is not None:
        application = _field(f"a: Int {text}").directives[0]
        _set(element, "directives", (*(element.directives or ()), application))
        if link is not None and name not in ("deprecated", "unknown"):
            _import(link, f"@{name}", 0 if random.random() < 0.1 else SINCE.get(name, 0))


def share_all(random: Random, documents: Documents) -> None:
    """Mark all objects of a subgraph as shareable."""
    document = documents[random.choice(list(documents))]
    link = _federation_link(document)
    if link is None:
        return
    for item in _composites([document]):
        if isinstance(item, ast.ObjectTypeDefinitionNode) and "shareable" not in {
            d.name.value for d in item.directives or ()
        }:
            _set(item, "directives", (*(item.directives or ()), _field("a: Int @shareable").directives[0]))
    _import(link, "@shareable", 0)


def copy_type(random: Random, documents: Documents) -> None:
    """Give a type of one subgraph to another one."""
    if len(documents) > 1:
        giver, taker = random.sample(list(documents.values()), 2)
        item = _pick(random, _types([giver]))
        if item is not None and item.name.value not in {known.name.value for known in _types([taker])}:
            _set(taker, "definitions", (*taker.definitions, copy.deepcopy(item)))


def copy_child(random: Random, documents: Documents) -> None:
    """Give a field or value that a type has in one subgraph to the same type in another."""
    if len(documents) < 2:
        return
    giver, taker = random.sample(list(documents.values()), 2)
    pairs = [
        (mine, yours, kind)
        for mine in _types([giver])
        for yours in _types([taker])
        for kind in ("fields", "values", "types")
        if mine.name.value == yours.name.value and getattr(mine, kind, None) and hasattr(yours, kind)
    ]
    pair = _pick(random, pairs)
    if pair is not None:
        mine, yours, kind = pair
        child = random.choice(getattr(mine, kind))
        known = getattr(yours, kind) or ()
        if child.name.value not in {item.name.value for item in known}:
            _set(yours, kind, (*known, copy.deepcopy(child)))


def add_value(random: Random, documents: Documents) -> None:
    """Add a value to an enum."""
    item = _pick(random, (item for item in _types(documents.values()) if getattr(item, "values", None)))
    if item is not None and "ADDED" not in {value.name.value for value in item.values}:
        text = random.choice(("ADDED", "ADDED @deprecated", "ADDED @inaccessible"))
        _set(item, "values", (*item.values, *_definition(f"enum E {{ {text} }}").values))


def add_definition(random: Random, documents: Documents) -> None:
    """Add a definition that may clash with what is there."""
    document = documents[random.choice(list(documents))]
    name = _pick(random, (item.name.value for item in _types(documents.values()))) or "Added"
    text = random.choice((
        "type Added { id: ID }", f"extend type {name} {{ added: Int }}", f"interface {name} {{ id: ID }}",
        "enum Added { A B }", "scalar Added", "directive @added on FIELD", "directive @added(a: Int) on FIELD | QUERY",
        "type Mutation { added: Int }", "type Subscription { added: Int }", "directive @key(fields: String!) on OBJECT",
        f"extend type {name} @key(fields: \"id\") {{ id: ID! @external added: Int }}", "input Added { a: Int }",
    ))  # fmt: skip
    _set(document, "definitions", (*document.definitions, _definition(text)))


def rename(random: Random, documents: Documents) -> None:
    """Rename a definition to the name of another, or to that of a root."""
    item = _pick(random, _types(documents.values()))
    if item is not None:
        names = [other.name.value for other in _types(documents.values())]
        _set(item, "name", ast.NameNode(value=random.choice([*names, "Query", "Mutation", "Renamed"])))


def change_version(random: Random, documents: Documents) -> None:
    """Link another version of federation, or unlink it."""
    document = documents[random.choice(list(documents))]
    link = _federation_link(document)
    if link is not None:
        if random.random() < 0.2:
            _set(link, "arguments", tuple(item for item in link.arguments if item.name.value != "import"))
            return
        url = next(item for item in link.arguments if item.name.value == "url")
        _set(url, "value", ast.StringValueNode(value=f"https://specs.apollo.dev/federation/v2.{random.randrange(13)}"))


def drop_subgraph(random: Random, documents: Documents) -> None:
    """Take a subgraph away."""
    if len(documents) > 1:
        del documents[random.choice(list(documents))]


def _federation_link(document: ast.DocumentNode) -> Any:
    for definition in document.definitions:
        if isinstance(definition, ast.SchemaDefinitionNode | ast.SchemaExtensionNode):
            for directive in definition.directives or ():
                for argument in directive.arguments or ():
                    value = getattr(argument.value, "value", None)
                    if argument.name.value == "url" and isinstance(value, str) and "dev/federation/v2" in value:
                        return directive
    return None


def _import(link: Any, name: str, since: int) -> None:
    url = next(item for item in link.arguments if item.name.value == "url")
    minor = url.value.value.rpartition(".")[2]
    if minor.isdigit() and int(minor) < since:
        _set(url, "value", ast.StringValueNode(value=f"https://specs.apollo.dev/federation/v2.{since}"))
    imports = next((item for item in link.arguments if item.name.value == "import"), None)
    if imports is None:
        imports = ast.ArgumentNode(name=ast.NameNode(value="import"), value=ast.ListValueNode(values=()))
        _set(link, "arguments", (*link.arguments, imports))
    known = {getattr(item, "value", None) for item in getattr(imports.value, "values", ())}
    if isinstance(imports.value, ast.ListValueNode) and name not in known:
        _set(imports.value, "values", (*imports.value.values, ast.StringValueNode(value=name)))


MUTATIONS: tuple[tuple[Mutation, int], ...] = (
    (drop_child, 6), (change_type, 5), (change_default, 1), (describe, 1), (add_argument, 1), (apply_directive, 9),
    (share_all, 2), (copy_type, 1), (copy_child, 4), (add_value, 1), (add_definition, 2), (rename, 1),
    (change_version, 1), (drop_subgraph, 1),
)  # fmt: skip


def mutate(random: Random, documents: Documents) -> None:
    """Apply one to six mutations."""
    mutations, weights = zip(*MUTATIONS, strict=True)
    for mutation in random.choices(mutations, weights, k=random.choice((1, 1, 2, 2, 3, 4, 6))):
        mutation(random, documents)
