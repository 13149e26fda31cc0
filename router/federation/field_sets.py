"""The field sets of one subgraph, parsed and resolved against its types.

Enters: a canonical schema. Leaves: :class:`FieldSets`, one list a directive. Invariant: a field set that can't be
parsed or resolved keeps its place in the lists with the reason, so that its rule can report it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import GraphQLSyntaxError

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment, parse_field_set
from router.federation.subgraph import KEY, PROVIDES, REQUIRES
from router.type_system.model import (
    AppliedDirective,
    Field,
    InterfaceType,
    ObjectType,
    Schema,
    named_type,
)


@dataclass(frozen=True, slots=True)
class FieldSetUse:
    """One application of a directive with a field set.

    ``coordinate`` is where it stands and ``parent`` the type that the field set selects from. ``field_set`` is
    ``None`` where the text isn't a string (``text`` is ``None``) or doesn't parse (``syntax_error`` says why).
    """

    coordinate: str
    owner: ObjectType | InterfaceType
    field: Field | None
    parent: str
    application: AppliedDirective
    text: str | None
    field_set: FieldSet | None
    syntax_error: str | None = None


@dataclass(frozen=True, slots=True)
class FieldSets:
    """Every field set of a subgraph, by directive, in source order."""

    keys: list[FieldSetUse] = field(default_factory=list)
    requires: list[FieldSetUse] = field(default_factory=list)
    provides: list[FieldSetUse] = field(default_factory=list)


def read_field_sets(schema: Schema) -> FieldSets:
    """Collect and parse all field sets of a schema."""
    sets = FieldSets()
    for definition in schema.types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for application in definition.directives:
            if application.name == KEY:
                sets.keys.append(_read(definition.name, definition, None, definition.name, application))
        for item in definition.fields.values():
            for application in item.directives:
                if application.name == REQUIRES:
                    coordinate = f"{definition.name}.{item.name}"
                    sets.requires.append(_read(coordinate, definition, item, definition.name, application))
                elif application.name == PROVIDES:
                    coordinate, parent = f"{definition.name}.{item.name}", named_type(item.type)
                    sets.provides.append(_read(coordinate, definition, item, parent, application))
    return sets


def _read(
    coordinate: str,
    owner: ObjectType | InterfaceType,
    item: Field | None,
    parent: str,
    application: AppliedDirective,
) -> FieldSetUse:
    value = application.arguments.get("fields")
    if not isinstance(value, str):
        return FieldSetUse(coordinate, owner, item, parent, application, None, None)
    parsed = parse_or_reason(value)
    if isinstance(parsed, str):
        return FieldSetUse(coordinate, owner, item, parent, application, value, None, parsed)
    return FieldSetUse(coordinate, owner, item, parent, application, value, parsed)


@lru_cache(maxsize=8192)
def parse_or_reason(text: str) -> FieldSet | str:
    """Parse a field set, or say why it can't be parsed."""
    try:
        return parse_field_set(text)
    except GraphQLSyntaxError as error:
        return error.description


def selected_fields(schema: Schema, parent: str, field_set: FieldSet) -> Iterator[tuple[str, str]]:
    """Yield ``(type, field)`` for each field that a field set selects, parents first, up to one that isn't there."""
    yield from _select(schema, parent, field_set)


def _select(schema: Schema, parent: str, field_set: FieldSet) -> Generator[tuple[str, str], None, bool]:
    """Return whether every field was there; where one isn't, the field set is wrong and what follows doesn't count."""
    definition = schema.types.get(parent)
    fields: Mapping[str, Field] = definition.fields if isinstance(definition, ObjectType | InterfaceType) else {}
    for selection in field_set:
        match selection:
            case FieldSetField(name="__typename"):
                continue
            case FieldSetField():
                item = fields.get(selection.name)
                if item is None:
                    return False
                yield parent, selection.name
                inner = named_type(item.type)
            case FieldSetFragment():
                inner = selected_type(schema, parent, selection)
        if selection.selections and not (yield from _select(schema, inner, selection.selections)):
            return False
    return True


def selected_type(schema: Schema, parent: str, fragment: FieldSetFragment) -> str:
    """Return the type that a fragment selects from.

    A type condition that the subgraph doesn't have restricts nothing; one that ``parent`` never fulfils does.
    """
    condition = fragment.type_condition
    if condition is None or condition == parent or condition not in schema.types:
        return parent
    return condition


def directives_in(field_set: FieldSet) -> Iterator[str]:
    """Yield the names of the directives that a field set applies."""
    for selection in field_set:
        yield from selection.directives
        if selection.selections:
            yield from directives_in(selection.selections)


def comparable(field_set: FieldSet) -> frozenset[object]:
    """Return a value that is equal for field sets that select the same, whatever their order and repetitions."""
    return frozenset(_comparable_selection(selection) for selection in field_set)


def _comparable_selection(selection: FieldSetField | FieldSetFragment) -> tuple[object, ...]:
    if isinstance(selection, FieldSetFragment):
        return ("...", selection.type_condition, selection.directives, comparable(selection.selections))
    return (selection.name, selection.arguments, selection.directives, comparable(selection.selections))
