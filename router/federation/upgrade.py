"""Federation 1 subgraphs in Federation 2 terms.

Enters: all subgraphs, since what one may leave unsaid depends on the others. Leaves: the same subgraphs, in which
every Federation 1 schema means under Federation 2 rules what it meant before. Invariant: Federation 2 subgraphs
pass through untouched, and no step looks at what a later one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from router.federation.canonical import canonicalise, drop_empty_query
from router.federation.definitions import Lexicon, check_adopted_definitions
from router.federation.errors import CompositionError, ErrorCode
from router.federation.facts import external_fields, used_fields, without_external, work_out_facts
from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment, print_field_set
from router.federation.field_sets import parse_or_reason, selected_fields, selected_type
from router.federation.findings import Findings
from router.federation.sharing import add_shareable, drop_repeated_tags
from router.federation.subgraph import EXTENDS, EXTERNAL, INTERFACE_OBJECT, KEY, PROVIDES, REQUIRES, Subgraph
from router.federation.versions import FEDERATION_1
from router.type_system.model import (
    AppliedDirective,
    Field,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
    named_type,
)
from router.type_system.values import EnumValue, Value

_FIELD_SET_DIRECTIVES = frozenset({KEY, REQUIRES, PROVIDES})
Coordinate = tuple[str, str]

#: An upgraded schema counts as one that links this version and imports all of its directives.
UPGRADED_VERSION = (2, 4)
_ADOPTED = ("shareable", "inaccessible", "override", "composeDirective", "interfaceObject")


def upgrade_subgraphs(subgraphs: Sequence[Subgraph]) -> tuple[list[Subgraph], list[CompositionError]]:
    """Upgrade every Federation 1 subgraph; errors are those that the others can't make good."""
    errors: list[CompositionError] = []
    upgraded: list[Subgraph] = []
    for subgraph in subgraphs:
        if subgraph.version == FEDERATION_1:
            findings = Findings(subgraph.name, subgraph.sdl)
            subgraph = _adopt_directives(subgraph, findings)
            if not findings.errors:
                _check_extensions(subgraph, subgraphs, findings)
                subgraph = _upgrade(subgraph, subgraphs, findings)
            errors.extend(findings.errors)
        upgraded.append(subgraph)
    shared = [
        add_shareable(subgraph, upgraded) if subgraph.version == FEDERATION_1 else subgraph for subgraph in upgraded
    ]
    return [
        drop_repeated_tags(subgraph, shared) if subgraph.version == FEDERATION_1 else subgraph for subgraph in shared
    ], errors


def _adopt_directives(subgraph: Subgraph, findings: Findings) -> Subgraph:
    """Federation 2 directives that a subgraph defines by itself mean under Federation 2 what they mean there."""
    schema = subgraph.schema
    adopted = {name: f"federation__{name}" for name in _ADOPTED if name in schema.directive_definitions}
    if not adopted:
        return subgraph
    check_adopted_definitions(schema, adopted, UPGRADED_VERSION, findings)
    lexicon = Lexicon(subgraph.version, {}, adopted, frozenset(), {}, "")
    return replace(subgraph, schema=canonicalise(schema, lexicon))


def check_interface_objects(subgraphs: Sequence[Subgraph]) -> list[CompositionError]:
    """``INTERFACE_OBJECT_USAGE_ERROR``: a Federation 1 key on an interface can't tell which object an interface is.

    ``subgraphs`` are as they were before the upgrade, which drops those keys.
    """
    errors: list[CompositionError] = []
    interface_objects: dict[str, list[str]] = {}
    for subgraph in subgraphs:
        for name, definition in subgraph.schema.types.items():
            if any(item.name == INTERFACE_OBJECT for item in definition.directives):
                interface_objects.setdefault(name, []).append(subgraph.name)
    for name, users in interface_objects.items():
        keyed = [
            subgraph.name
            for subgraph in subgraphs
            if subgraph.version == FEDERATION_1
            and isinstance(interface := subgraph.schema.types.get(name), InterfaceType)
            and any(item.name == KEY for item in interface.directives)
        ]
        if keyed:
            message = (
                f"[{ErrorCode.INTERFACE_OBJECT_USAGE_ERROR}] {name} is an @interfaceObject in {' and '.join(users)},"
                f" but its @key in {' and '.join(keyed)} is of Federation 1, where keys of interfaces have no effect;"
                f" link federation v2.3 or later there"
            )
            subgraphs_involved = (*users, *keyed)
            errors.append(
                CompositionError(ErrorCode.INTERFACE_OBJECT_USAGE_ERROR, message, subgraphs_involved, (name,))
            )
    return errors


def _is_extension(definition: TypeDefinition) -> bool:
    return not definition.defined or any(item.name == EXTENDS for item in definition.directives)


def _check_extensions(subgraph: Subgraph, subgraphs: Sequence[Subgraph], findings: Findings) -> None:
    """``EXTENSION_WITH_NO_BASE``: someone must define what this subgraph extends."""
    roots = set(subgraph.schema.roots.values())
    for name, definition in subgraph.schema.types.items():
        if name in roots or not _is_extension(definition):
            continue
        composite = isinstance(definition, ObjectType | InterfaceType)
        kinds = (ObjectType, InterfaceType) if composite else object
        known = [other.schema.types.get(name) for other in subgraphs if other.name != subgraph.name]
        others = [other for other in known if other is not None]
        if not any(isinstance(other, kinds) and other.defined for other in others):
            problem = "is extended but defined by no subgraph; define it in one"
            if any(other.defined for other in others):
                problem = "extends a type that other subgraphs define as another kind; rename one of them"
            findings.add(ErrorCode.EXTENSION_WITH_NO_BASE, name, problem, definition.position)


def _upgrade(subgraph: Subgraph, subgraphs: Sequence[Subgraph], findings: Findings) -> Subgraph:
    schema = _write_field_sets_as_strings(subgraph.schema)
    schema = _drop_externals_on_interfaces(schema)
    schema = without_external(schema, _keys_of_extensions(subgraph, schema, subgraphs))
    schema = _drop_inactive_selections(schema)
    schema = _make_extensions_definitions(schema)
    schema = _drop_directives_on_interfaces(schema)
    schema = _drop_provides_on_leaves(schema)
    schema = _drop_unused_externals(replace(subgraph, schema=schema), findings)
    return replace(subgraph, schema=schema)


def map_fields(schema: Schema, change: Callable[[ObjectType | InterfaceType, Field], Field | None]) -> Schema:
    """Return a schema with each field of objects and interfaces changed, or dropped where ``change`` gives ``None``."""
    types: dict[str, TypeDefinition] = {}
    for name, definition in schema.types.items():
        types[name] = definition
        if isinstance(definition, ObjectType | InterfaceType):
            fields = {
                item.name: changed for item in definition.fields.values() if (changed := change(definition, item))
            }
            if len(fields) != len(definition.fields) or any(
                fields[key] is not item for key, item in definition.fields.items()
            ):
                types[name] = replace(definition, fields=fields)
    return replace(schema, types=types)


def _without(
    directives: tuple[AppliedDirective, ...], names: frozenset[str] | set[str]
) -> tuple[AppliedDirective, ...]:
    if any(item.name in names for item in directives):
        return tuple(item for item in directives if item.name not in names)
    return directives


def _write_field_sets_as_strings(schema: Schema) -> Schema:
    """``fields: ["a", b]`` becomes ``fields: "a b"``."""

    def coerce(directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
        if all(
            item.name not in _FIELD_SET_DIRECTIVES or isinstance(item.arguments.get("fields"), str)
            for item in directives
        ):
            return directives
        return tuple(
            replace(item, arguments={**item.arguments, "fields": _as_string(item.arguments.get("fields"))})
            if item.name in _FIELD_SET_DIRECTIVES
            else item
            for item in directives
        )

    def change(_: ObjectType | InterfaceType, item: Field) -> Field:
        directives = coerce(item.directives) if item.directives else item.directives
        return item if directives is item.directives else replace(item, directives=directives)

    schema = map_fields(schema, change)
    types = {
        name: replace(definition, directives=coerce(definition.directives))
        if isinstance(definition, ObjectType | InterfaceType) and definition.directives
        else definition
        for name, definition in schema.types.items()
    }
    return replace(schema, types=types)


def _as_string(value: Value) -> Value:
    items = value if isinstance(value, tuple) else (value,)
    texts = [item.name if isinstance(item, EnumValue) else item for item in items]
    if all(isinstance(text, str) for text in texts):
        return " ".join(text for text in texts if isinstance(text, str))
    return value


def _drop_externals_on_interfaces(schema: Schema) -> Schema:
    return map_fields(
        schema,
        lambda owner, item: (
            replace(item, directives=_without(item.directives, {EXTERNAL}))
            if isinstance(owner, InterfaceType) and item.directives
            else item
        ),
    )


def _keys_of_extensions(subgraph: Subgraph, schema: Schema, subgraphs: Sequence[Subgraph]) -> set[Coordinate]:
    """Return the external key fields of extensions: by their own keys, or by the first key of every other subgraph."""
    external = external_fields(schema)
    roots = set(schema.roots.values())
    fake: set[Coordinate] = set()
    if not external:
        return fake
    for name, definition in schema.types.items():
        if not isinstance(definition, ObjectType | InterfaceType) or not _is_extension(definition) or name in roots:
            continue
        keys = list(_key_texts(definition)) or _first_keys_elsewhere(name, subgraph, subgraphs)
        for text in keys:
            field_set = parse_or_reason(text)
            if not isinstance(field_set, str):
                fake.update(external.intersection(selected_fields(schema, name, field_set)))
    return fake


def _key_texts(definition: TypeDefinition) -> Iterator[str]:
    for item in definition.directives:
        if item.name == KEY:
            text = _as_string(item.arguments.get("fields"))
            if isinstance(text, str):
                yield text


def _first_keys_elsewhere(name: str, subgraph: Subgraph, subgraphs: Sequence[Subgraph]) -> list[str]:
    definitions = (other.schema.types.get(name) for other in subgraphs if other.name != subgraph.name)
    keys = (next(_key_texts(definition), None) for definition in definitions if definition is not None)
    return [text for text in keys if text is not None]


def _drop_inactive_selections(schema: Schema) -> Schema:
    """Leave in ``@requires`` and ``@provides`` only what is external; drop the directive where nothing is."""
    external = external_fields(schema)
    for name, definition in schema.types.items():
        if isinstance(definition, InterfaceType):
            members = schema.possible_types(name)
            external |= {
                (name, item) for item in definition.fields if any((member, item) in external for member in members)
            }

    def change(owner: ObjectType | InterfaceType, item: Field) -> Field:
        if not any(one.name in (REQUIRES, PROVIDES) for one in item.directives):
            return item
        kept = tuple(
            active
            for one in item.directives
            if (active := _active(schema, external, owner.name if one.name == REQUIRES else named_type(item.type), one))
        )
        return item if kept == item.directives else replace(item, directives=kept)

    return map_fields(schema, change)


def _active(
    schema: Schema, external: set[Coordinate], parent: str, application: AppliedDirective
) -> AppliedDirective | None:
    text = application.arguments.get("fields")
    if application.name not in (REQUIRES, PROVIDES) or not isinstance(text, str):
        return application
    field_set = parse_or_reason(text)
    if isinstance(field_set, str):
        return application
    kept = _external_part(schema, external, parent, field_set)
    if kept is None or kept == field_set:
        return application
    if not kept:
        return None
    return replace(application, arguments={**application.arguments, "fields": print_field_set(kept)})


def _external_part(schema: Schema, external: set[Coordinate], parent: str, field_set: FieldSet) -> FieldSet | None:
    """Return what a field set selects that is external, or ``None`` where it selects what isn't there."""
    definition = schema.types.get(parent)
    fields: Mapping[str, Field] = definition.fields if isinstance(definition, ObjectType | InterfaceType) else {}
    kept: list[FieldSetField | FieldSetFragment] = []
    for selection in field_set:
        match selection:
            case FieldSetField():
                item = fields.get(selection.name)
                if item is None and selection.name != "__typename":
                    return None
                if item is None:
                    continue
                if (parent, selection.name) in external:
                    kept.append(selection)
                    continue
                target = named_type(item.type)
                leaf = not isinstance(schema.types.get(target), ObjectType | InterfaceType | UnionType)
                if leaf == bool(selection.selections):
                    return None
            case FieldSetFragment():
                target = selected_type(schema, parent, selection)
        inner = _external_part(schema, external, target, selection.selections)
        if inner is None:
            return None
        if inner:
            kept.append(selection if inner == selection.selections else replace(selection, selections=inner))
    return tuple(kept)


def _make_extensions_definitions(schema: Schema) -> Schema:
    """Types that are only extended become definitions; ``@extends`` stays as the mark of the type's keys."""
    types: dict[str, TypeDefinition] = {}
    for name, definition in schema.types.items():
        match definition:
            case ObjectType() | InterfaceType() if not definition.defined:
                fields = {
                    key: replace(item, extension=False, directives=_as_defined(item.directives))
                    for key, item in definition.fields.items()
                }
                directives = _as_defined(definition.directives)
                definition = replace(definition, defined=True, fields=fields, directives=directives)
            case _ if not definition.defined:
                definition = replace(definition, defined=True)
        if any(item.name == EXTENDS for item in definition.directives):
            marked = tuple(
                replace(item, extension=True) if item.name == KEY else item
                for item in definition.directives
                if item.name != EXTENDS
            )
            definition = replace(definition, directives=marked)
        types[name] = definition
    return replace(schema, types=types)


def _as_defined(directives: tuple[AppliedDirective, ...]) -> tuple[AppliedDirective, ...]:
    return tuple(replace(item, extension=False) for item in directives) if directives else directives


def _drop_directives_on_interfaces(schema: Schema) -> Schema:
    """Keys on interfaces, and ``@requires`` and ``@provides`` on their fields, never had an effect."""
    schema = map_fields(
        schema,
        lambda owner, item: (
            replace(item, directives=_without(item.directives, {REQUIRES, PROVIDES}))
            if isinstance(owner, InterfaceType) and item.directives
            else item
        ),
    )
    types = {
        name: replace(definition, directives=_without(definition.directives, {KEY}))
        if isinstance(definition, InterfaceType) and definition.directives
        else definition
        for name, definition in schema.types.items()
    }
    return replace(schema, types=types)


def _drop_provides_on_leaves(schema: Schema) -> Schema:
    composite = ObjectType | InterfaceType | UnionType
    return map_fields(
        schema,
        lambda _, item: (
            replace(item, directives=_without(item.directives, {PROVIDES}))
            if item.directives and not isinstance(schema.types.get(named_type(item.type)), composite)
            else item
        ),
    )


def _drop_unused_externals(subgraph: Subgraph, findings: Findings) -> Schema:
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
