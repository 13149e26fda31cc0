"""What the merge asks of one subgraph: which directives it uses, and which fields are external, provided, shareable.

Enters: a :class:`~router.federation.subgraph.Subgraph`. Leaves: :class:`SubgraphFacts`. Invariant: facts are of one
subgraph alone; nothing here depends on the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import Lexer, Source, TokenKind

from router.federation.context_field import fields_from_contexts
from router.federation.field_set import FieldSet
from router.federation.field_sets import parse_or_reason, selected_fields
from router.federation.subgraph import (
    EXTERNAL,
    FROM_CONTEXT,
    INTERFACE_OBJECT,
    KEY,
    PROVIDES,
    REQUIRES,
    SHAREABLE,
    Subgraph,
)
from router.type_system.model import (
    AppliedDirective,
    EnumType,
    Field,
    InputObjectType,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    named_type,
)

#: ``(type name, field name)``
FieldKey = tuple[str, str]

_NO_FIELDS: Mapping[str, Field] = {}


def find_directive(directives: tuple[AppliedDirective, ...], name: str) -> AppliedDirective | None:
    """Return the last application of a directive, or ``None``."""
    for directive in reversed(directives):
        if directive.name == name:
            return directive
    return None


def has_directive(directives: tuple[AppliedDirective, ...], name: str) -> bool:
    """Tell whether a directive is applied."""
    return any(directive.name == name for directive in directives)


def field_set_text(directive: AppliedDirective) -> str:
    """Return the text of a directive's ``fields`` argument."""
    text = directive.arguments.get("fields")
    return text if isinstance(text, str) else ""


def read_field_set(text: str) -> FieldSet:
    """Parse the text of a field set, which its subgraph has checked; texts are parsed once."""
    parsed = parse_or_reason(text)
    return () if isinstance(parsed, str) else parsed


def fields_of(definition: TypeDefinition | None) -> Mapping[str, Field]:
    """Return the fields of an object or interface, else an empty mapping."""
    return definition.fields if isinstance(definition, ObjectType | InterfaceType) else _NO_FIELDS


@dataclass(slots=True)
class SubgraphFacts:
    """``used`` are the directive names that the subgraph applies anywhere.

    ``external`` are its ``@external`` fields; ``interface_objects`` its ``@interfaceObject`` types.
    """

    subgraph: Subgraph
    used: set[str] = field(default_factory=set)
    external: set[FieldKey] = field(default_factory=set)
    interface_objects: set[str] = field(default_factory=set)
    _provided: set[FieldKey] | None = None
    _keys: set[FieldKey] | None = None
    _required: set[FieldKey] | None = None
    _from_contexts: set[FieldKey] | None = None

    @property
    def provided(self) -> set[FieldKey]:
        """The fields that some ``@provides`` of this subgraph selects."""
        if self._provided is None:
            self._provided = set(self._field_set_targets(PROVIDES)) if PROVIDES in self.used else set()
        return self._provided

    @property
    def in_keys(self) -> set[FieldKey]:
        """The fields that some ``@key`` of this subgraph selects, at any depth."""
        if self._keys is None:
            self._keys = set(self._key_targets()) if KEY in self.used else set()
        return self._keys

    @property
    def required(self) -> set[FieldKey]:
        """The fields that some ``@requires`` of this subgraph selects."""
        if self._required is None:
            self._required = set(self._field_set_targets(REQUIRES)) if REQUIRES in self.used else set()
        return self._required

    @property
    def from_contexts(self) -> set[FieldKey]:
        """The fields that contextual arguments of this subgraph are filled from."""
        if self._from_contexts is None:
            used = FROM_CONTEXT in self.used
            self._from_contexts = fields_from_contexts(self.subgraph.schema) if used else set()
        return self._from_contexts

    def is_external(self, type_name: str, field_name: str) -> bool:
        """Whether the field is ``@external``, also where some path provides it."""
        return (type_name, field_name) in self.external

    def is_resolved(self, type_name: str, field_name: str) -> bool:
        """Whether the subgraph resolves the field, be it only on a ``@provides`` path."""
        key = (type_name, field_name)
        return key not in self.external or key in self.provided

    def is_shareable(self, type_name: str, item: Field) -> bool:
        """Whether the field may be resolved by other subgraphs too."""
        if has_directive(item.directives, SHAREABLE):
            return True
        definition = self.subgraph.schema.types[type_name]
        if any(
            directive.name == SHAREABLE and self._same_part(definition, directive, item)
            for directive in definition.directives
        ):
            return True
        key = (type_name, item.name)
        return key in self.in_keys or (key in self.external and key in self.provided)

    def is_used(self, type_name: str, field_name: str) -> bool:
        """Whether a field set selects the field, or an interface of the type asks for it."""
        key = (type_name, field_name)
        if key in self.in_keys or key in self.required or key in self.provided or key in self.from_contexts:
            return True
        schema = self.subgraph.schema
        definition = schema.types.get(type_name)
        if not isinstance(definition, ObjectType | InterfaceType):
            return False
        return any(field_name in fields_of(schema.types.get(name)) for name in definition.interfaces)

    def _same_part(self, definition: TypeDefinition, directive: AppliedDirective, item: Field) -> bool:
        """Whether a directive stands on the definition or extension that declares the field.

        A directive on one part of a type says nothing about the fields of the others.
        """
        if directive.extension != item.extension:
            return False
        if not directive.extension or directive.position < 0 or item.position < 0:
            return True
        if directive.position > item.position:
            return False
        return _in_one_block(self.subgraph.sdl[directive.position : item.position])

    def _key_targets(self) -> Iterator[FieldKey]:
        schema = self.subgraph.schema
        for definition in schema.types.values():
            for directive in definition.directives:
                if directive.name == KEY:
                    yield from _selected(schema, definition.name, field_set_text(directive))

    def _field_set_targets(self, name: str) -> Iterator[FieldKey]:
        schema = self.subgraph.schema
        for definition in schema.types.values():
            for item in fields_of(definition).values():
                directive = find_directive(item.directives, name) if item.directives else None
                if directive is not None:
                    start = named_type(item.type) if name == PROVIDES else definition.name
                    yield from _selected(schema, start, field_set_text(directive))


def _in_one_block(text: str) -> bool:
    """Whether SDL text that starts at a type's directive stays within the braces that it opens."""
    lexer, depth, opened = Lexer(Source(text)), 0, False
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        if token.kind is TokenKind.BRACE_L:
            depth, opened = depth + 1, True
        elif token.kind is TokenKind.BRACE_R:
            depth -= 1
            if opened and depth == 0:
                return False
    return True


def _selected(schema: Schema, type_name: str, text: str) -> Iterator[FieldKey]:
    """Yield each field that a field set selects; a field of an interface stands for its implementations' too."""
    for owner, field_name in selected_fields(schema, type_name, read_field_set(text)):
        yield owner, field_name
        if isinstance(schema.types.get(owner), InterfaceType):
            for member in schema.possible_types(owner):
                yield member, field_name


def gather_facts(subgraph: Subgraph) -> SubgraphFacts:
    """Read a subgraph once and note what the merge will ask for most."""
    facts = SubgraphFacts(subgraph, set(subgraph.beside))
    schema = subgraph.schema
    facts.used.update(directive.name for directive in schema.directives)
    for known in schema.directive_definitions.values():
        for argument in known.arguments.values():
            facts.used.update(directive.name for directive in argument.directives)
    for definition in schema.types.values():
        if definition.directives:
            facts.used.update(directive.name for directive in definition.directives)
            if has_directive(definition.directives, INTERFACE_OBJECT):
                facts.interface_objects.add(definition.name)
        match definition:
            case ObjectType() | InterfaceType():
                _note_fields(facts, definition.name, definition.fields.values())
            case InputObjectType():
                for argument in definition.fields.values():
                    facts.used.update(directive.name for directive in argument.directives)
            case EnumType():
                for value in definition.values.values():
                    facts.used.update(directive.name for directive in value.directives)
            case _:
                pass
    return facts


def _note_fields(facts: SubgraphFacts, type_name: str, items: Iterable[Field]) -> None:
    for item in items:
        for directive in item.directives:
            facts.used.add(directive.name)
            if directive.name == EXTERNAL:
                facts.external.add((type_name, item.name))
        for argument in item.arguments.values():
            if argument.directives:
                facts.used.update(directive.name for directive in argument.directives)
