"""The type system as immutable data (GraphQL specification, section 3).

A :class:`Schema` maps names to type definitions in source order. Extensions are already folded into the type that
they extend; what came from one carries ``extension=True``, because Federation 1 gives extensions a meaning.

``position`` is the offset of an element in the SDL that it was read from, -1 where it was made by the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from router.type_system.values import Value


@dataclass(frozen=True, slots=True)
class NamedType:
    """A reference to a type by name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType:
    """``[of]``"""

    of: TypeRef

    def __str__(self) -> str:
        return f"[{self.of}]"


@dataclass(frozen=True, slots=True)
class NonNullType:
    """``of!``; ``of`` is never itself non-null."""

    of: NamedType | ListType

    def __str__(self) -> str:
        return f"{self.of}!"


TypeRef: TypeAlias = "NamedType | ListType | NonNullType"


def named_type(ref: TypeRef) -> str:
    """Return the name at the core of a type reference."""
    while not isinstance(ref, NamedType):
        ref = ref.of
    return ref.name


def list_depth(ref: TypeRef) -> int:
    """Return how many lists a type reference has around its core."""
    depth = 0
    while not isinstance(ref, NamedType):
        depth += isinstance(ref, ListType)
        ref = ref.of
    return depth


class NoDefault:
    """The type of :data:`NO_DEFAULT`, which tells a missing default from ``null``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NO_DEFAULT"


NO_DEFAULT: Final = NoDefault()


@dataclass(frozen=True, slots=True)
class AppliedDirective:
    """A directive as applied: ``@name(argument: value)``. ``name`` is without the ``@``."""

    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    extension: bool = False
    position: int = -1


@dataclass(frozen=True, slots=True)
class InputValue:
    """An argument, or a field of an input object."""

    name: str
    type: TypeRef
    default: Value | NoDefault = NO_DEFAULT
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    extension: bool = False
    position: int = -1

    @property
    def required(self) -> bool:
        """Whether a value must be given (non-null without a default)."""
        return isinstance(self.type, NonNullType) and self.default is NO_DEFAULT


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or interface."""

    name: str
    type: TypeRef
    arguments: Mapping[str, InputValue] = field(default_factory=dict)
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    extension: bool = False
    position: int = -1


@dataclass(frozen=True, slots=True)
class EnumValueDefinition:
    """A value of an enum."""

    name: str
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    extension: bool = False
    position: int = -1


@dataclass(frozen=True, slots=True)
class TypeDefinitionPart:
    """What every kind of type has. ``defined`` is false where the document only extends the type."""

    name: str
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    defined: bool = True
    extended: bool = False
    position: int = -1


@dataclass(frozen=True, slots=True)
class ScalarType(TypeDefinitionPart):
    """A scalar."""


@dataclass(frozen=True, slots=True)
class ObjectType(TypeDefinitionPart):
    """An object. ``interfaces`` in source order; ``extension_interfaces`` names those that an extension added."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceType(TypeDefinitionPart):
    """An interface."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnionType(TypeDefinitionPart):
    """A union; ``members`` in source order."""

    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnumType(TypeDefinitionPart):
    """An enum."""

    values: Mapping[str, EnumValueDefinition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InputObjectType(TypeDefinitionPart):
    """An input object."""

    fields: Mapping[str, InputValue] = field(default_factory=dict)


TypeDefinition: TypeAlias = ScalarType | ObjectType | InterfaceType | UnionType | EnumType | InputObjectType
CompositeType: TypeAlias = ObjectType | InterfaceType | UnionType

#: Where a directive on a type stands, by the type's kind.
TYPE_LOCATIONS: Final[Mapping[type[TypeDefinition], str]] = {
    ScalarType: "SCALAR",
    ObjectType: "OBJECT",
    InterfaceType: "INTERFACE",
    UnionType: "UNION",
    EnumType: "ENUM",
    InputObjectType: "INPUT_OBJECT",
}

#: Locations of directives that clients write.
EXECUTABLE_LOCATIONS: Final = frozenset(
    {
        "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD",
        "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DirectiveDefinition:
    """A directive's definition; ``locations`` are names such as ``FIELD_DEFINITION``."""

    name: str
    arguments: Mapping[str, InputValue] = field(default_factory=dict)
    locations: tuple[str, ...] = ()
    repeatable: bool = False
    description: str | None = None
    position: int = -1


@dataclass(frozen=True, slots=True)
class Schema:
    """A whole type system document.

    ``roots`` maps ``query``, ``mutation`` and ``subscription`` to type names, by the ``schema`` definition or by the
    default names where there is none. ``directives`` are those applied to the schema itself.
    """

    types: Mapping[str, TypeDefinition]
    directive_definitions: Mapping[str, DirectiveDefinition] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    directives: tuple[AppliedDirective, ...] = ()
    description: str | None = None
    explicit_schema: bool = False

    def possible_types(self, name: str) -> tuple[str, ...]:
        """Return the object types that a composite type can be, in definition order."""
        definition = self.types.get(name)
        match definition:
            case ObjectType():
                return (name,)
            case UnionType():
                return definition.members
            case InterfaceType():
                return tuple(
                    candidate.name
                    for candidate in self.types.values()
                    if isinstance(candidate, ObjectType) and name in candidate.interfaces
                )
            case _:
                return ()
