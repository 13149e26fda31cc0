"""Federation 1 subgraphs in Federation 2 terms.

Enters: all subgraphs, since what one may leave unsaid depends on the others. Leaves: the same subgraphs, in which
every Federation 1 schema means under Federation 2 rules what it meant before. Invariant: Federation 2 subgraphs
pass through untouched, and no step looks at what a later one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from router.federation.canonical import canonicalise
from router.federation.definitions import Lexicon, check_adopted_definitions
from router.federation.errors import CompositionError, ErrorCode
from router.federation.facts import without_external
from router.federation.findings import Findings
from router.federation.map_fields import map_fields, without_directives
from router.federation.sharing import add_shareable, drop_repeated_tags
from router.federation.subgraph import EXTENDS, EXTERNAL, INTERFACE_OBJECT, KEY, PROVIDES, REQUIRES, Subgraph
from router.federation.upgrade_externals import drop_unused_externals, extends_only, is_extension, keys_of_extensions
from router.federation.upgrade_field_sets import drop_inactive_selections, write_field_sets_as_strings
from router.federation.versions import FEDERATION_1
from router.type_system.model import (
    AppliedDirective,
    InterfaceType,
    ObjectType,
    Schema,
    TypeDefinition,
    UnionType,
    named_type,
)

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
        add_shareable(subgraph, upgraded, subgraphs) if subgraph.version == FEDERATION_1 else subgraph
        for subgraph in upgraded
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


def _check_extensions(subgraph: Subgraph, subgraphs: Sequence[Subgraph], findings: Findings) -> None:
    """``EXTENSION_WITH_NO_BASE``: someone must define what this subgraph extends."""
    roots = set(subgraph.schema.roots.values())
    for name, definition in subgraph.schema.types.items():
        if name in roots or not is_extension(definition):
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
    schema = write_field_sets_as_strings(subgraph.schema)
    schema = _drop_externals_on_interfaces(schema)
    schema = without_external(schema, keys_of_extensions(subgraph, schema, subgraphs))
    schema = drop_inactive_selections(schema)
    schema = _make_extensions_definitions(schema)
    schema = _drop_directives_on_interfaces(schema)
    schema = _drop_provides_on_leaves(schema)
    schema = drop_unused_externals(replace(subgraph, schema=schema), findings)
    return replace(subgraph, schema=schema)


def _drop_externals_on_interfaces(schema: Schema) -> Schema:
    return map_fields(
        schema,
        lambda owner, item: (
            replace(item, directives=without_directives(item.directives, {EXTERNAL}))
            if isinstance(owner, InterfaceType) and item.directives
            else item
        ),
    )


def _make_extensions_definitions(schema: Schema) -> Schema:
    """Types that are only extended become definitions; ``@extends`` stays as the mark of the type's keys."""
    types: dict[str, TypeDefinition] = {}
    for name, definition in schema.types.items():
        match definition:
            case ObjectType() | InterfaceType() if not definition.defined and extends_only(definition):
                fields = {
                    key: replace(item, extension=False, directives=_as_defined(item.directives))
                    for key, item in definition.fields.items()
                }
                # A server always defines the query root, if only for `_entities`; what extends it stays an extension.
                is_query = name == schema.roots.get("query")
                directives = definition.directives if is_query else _as_defined(definition.directives)
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
            replace(item, directives=without_directives(item.directives, {REQUIRES, PROVIDES}))
            if isinstance(owner, InterfaceType) and item.directives
            else item
        ),
    )
    types = {
        name: replace(definition, directives=without_directives(definition.directives, {KEY}))
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
            replace(item, directives=without_directives(item.directives, {PROVIDES}))
            if item.directives and not isinstance(schema.types.get(named_type(item.type)), composite)
            else item
        ),
    )
