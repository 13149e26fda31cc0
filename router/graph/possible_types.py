"""Which objects each composite type of a schema can be, found in one pass over the schema and only when asked."""

from __future__ import annotations

from router.type_system.model import InterfaceType, ObjectType, Schema


class PossibleTypes:
    """Answers :meth:`Schema.possible_types` for many types at the price of one."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._implementers: dict[str, list[str]] | None = None
        self._found: dict[str, tuple[str, ...]] = {}

    def __getitem__(self, name: str) -> tuple[str, ...]:
        """Return the object types that a composite type can be, in definition order."""
        found = self._found.get(name)
        if found is None:
            if isinstance(self._schema.types.get(name), InterfaceType):
                found = tuple(self._implementers_of(name))
            else:
                found = self._schema.possible_types(name)
            self._found[name] = found
        return found

    def _implementers_of(self, interface: str) -> list[str]:
        if self._implementers is None:
            self._implementers = {}
            for definition in self._schema.types.values():
                if isinstance(definition, ObjectType):
                    for name in definition.interfaces:
                        self._implementers.setdefault(name, []).append(definition.name)
        return self._implementers.get(interface, [])
