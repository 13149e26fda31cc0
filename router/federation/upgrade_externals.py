"""External fields of Federation 1 that aren't external under Federation 2 rules, or aren't there at all.

Enters: a Federation 1 subgraph, beside the others. Leaves: the key fields of its extensions, which only look external,
and its schema without the externals that nothing uses. Invariant: roots are no extensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from router.federation.canonical import drop_empty_query
from router.federation.errors import ErrorCode
from router.federation.facts import external_fields, used_fields, work_out_facts
from router.federation.field_sets import parse_or_reason, selected_fields
from router.federation.findings import Findings
from router.federation.map_fields import map_fields
from router.federation.subgraph import EXTENDS, KEY, Subgraph
from router.federation.upgrade_field_sets import as_string
from router.type_system.model import InterfaceType, ObjectType, Schema, TypeDefinition, UnionType, named_type

Coordinate = tuple[str, str]


def keys_of_extensions(subgraph: Subgraph, schema: Schema, subgraphs: Sequence[Subgraph]) -> set[Coordinate]:
    """Return the external key fields of extensions: by their own keys, or by the first key of every other subgraph."""
    external = external_fields(schema)
    roots = set(schema.roots.values())
    fake: set[Coordinate] = set()
    if not external:
        return fake
    for name, definition in schema.types.items():
        if not isinstance(definition, ObjectType | InterfaceType) or name in roots or not extends_only(definition):
            continue
        keys = list(_key_texts(definition))
        if not keys:
            fake.update(external.intersection(_first_keys_elsewhere(name, subgraph, subgraphs)))
        for text in keys:
            fake.update(external.intersection(_selected(schema, name, text)))
    return fake


def _selected(schema: Schema, name: str, text: str) -> set[Coordinate]:
    field_set = parse_or_reason(text)
    return set() if isinstance(field_set, str) else set(selected_fields(schema, name, field_set))


def _key_texts(definition: TypeDefinition) -> Iterator[str]:
    for item in definition.directives:
        if item.name == KEY:
            text = as_string(item.arguments.get("fields"))
            if isinstance(text, str):
                yield text


def _first_keys_elsewhere(name: str, subgraph: Subgraph, subgraphs: Sequence[Subgraph]) -> set[Coordinate]:
    """Return the fields of a type itself that its first key selects in another subgraph."""
    found: set[Coordinate] = set()
    for other in subgraphs:
        definition = other.schema.types.get(name)
        if other.name != subgraph.name and definition is not None:
            for text in islice(_key_texts(definition), 1):
                found |= {(owner, item) for owner, item in _selected(other.schema, name, text) if owner == name}
    return found


def drop_unused_externals(subgraph: Subgraph, findings: Findings) -> Schema:
    """Drop external fields that nothing uses, and types that have no other; unless something refers to the type."""
    facts = work_out_facts(subgraph)
    unused = facts.external - used_fields(facts)
    if not unused:
        return subgraph.schema
    schema = map_fields(subgraph.schema, lambda owner, item: None if (owner.name, item.name) in unused else item)
    query = schema.roots.get("query")
    empty = {
        name
        for name, definition in schema.types.items()
        if isinstance(definition, ObjectType | InterfaceType) and not definition.fields and name != query
    }
    for name in sorted(empty & _referenced(schema)):
        problem = "has nothing but unused @external fields, and is used; add a field to it, or remove it"
        findings.add(ErrorCode.TYPE_WITH_ONLY_UNUSED_EXTERNAL, name, problem, schema.types[name].position)
    types = {name: definition for name, definition in schema.types.items() if name not in empty}
    return drop_empty_query(replace(schema, types=types))


def _referenced(schema: Schema) -> set[str]:
    """Return the types that something refers to; a server's own query and ``_Entity`` refer to what they serve."""
    names = {name for operation, name in schema.roots.items() if operation != "query"}
    for definition in schema.types.values():
        match definition:
            case ObjectType() | InterfaceType():
                if isinstance(definition, ObjectType) and any(item.name == KEY for item in definition.directives):
                    names.add(definition.name)
                names.update(named_type(item.type) for item in definition.fields.values())
                names.update(definition.interfaces)
            case UnionType():
                names.update(definition.members)
            case _:
                pass
    return names


def is_extension(definition: TypeDefinition) -> bool:
    """Tell whether a type is only extended here, in either way of saying so."""
    return not definition.defined or any(item.name == EXTENDS for item in definition.directives)


def extends_only(definition: TypeDefinition) -> bool:
    """Tell whether a type is an extension even after its field sets were rewritten: such a key is a definition's."""
    if any(item.name == EXTENDS for item in definition.directives):
        return True
    return not definition.defined and all(item.extension for item in definition.directives if item.name == KEY)
