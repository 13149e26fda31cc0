"""What can be wrong with the selection of a ``@fromContext``.

Enters: the types that set the context, the selection, the argument's type. Leaves: problems. Invariant: a selection
without problems picks one value of the argument's type from each of those types.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.federation.context_field import fragments_of
from router.federation.facts import Facts
from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment
from router.federation.field_sets import directives_in
from router.federation.rules.field_set_problems import resolve_problem
from router.federation.subgraph import INTERFACE_OBJECT
from router.type_system.model import (
    InterfaceType,
    ListType,
    NamedType,
    NonNullType,
    ObjectType,
    Schema,
    TypeRef,
    named_type,
)


def selection_problems(facts: Facts, setters: list[str], field_set: FieldSet, wanted: TypeRef) -> Iterator[str]:
    """Yield what is wrong with a selection; nothing where it can be used."""
    if any(_aliases(field_set)):
        yield "which has an alias"
        return
    if any(directives_in(field_set)):
        yield "which applies a directive"
        return
    fragments = fragments_of(field_set)
    if fragments and len(fragments) < len(field_set):
        yield "which has both fields and fragments"
    elif fragments:
        yield from _fragment_problems(facts, setters, fragments, wanted)
    elif len(field_set) != 1:
        yield "which selects more than one field"
    else:
        for setter in setters:
            yield from _value_problems(facts, setter, field_set, wanted)


def _aliases(field_set: FieldSet) -> Iterator[str]:
    for selection in field_set:
        if isinstance(selection, FieldSetField) and selection.alias is not None:
            yield selection.alias
        yield from _aliases(selection.selections)


def _fragment_problems(
    facts: Facts, setters: list[str], fragments: list[FieldSetFragment], wanted: TypeRef
) -> Iterator[str]:
    schema = facts.schema
    conditions = [fragment.type_condition for fragment in fragments]
    if len(set(conditions)) != len(conditions) or None in conditions:
        yield "whose fragments must have a type condition each, and different ones"
        return
    for condition in conditions:
        if condition is not None and not isinstance(schema.types.get(condition), ObjectType):
            yield f"whose type condition {condition} isn't an object type"
    used: set[str] = set()
    for setter in setters:
        possible = schema.possible_types(setter)
        matching = [fragment for fragment in fragments if fragment.type_condition in possible]
        if not matching:
            yield f"which has no fragment for {setter}"
        for fragment in matching:
            assert fragment.type_condition is not None
            used.add(fragment.type_condition)
            yield from _value_problems(facts, fragment.type_condition, fragment.selections, wanted)
    for condition in conditions:
        if condition is not None and condition not in used:
            yield f"whose type condition {condition} is none of the types that set the context"


def _value_problems(facts: Facts, setter: str, field_set: FieldSet, wanted: TypeRef) -> Iterator[str]:
    problem = resolve_problem(facts, setter, field_set, "requires")
    if problem is not None:
        yield f"{problem} (on {setter})"
        return
    placeholder = next(_interface_objects(facts.schema, setter, field_set), None)
    if placeholder is not None:
        yield f"which goes through {placeholder}, an @interfaceObject"
        return
    picked = _picked_type(facts.schema, setter, field_set)
    if picked is None:
        yield "which must be one path of fields down to one value"
    elif picked != wanted:
        yield f"which gives {picked} from {setter} where {wanted} is expected"


def _interface_objects(schema: Schema, parent: str, field_set: FieldSet) -> Iterator[str]:
    """Yield the types that a selection goes through and that stand for an interface: whose value it is isn't known."""
    definition = schema.types.get(parent)
    if not isinstance(definition, ObjectType | InterfaceType):
        return
    if any(directive.name == INTERFACE_OBJECT for directive in definition.directives):
        yield parent
    for selection in field_set:
        if isinstance(selection, FieldSetField) and selection.name in definition.fields:
            yield from _interface_objects(
                schema, named_type(definition.fields[selection.name].type), selection.selections
            )


def _picked_type(schema: Schema, parent: str, field_set: FieldSet) -> TypeRef | None:
    """Return the type of the value that a selection picks, all of it nullable; ``None`` where it isn't one path."""
    if len(field_set) != 1 or not isinstance(field_set[0], FieldSetField):
        return None
    selection = field_set[0]
    definition = schema.types.get(parent)
    item = definition.fields.get(selection.name) if isinstance(definition, ObjectType | InterfaceType) else None
    if item is None:
        return NamedType("String") if selection.name == "__typename" else None
    if not selection.selections:
        return _nullable(item.type)
    inner = _picked_type(schema, named_type(item.type), selection.selections)
    return None if inner is None else _wrapped(item.type, inner)


def _nullable(ref: TypeRef) -> NamedType | ListType:
    if isinstance(ref, NonNullType):
        return _nullable(ref.of)
    return ListType(_nullable(ref.of)) if isinstance(ref, ListType) else ref


def _wrapped(ref: TypeRef, inner: TypeRef) -> TypeRef:
    """Wrap the picked type in the lists of the field that leads to it."""
    if isinstance(ref, NonNullType):
        return _wrapped(ref.of, inner)
    return ListType(_wrapped(ref.of, inner)) if isinstance(ref, ListType) else inner
