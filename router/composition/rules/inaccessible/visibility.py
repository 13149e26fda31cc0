"""What of a supergraph clients see: the question that all rules about ``@inaccessible`` ask.

Enters: a supergraph and the name of its ``@inaccessible``. Leaves: answers. Invariant: an element is hidden by its own
directive; what is within a hidden element is no concern of these rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from router.composition.merge.state import Merge
from router.federation.subgraph import INACCESSIBLE
from router.type_system.model import (
    AppliedDirective,
    Field,
    InputObjectType,
    InputValue,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
)


class Annotated(Protocol):
    """An element that directives can be applied to."""

    @property
    def directives(self) -> tuple[AppliedDirective, ...]: ...


@dataclass(frozen=True, slots=True)
class Visibility:
    """``name`` is that of ``@inaccessible`` in the supergraph."""

    merge: Merge
    schema: Schema
    name: str

    def hides(self, element: Annotated) -> bool:
        """Whether an element is hidden by itself."""
        return any(directive.name == self.name for directive in element.directives)

    def hides_type(self, type_name: str) -> bool:
        """Whether a type is hidden."""
        definition = self.schema.types.get(type_name)
        return definition is not None and self.hides(definition)

    def types(self) -> Iterator[TypeDefinition]:
        """Yield the visible types."""
        return (definition for definition in self.schema.types.values() if not self.hides(definition))

    def fields(self) -> Iterator[tuple[str, Field]]:
        """Yield the visible fields of visible types beside their coordinates."""
        for definition in self.types():
            if isinstance(definition, ObjectType | InterfaceType):
                for item in definition.fields.values():
                    if not self.hides(item):
                        yield f"{definition.name}.{item.name}", item

    def implementations(self) -> Iterator[tuple[ObjectType | InterfaceType, InterfaceType, Field, Field]]:
        """Yield a visible type, a visible interface of it, the type's field, and the visible one that it implements."""
        for definition in self.types():
            if not isinstance(definition, ObjectType | InterfaceType):
                continue
            for name in definition.interfaces:
                interface = self.schema.types.get(name)
                if not isinstance(interface, InterfaceType) or self.hides(interface):
                    continue
                for expected in interface.fields.values():
                    item = definition.fields.get(expected.name)
                    if item is not None and not self.hides(expected):
                        yield definition, interface, item, expected

    def inputs(self) -> Iterator[tuple[str, InputValue]]:
        """Yield all arguments and input fields of visible elements, hidden ones too, beside their coordinates."""
        for coordinate, item in self.fields():
            for argument in item.arguments.values():
                yield f"{coordinate}({argument.name}:)", argument
        for definition in self.types():
            if isinstance(definition, InputObjectType):
                for value in definition.fields.values():
                    yield f"{definition.name}.{value.name}", value
        features = self.merge.features
        composed = {item.name for item in features.directives.values() if item.exporters is not None}
        for directive in self.schema.directive_definitions.values():
            if directive.name in features.definitions and directive.name not in composed:
                continue
            for argument in directive.arguments.values():
                # That nothing of a composed directive is hidden is a rule of its own.
                if directive.name not in composed or not self.hides(argument):
                    yield f"@{directive.name}({argument.name}:)", argument


def see(merge: Merge, schema: Schema) -> Visibility | None:
    """Return the visibility of a supergraph, ``None`` where nothing is hidden."""
    merged = merge.features.directives.get(INACCESSIBLE)
    return None if merged is None else Visibility(merge, schema, merged.name)
