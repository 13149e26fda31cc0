"""One object or interface in several subgraphs -> the supergraph's type and its joins.

Enters: the sources of a type that is an object or an interface. Leaves: the type with merged fields, and its
:class:`TypeJoins`. Invariant: a field is there if any subgraph has it; ``@interfaceObject`` sources are part of their
interface.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.applied_directives import merge_applied_directives, merge_join_directives
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.facts import field_set_text, has_directive
from router.composition.merge.fields import merge_field
from router.composition.merge.joins import join_types
from router.composition.merge.overrides import read_overrides
from router.composition.merge.sharing import check_sharing, check_subscription
from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.federation.subgraph import KEY
from router.supergraph.model import JoinDirective, JoinField, TypeJoins
from router.type_system.model import Field, InterfaceType, ObjectType

Composite = ObjectType | InterfaceType


def merge_object(merge: Merge, name: str) -> None:
    """Merge an object type."""
    sources = merge.composite_sources(name)
    entity = [(i, d) for i, d in sources if has_directive(d.directives, KEY)]
    # Every subgraph has the query root, if only for `_entities`.
    having = range(len(merge.subgraphs)) if name == merge.roots.get("query") else [index for index, _ in sources]
    owners = len(having)
    if entity and len(entity) < owners:
        keyed = {index for index, _ in entity}
        lacking = merge.names(index for index in having if index not in keyed)
        merge.report.hint(
            HintCode.INCONSISTENT_ENTITY,
            f"{name} has a @key in {merge.names(keyed)}, but none in {lacking}",
            sources,
            [name],
        )
    is_value_type = not entity and name not in merge.roots.values()
    _merge_composite(
        merge, ObjectType, sources, owners, HintCode.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD if is_value_type else None
    )


def merge_interface(merge: Merge, name: str) -> None:
    """Merge an interface, with those subgraphs that have it as ``@interfaceObject``."""
    sources = merge.composite_sources(name)
    has_key = any(has_directive(d.directives, KEY) for _, d in sources)
    if has_key:
        _check_keyed_interface(merge, name, sources)
    if name in merge.abstracted:
        _check_interface_objects(merge, name, sources)
    missing = None if has_key else HintCode.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD
    _merge_composite(merge, InterfaceType, sources, len(sources), missing)


def _merge_composite(
    merge: Merge,
    kind: type[ObjectType] | type[InterfaceType],
    sources: Sequence[Source[Composite]],
    owners: int,
    missing: HintCode | None,
) -> None:
    """Merge the sources into a type of a kind; ``missing`` is the hint where some of them lack a field."""
    name = sources[0][1].name
    fields: dict[str, Field] = {}
    joins: dict[str, tuple[JoinField, ...]] = {}
    for field_name, found in _field_sources(sources).items():
        if missing is not None and len(found) < len(sources):
            _hint_missing(merge, sources, found, missing)
        overrides = read_overrides(merge, name, field_name, found)
        merged = merge_field(merge, name, found, owners, overrides)
        if merged is not None:
            fields[field_name], join = merged
            if join:
                joins[field_name] = join
        if kind is ObjectType:
            if name == merge.roots.get("subscription"):
                check_subscription(merge, name, field_name, found)
            if len(found) > 1 or merge.abstracted:
                check_sharing(merge, name, field_name, found, overrides)
    merge.types[name] = kind(
        name=name,
        description=merge_descriptions(merge, name, sources),
        directives=merge_applied_directives(merge, name, sources),
        fields=fields,
        interfaces=merge.implements.get(name, ()),
    )
    merge.joins[name] = TypeJoins(
        types=join_types(merge, name, sources),
        fields=joins,
        implements=tuple(
            (merge.graph_ids[index], interface) for index, source in sources for interface in source.interfaces
        ),
        directives=_carried(merge, sources),
    )


def _carried(merge: Merge, sources: Sequence[Source[Composite]]) -> dict[str, tuple[JoinDirective, ...]]:
    """Collect the directives that travel as ``@join__directive``, by coordinate within the type."""
    if not merge.features.carried:
        return {}
    found = {"": merge_join_directives(merge, sources)}
    for name, items in _field_sources(sources).items():
        found[name] = merge_join_directives(merge, items)
    return {coordinate: directives for coordinate, directives in found.items() if directives}


def _field_sources(sources: Sequence[Source[Composite]]) -> dict[str, list[Source[Field]]]:
    found: dict[str, list[Source[Field]]] = {}
    for index, definition in sources:
        for name, item in definition.fields.items():
            entry = found.get(name)
            if entry is None:
                found[name] = [(index, item)]
            else:
                entry.append((index, item))
    return found


def _hint_missing(
    merge: Merge, sources: Sequence[Source[Composite]], found: Sequence[Source[Field]], code: HintCode
) -> None:
    having = {index for index, _ in found}
    lacking = [
        (index, definition)
        for index, definition in sources
        if index not in having and not _all_external(merge, index, definition)
    ]
    if lacking:
        coordinate = f"{sources[0][1].name}.{found[0][1].name}"
        merge.report.hint(
            code,
            f"{coordinate} is in {merge.names(having)}, but not in {merge.names(i for i, _ in lacking)}",
            [*found, *lacking],
            [coordinate],
        )


def _all_external(merge: Merge, index: int, definition: Composite) -> bool:
    return bool(merge.facts[index].external) and all(
        merge.facts[index].is_external(definition.name, field_name) for field_name in definition.fields
    )


def _implementing_objects(merge: Merge, name: str) -> list[str]:
    """Return the objects that implement an interface, without the interfaces that do."""
    return [
        candidate
        for candidate in merge.implementations.get(name, ())
        if candidate not in merge.abstracted and isinstance(merge.sources[candidate][0][1], ObjectType)
    ]


def _check_keyed_interface(merge: Merge, name: str, sources: Sequence[Source[Composite]]) -> None:
    """A subgraph that resolves an interface by key must know whatever the key can lead to."""
    implementations = _implementing_objects(merge, name)
    for index, definition in sources:
        if not isinstance(definition, InterfaceType):
            continue
        key = next(
            (d for d in definition.directives if d.name == KEY and d.arguments.get("resolvable") is not False), None
        )
        if key is None:
            continue
        known = merge.subgraphs[index].schema.possible_types(name)
        missing = [candidate for candidate in implementations if candidate not in known]
        if missing:
            merge.report.error(
                ErrorCode.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE,
                f'{name} has @key(fields: "{field_set_text(key)}") in {merge.subgraphs[index].name}, '
                f"which lacks its implementations {', '.join(missing)}",
                [(index, key)],
                [name],
                "define them there, or make the key resolvable: false",
            )


def _check_interface_objects(merge: Merge, name: str, sources: Sequence[Source[Composite]]) -> None:
    """A subgraph that has an interface as one object can't also have an implementation of it."""
    implementations = _implementing_objects(merge, name)
    for index, definition in sources:
        if not merge.is_interface_object(index, name):
            continue
        known = [candidate for candidate in implementations if candidate in merge.subgraphs[index].schema.types]
        if known:
            merge.report.error(
                ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
                f"{name} is an @interfaceObject in {merge.subgraphs[index].name}, "
                f"which also defines its implementations {', '.join(known)}",
                [(index, definition)],
                [name],
                "remove them there",
            )
