"""What the rules read of one subgraph, worked out once: field sets, externals, used fields.

Enters: a subgraph in canonical terms. Leaves: :class:`Facts`. Invariant: ``schema`` has no ``@external`` on key
fields of extensions, which Federation 1 servers must write and which mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from router.federation.field_sets import FieldSets, FieldSetUse, directives_in, read_field_sets, selected_fields
from router.federation.subgraph import EXTERNAL, Subgraph
from router.type_system.model import DirectiveDefinition, InterfaceType, ObjectType, Schema, TypeDefinition

Coordinate = tuple[str, str]
BUILT_IN = frozenset({"skip", "include", "deprecated", "specifiedBy", "defer", "stream"})


@dataclass(frozen=True, slots=True)
class Facts:
    """One subgraph and what follows from its directives. Coordinates are ``(type, field)``.

    ``effectively_external`` are the key fields of extensions that were written ``@external`` without being it.
    """

    subgraph: Subgraph
    schema: Schema
    field_sets: FieldSets
    external: frozenset[Coordinate]
    effectively_external: frozenset[Coordinate]


def work_out_facts(subgraph: Subgraph) -> Facts:
    """Work out the facts of a subgraph."""
    schema = subgraph.schema
    field_sets = read_field_sets(schema)
    external = external_fields(schema)
    fake: set[Coordinate] = set()
    if external:
        written = external_fields(schema, written=True)
        for use in field_sets.keys:
            if use.application.extension and use.field_set:
                fake.update(written.intersection(selected_fields(schema, use.parent, use.field_set)))
        if fake:
            schema = without_external(schema, fake)
            external -= fake
            field_sets = read_field_sets(schema)
            subgraph = replace(subgraph, schema=schema)
    return Facts(subgraph, schema, field_sets, frozenset(external), frozenset(fake))


def external_fields(schema: Schema, *, written: bool = False) -> set[Coordinate]:
    """Return the fields of objects and interfaces that are ``@external``, or only those ``written`` so themselves."""
    return {
        (definition.name, item.name)
        for definition in schema.types.values()
        if isinstance(definition, ObjectType | InterfaceType)
        for item in definition.fields.values()
        if item.directives
        and any(one.name == EXTERNAL and (one.position >= 0 or not written) for one in item.directives)
    }


def without_external(schema: Schema, fields: Iterable[Coordinate]) -> Schema:
    """Return a schema in which the given fields are no longer ``@external``."""
    by_type: dict[str, set[str]] = {}
    for owner, name in fields:
        by_type.setdefault(owner, set()).add(name)
    types: dict[str, TypeDefinition] = dict(schema.types)
    for owner, names in by_type.items():
        definition = types[owner]
        if isinstance(definition, ObjectType | InterfaceType):
            changed = {
                name: replace(item, directives=tuple(one for one in item.directives if one.name != EXTERNAL))
                for name, item in definition.fields.items()
                if name in names
            }
            types[owner] = replace(definition, fields={**definition.fields, **changed})
    return replace(schema, types=types)


def used_fields(facts: Facts, selections: Iterable[Coordinate] = ()) -> set[Coordinate]:
    """Return the fields that a field set selects or an interface asks for; ``selections`` are further ones."""
    schema, sets = facts.schema, facts.field_sets
    known = schema.directive_definitions
    used: set[Coordinate] = set(selections)
    for uses in (sets.keys, sets.requires, sets.provides):
        for use in uses:
            if use.field_set and directives_known(use, known):
                for owner, name in selected_fields(schema, use.parent, use.field_set):
                    used.add((owner, name))
                    if isinstance(schema.types[owner], InterfaceType):
                        used.update((member, name) for member in schema.possible_types(owner))
    for definition in schema.types.values():
        if isinstance(definition, ObjectType) and definition.interfaces:
            for interface in definition.interfaces:
                promised = schema.types.get(interface)
                if isinstance(promised, InterfaceType):
                    used.update((definition.name, name) for name in promised.fields)
    return used


def directives_known(use: FieldSetUse, known: Mapping[str, DirectiveDefinition]) -> bool:
    """Tell whether every directive that a field set applies is defined; such a field set can at least be read."""
    return all(name in known or name in BUILT_IN for name in directives_in(use.field_set or ()))
