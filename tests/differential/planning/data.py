"""Data for a supergraph that has none: a few objects of each type, consistent wherever they are asked.

Enters: a query graph. Leaves: a data set for :mod:`router.verification`. Invariant: leaf values tell their object,
field and arguments apart, so that a value that comes out at a wrong place shows; a field that several subgraphs resolve
has values that all of them know.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from router.federation.field_set import FieldSet, FieldSetField
from router.graph.model import QueryGraph
from router.type_system.model import (
    NO_DEFAULT,
    EnumType,
    Field,
    InterfaceType,
    ListType,
    NonNullType,
    ObjectType,
    TypeRef,
    UnionType,
    named_type,
)

#: Objects of each type.
POOL = 3
_NUMBER = "__number"


def make_data(graph: QueryGraph) -> dict[str, Any]:
    """Make a data set that is the same for the same graph."""
    return _Maker(graph).make()


class _Maker:
    def __init__(self, graph: QueryGraph) -> None:
        self.graph = graph
        self.schema = graph.supergraph.schema
        self.random = Random("data")
        self.unique = 0
        self.keys = {name: frozenset(self._key_fields(name)) for name in self.schema.types}

    def make(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        roots = set(self.schema.roots.values())
        for name, definition in self.schema.types.items():
            if not isinstance(definition, ObjectType):
                continue
            if name in roots:
                data[name] = {item.name: self._value(name, item, 0) for item in definition.fields.values()}
                continue
            data[name] = [
                {_NUMBER: str(number)} | {f.name: self._value(name, f, number) for f in definition.fields.values()}
                for number in range(POOL)
            ]
        for kind, name in self.schema.roots.items():
            if kind == "subscription":
                data[name] = {key: {"$events": [value, value]} for key, value in data[name].items()}
        return data

    def _key_fields(self, name: str) -> Iterator[str]:
        for view in self.graph.views.values():
            kind = view.types.get(name)
            for key in kind.keys if kind is not None else ():
                yield from _names(key.fields)

    def _value(self, owner: str, item: Field, number: int) -> Any:
        return self._of_type(owner, item, item.type, number)

    def _of_type(self, owner: str, item: Field, type_ref: TypeRef, number: int) -> Any:
        match type_ref:
            case NonNullType(inner):
                return self._of_type(owner, item, inner, number)
            case ListType(inner):
                count = 1 if item.name in self.keys.get(owner, ()) else self.random.randint(1, 3)
                made = [self._of_type(owner, item, inner, number + index) for index in range(count)]
                return [value for value in made if value is not None]  # where no object is possible
            case _:
                return self._named(owner, item, named_type(type_ref), number)

    def _named(self, owner: str, item: Field, name: str, number: int) -> Any:
        definition = self.schema.types.get(name)
        if isinstance(definition, ObjectType | InterfaceType | UnionType):
            members = self._members(owner, item, name)
            if not members:
                return None
            if item.name in self.keys.get(owner, ()):
                return {"$ref": members[0], _NUMBER: str(number % POOL)}
            return {"$ref": self.random.choice(members), _NUMBER: str(self.random.randrange(POOL))}
        if isinstance(definition, EnumType):
            known = [
                set(kind.values)
                for view in self.graph.views.values()
                if isinstance(kind := view.schema.types.get(name), EnumType)
            ]
            values = [value for value in definition.values if all(value in values for values in known)]
            return values[0] if values else None
        return self._leaf(owner, item, name, number)

    def _leaf(self, owner: str, item: Field, name: str, number: int) -> Any:
        self.unique += 1
        match name:
            case "Int":
                return self.unique
            case "Float":
                return self.unique + 0.5
            case "Boolean":
                return self.unique % 2 == 0
            case "String" | "ID":
                plain = f"{owner}.{item.name}.{number}.{self.unique}"
                inputs = _told(item)
                required = self._required(owner, item.name)
                if item.name in self.keys.get(owner, ()) or not (inputs or required):
                    return plain
                told = [f"{{${name}}}" for name in inputs] + [f"{{{name}}}" for name in required]
                return {"$template": f"{plain}({','.join(told)})"}
            case _:
                return {"$json": self.unique}

    def _required(self, owner: str, field: str) -> list[str]:
        """Leaves without arguments at the top of what a field requires."""
        definition = self.schema.types[owner]
        assert isinstance(definition, ObjectType)
        views = [view.types[owner].fields.get(field) for view in self.graph.views.values() if owner in view.types]
        parts = [part for view in views if view is not None for part in view.requires]
        plain = [part.name for part in parts if isinstance(part, FieldSetField) and not part.arguments]
        return [name for name in dict.fromkeys(plain) if name in definition.fields and self._is_leaf(definition, name)]

    def _is_leaf(self, owner: ObjectType, name: str) -> bool:
        kind = self.schema.types.get(named_type(owner.fields[name].type))
        return not isinstance(kind, ObjectType | InterfaceType | UnionType)

    def _members(self, owner: str, item: Field, name: str) -> list[str]:
        """The object types that every subgraph which resolves a field can return."""
        possible: list[set[str]] = []
        for view in self.graph.views.values():
            kind = view.types.get(owner)
            if kind is None or item.name not in kind.fields:
                continue
            target = view.types.get(named_type(kind.fields[item.name].type))  # may be narrower than elsewhere
            if target is not None and not target.is_interface_object:
                possible.append(set(target.members) or {target.name})
        everything = self._all_members(name)
        return [member for member in everything if all(member in members for members in possible)]

    def _all_members(self, name: str) -> list[str]:
        definition = self.schema.types[name]
        if isinstance(definition, ObjectType):
            return [name]
        found = {
            member for view in self.graph.views.values() if name in view.types for member in view.types[name].members
        }
        return sorted(member for member in found if isinstance(self.schema.types.get(member), ObjectType))


def _told(item: Field) -> list[str]:
    """Arguments that are never missing, so that a value can tell them."""
    return [
        argument.name
        for argument in item.arguments.values()
        if (isinstance(argument.type, NonNullType) or argument.default is not NO_DEFAULT)
        and named_type(argument.type) in ("Int", "String", "ID", "Boolean")
        and not isinstance(argument.type, ListType)
    ]


def _names(fields: FieldSet) -> Iterator[str]:
    for part in fields:
        if isinstance(part, FieldSetField):
            yield part.name
        else:
            yield from _names(part.selections)
