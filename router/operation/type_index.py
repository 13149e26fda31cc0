"""A schema's composite types, laid out for fast lookups by name.

Enters: a :class:`~router.type_system.model.Schema`. Leaves: field types, possible types and supertypes, each computed
once. Invariant: tuples of possible types are in definition order, so whatever iterates over them is deterministic.
"""

from __future__ import annotations

from router.type_system.model import InterfaceType, ObjectType, Schema, TypeRef, UnionType, named_type


class TypeIndex:
    """Lookups over one schema. Make one a schema and keep it; it fills itself as it is asked."""

    __slots__ = ("_fields", "_overlaps", "_possible", "_supertypes", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._fields: dict[str, dict[str, tuple[TypeRef, str, bool]]] = {}
        self._possible: dict[str, tuple[str, ...]] = {}
        self._supertypes: dict[str, frozenset[str]] = {}
        self._overlaps: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}

    def fields(self, name: str) -> dict[str, tuple[TypeRef, str, bool]]:
        """Return, for each field of a type: its type, the name at the type's core, whether that is composite."""
        found = self._fields.get(name)
        if found is None:
            definition = self.schema.types.get(name)
            found = {}
            if isinstance(definition, ObjectType | InterfaceType):
                for field in definition.fields.values():
                    core = named_type(field.type)
                    found[field.name] = (field.type, core, self.is_composite(core))
            self._fields[name] = found
        return found

    def is_composite(self, name: str) -> bool:
        """Tell whether a type has selections."""
        return isinstance(self.schema.types.get(name), ObjectType | InterfaceType | UnionType)

    def is_object(self, name: str) -> bool:
        """Tell whether a type is an object type."""
        return isinstance(self.schema.types.get(name), ObjectType)

    def possible(self, name: str) -> tuple[str, ...]:
        """Return the object types that a composite type can be, in definition order."""
        found = self._possible.get(name)
        if found is None:
            if not self._possible:
                self._index_implementations()
            found = self._possible.get(name)
            if found is None:
                found = self._possible[name] = self.schema.possible_types(name)
        return found

    def _index_implementations(self) -> None:
        implementations: dict[str, list[str]] = {
            name: [] for name, definition in self.schema.types.items() if isinstance(definition, InterfaceType)
        }
        for definition in self.schema.types.values():
            if isinstance(definition, ObjectType):
                for interface in definition.interfaces:
                    if interface in implementations:
                        implementations[interface].append(definition.name)
        self._possible.update((name, tuple(types)) for name, types in implementations.items())

    def supertypes(self, name: str) -> frozenset[str]:
        """Return the types whose condition a type always meets: itself, its interfaces, unions that hold it."""
        found = self._supertypes.get(name)
        if found is None:
            definition = self.schema.types.get(name)
            names = {name}
            if isinstance(definition, ObjectType | InterfaceType):
                names.update(definition.interfaces)
            if isinstance(definition, ObjectType):
                names.update(
                    union.name
                    for union in self.schema.types.values()
                    if isinstance(union, UnionType) and name in union.members
                )
            found = self._supertypes[name] = frozenset(names)
        return found

    def overlap(self, types: tuple[str, ...], condition: str) -> tuple[str, ...]:
        """Return those of ``types`` that meet a type condition, in the same order."""
        found = self._overlaps.get((types, condition))
        if found is None:
            meeting = frozenset(self.possible(condition))
            found = self._overlaps[types, condition] = tuple(name for name in types if name in meeting)
        return found
