"""Two versions of one subgraph's schema -> what both of them serve.

Enters: the published SDL, the candidate's SDL. Leaves: SDL. Invariant: every element of it is in both, so pods of
either version can answer whatever a router plans with it while one replaces the other.

It is the candidate's document without what is new in it. A type is as weak as either makes it: an output is nullable
where one of them says so, an input is required where one of them says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLError, parse, print_ast
from graphql.language import ast

from router.errors import InputError

#: On an element of both versions these say how it is resolved; where they differ the published ones go on holding.
_RESOLUTION: Final = frozenset(("requires", "external", "override", "provides"))
_BUILT_IN: Final = frozenset(("String", "Int", "Float", "Boolean", "ID"))

TypeNode = (
    ast.ScalarTypeDefinitionNode,
    ast.ObjectTypeDefinitionNode,
    ast.InterfaceTypeDefinitionNode,
    ast.UnionTypeDefinitionNode,
    ast.EnumTypeDefinitionNode,
    ast.InputObjectTypeDefinitionNode,
    ast.ScalarTypeExtensionNode,
    ast.ObjectTypeExtensionNode,
    ast.InterfaceTypeExtensionNode,
    ast.UnionTypeExtensionNode,
    ast.EnumTypeExtensionNode,
    ast.InputObjectTypeExtensionNode,
)
_MEMBERS: Final = ("fields", "values", "types", "interfaces")


@dataclass(slots=True)
class _Type:
    """One type over its definition and its extensions."""

    fields: dict[str, Any] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    directives: set[str] = field(default_factory=set)


def intersect(published: str, candidate: str) -> str:
    """Return the SDL that both versions serve. Raises :class:`InputError` for SDL that can't be parsed."""
    before, document = _index(_parse(published, "published")), _parse(candidate, "candidate")
    while True:
        kept = [node for node in (_keep(node, before) for node in document.definitions) if node is not None]
        known = {node.name.value for node in kept if isinstance(node, TypeNode)}
        smaller = ast.DocumentNode(definitions=tuple(_without_lost_types(kept, known | _BUILT_IN, before)))
        if print_ast(smaller) == print_ast(document):
            return print_ast(smaller) + "\n"
        document = smaller


def lost_elements(published: str, later: str) -> list[str]:
    """Return the coordinates of what the published version serves and the later one doesn't, sorted."""
    return sorted(_coordinates(_parse(published, "published")) - _coordinates(_parse(later, "candidate")))


def _parse(sdl: str, which: str) -> ast.DocumentNode:
    try:
        return parse(sdl, no_location=True)
    except GraphQLError as error:
        raise InputError(f"the {which} schema: {error.message}") from None


def _index(document: ast.DocumentNode) -> dict[str, _Type]:
    found: dict[str, _Type] = {}
    for node in document.definitions:
        if not isinstance(node, TypeNode):
            continue
        entry = found.setdefault(node.name.value, _Type())
        entry.directives.update(print_ast(directive) for directive in node.directives or ())
        for member in _MEMBERS:
            for item in getattr(node, member, None) or ():
                if member == "fields":
                    entry.fields[item.name.value] = item
                else:
                    entry.names.add((member, item.name.value))
    return found


def _keep(node: ast.DefinitionNode, before: dict[str, _Type]) -> ast.DefinitionNode | None:
    if not isinstance(node, TypeNode):
        return node
    old = before.get(node.name.value)
    if old is None:
        return None
    changes: dict[str, Any] = {
        "directives": tuple(each for each in node.directives or () if print_ast(each) in old.directives)
    }
    for member in _MEMBERS:
        items = getattr(node, member, None)
        if not items:
            continue
        if member == "fields":
            is_input = isinstance(node, ast.InputObjectTypeDefinitionNode | ast.InputObjectTypeExtensionNode)
            changes[member] = tuple(
                _meet_field(item, old.fields[item.name.value], is_input=is_input)
                for item in items
                if item.name.value in old.fields
            )
        else:
            changes[member] = tuple(item for item in items if (member, item.name.value) in old.names)
    kept = _changed(node, changes)
    return None if _is_empty(node, kept) else kept


def _is_empty(node: Any, kept: Any) -> bool:
    """Whether nothing is left of what made up a type; a type that had no members by itself stays."""
    had = any(getattr(node, member, None) for member in ("fields", "values", "types"))
    return had and not any(getattr(kept, member, None) for member in ("fields", "values", "types"))


def _meet_field(item: Any, old: Any, *, is_input: bool) -> Any:
    directives = {print_ast(each) for each in old.directives or ()}
    kept = [each for each in item.directives or () if print_ast(each) in directives]
    kept = [each for each in kept if _own_name(each) not in _RESOLUTION]
    kept += [each for each in old.directives or () if _own_name(each) in _RESOLUTION]
    changes: dict[str, Any] = {"directives": tuple(kept), "type": _meet(item.type, old.type, strict=is_input)}
    if not is_input and item.arguments:
        arguments = {argument.name.value: argument for argument in old.arguments or ()}
        changes["arguments"] = tuple(
            _meet_field(argument, arguments[argument.name.value], is_input=True)
            for argument in item.arguments
            if argument.name.value in arguments
        )
    return _changed(item, changes)


def _own_name(directive: ast.ConstDirectiveNode) -> str:
    return directive.name.value.removeprefix("federation__")


def _meet(new: ast.TypeNode, old: ast.TypeNode, *, strict: bool) -> ast.TypeNode:
    """Return the type that holds for both; where they name different types, the published one."""
    required = (isinstance(new, ast.NonNullTypeNode), isinstance(old, ast.NonNullTypeNode))
    inner = [each.type if isinstance(each, ast.NonNullTypeNode) else each for each in (new, old)]
    met: Any
    if isinstance(inner[0], ast.ListTypeNode) and isinstance(inner[1], ast.ListTypeNode):
        met = ast.ListTypeNode(type=_meet(inner[0].type, inner[1].type, strict=strict))
    elif print_ast(inner[0]) == print_ast(inner[1]):
        met = inner[0]
    else:
        return old
    return ast.NonNullTypeNode(type=met) if (any(required) if strict else all(required)) else met


def _without_lost_types(
    kept: Iterable[ast.DefinitionNode], known: AbstractSet[str], before: dict[str, _Type]
) -> Iterable[ast.DefinitionNode]:
    """Take away the fields whose type is gone; types that no version defines (of a specification) stay."""
    for node in kept:
        fields = getattr(node, "fields", None)
        if not isinstance(node, TypeNode) or not fields:
            yield node
            continue
        left = tuple(item for item in fields if _named(item.type) in known or _named(item.type) not in before)
        if left:
            yield _changed(node, {"fields": left})


def _named(node: Any) -> str:
    while not isinstance(node, ast.NamedTypeNode):
        node = node.type
    return str(node.name.value)


def _changed(node: Any, changes: dict[str, Any]) -> Any:
    return type(node)(**{key: changes.get(key, getattr(node, key)) for key in node.keys if hasattr(node, key)})


def _coordinates(document: ast.DocumentNode) -> set[str]:
    found: set[str] = set()
    for name, entry in _index(document).items():
        found.add(name)
        found.update(f"{name} {directive}" for directive in entry.directives)
        found.update(f"{name}.{member}" for kind, member in entry.names if kind == "values")
        found.update(f"{name} implements {member}" for kind, member in entry.names if kind == "interfaces")
        found.update(f"{name} = {member}" for kind, member in entry.names if kind == "types")
        for item in entry.fields.values():
            coordinate = f"{name}.{item.name.value}"
            found.add(f"{coordinate}: {print_ast(item.type)}")
            for argument in getattr(item, "arguments", None) or ():
                found.add(f"{coordinate}({argument.name.value}: {print_ast(argument.type)})")
    return found
