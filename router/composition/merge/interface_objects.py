"""Fields of an ``@interfaceObject`` -> fields of every implementation of its interface.

Enters: merged interfaces and objects. Leaves: objects that have the fields which only the object form of their
interface resolves. Invariant: such a field bears one join without a graph, since no subgraph resolves it on the object.
"""

from __future__ import annotations

from dataclasses import replace

from router.composition.merge.abstract_fields import abstract_fields
from router.composition.merge.applied_directives import merge_applications
from router.composition.merge.facts import fields_of
from router.composition.merge.overrides import NO_OVERRIDES
from router.composition.merge.sharing import check_sharing
from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.subgraph import AUTHENTICATED, POLICY, REQUIRES_SCOPES
from router.supergraph.model import JoinField
from router.type_system.model import AppliedDirective, Field, InterfaceType, ObjectType

ACCESS_CONTROL = (AUTHENTICATED, REQUIRES_SCOPES, POLICY)


def push_down_fields(merge: Merge) -> None:
    """Give each implementation the fields that its interfaces have in object form only."""
    if not merge.abstracted:
        return
    for name, interfaces in merge.implements.items():
        definition = merge.types.get(name)
        if not isinstance(definition, ObjectType):
            continue
        fields, joins = dict(definition.fields), dict(merge.joins[name].fields)
        for interface in interfaces:
            if interface not in merge.abstracted:
                continue
            merged = merge.types[interface]
            assert isinstance(merged, InterfaceType)
            for field_name in _abstract_fields(merge, interface):
                if field_name not in merged.fields:
                    continue
                if field_name not in fields:
                    fields[field_name] = merged.fields[field_name]
                    joins[field_name] = (JoinField(),)
                    check_sharing(merge, name, field_name, (), NO_OVERRIDES)
                elif (known := joins.get(field_name)) and all(join.external for join in known):
                    item = fields[field_name]
                    new = [d for d in merged.fields[field_name].directives if d not in item.directives]
                    fields[field_name] = replace(item, directives=(*item.directives, *new))
                elif known != (JoinField(),):
                    fields[field_name] = _add_access_control(merge, name, fields[field_name])
        merge.types[name] = replace(definition, fields=fields)
        merge.joins[name] = replace(merge.joins[name], fields=joins)


def _abstract_fields(merge: Merge, interface: str) -> dict[str, None]:
    """Return the names of the fields that the object forms of an interface have."""
    return {
        field_name: None
        for index, definition in merge.sources[interface]
        if merge.is_interface_object(index, interface)
        for field_name in fields_of(definition)
    }


def _add_access_control(merge: Merge, name: str, item: Field) -> Field:
    """An object form resolves the field for every implementation, so what it requires is required there too."""
    directives = item.directives
    for canonical in ACCESS_CONTROL:
        merged = merge.features.directives.get(canonical)
        if merged is None:
            continue
        inherited = [
            (found.subgraph, directive)
            for found in abstract_fields(merge, name, item.name)
            for directive in found.field.directives
            if directive.name == canonical
        ]
        if not inherited:
            continue
        own: list[Source[AppliedDirective]] = [(inherited[0][0], d) for d in directives if d.name == merged.name]
        combined = merge_applications(merge, f"{name}.{item.name}", merged, [*own, *inherited])
        directives = (*(d for d in directives if d.name != merged.name), *combined)
    return replace(item, directives=directives)
