"""Which types the supergraph has, of what kind, what implements what, and which unions have which members.

Enters: the subgraphs. Leaves: ``sources``, ``implements``, ``members`` and ``abstracted`` of the merge. Invariant: all
sources of a type are of one kind, that of the first subgraph which has it; others are an error.
"""

from __future__ import annotations

from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode
from router.type_system.model import InterfaceType, ObjectType, TypeDefinition, UnionType

_BUILTIN_SCALARS = frozenset({"Int", "Float", "String", "Boolean", "ID"})
_KINDS = {
    "ScalarType": "a scalar",
    "ObjectType": "an object",
    "InterfaceType": "an interface",
    "UnionType": "a union",
    "EnumType": "an enum",
    "InputObjectType": "an input object",
}
_ROOTS = ("query", "mutation", "subscription")


def merge_types_shallow(merge: Merge) -> None:
    """Collect the types of all subgraphs and check that each has one kind and a definition."""
    found: dict[str, list[Source[TypeDefinition]]] = {}
    for index, subgraph in enumerate(merge.subgraphs):
        for name, definition in subgraph.schema.types.items():
            if name not in _BUILTIN_SCALARS:
                found.setdefault(name, []).append((index, definition))
        for operation, name in subgraph.schema.roots.items():
            merge.roots.setdefault(operation, name)
    merge.roots = {operation: merge.roots[operation] for operation in _ROOTS if operation in merge.roots}
    for name, sources in found.items():
        merge.sources[name] = agreeing = _of_one_kind(merge, name, sources)
        _check_defined(merge, name, agreeing)
    for name, sources in merge.sources.items():
        _note_relations(merge, name, sources)


def _of_one_kind(merge: Merge, name: str, sources: list[Source[TypeDefinition]]) -> list[Source[TypeDefinition]]:
    """Return the definitions of a type that are of the kind of its first one; others are an error."""
    kinds: dict[str, list[Source[TypeDefinition]]] = {}
    objects = 0
    for index, definition in sources:
        kind = _KINDS[type(definition).__name__]
        if merge.facts[index].interface_objects and merge.is_interface_object(index, name):
            kind, objects = _KINDS["InterfaceType"], objects + 1
        kinds.setdefault(kind, []).append((index, definition))
    first = next(iter(kinds))
    if objects and first == _KINDS["InterfaceType"]:
        merge.abstracted.add(name)
    if len(kinds) > 1:
        agreeing = {index for index, _ in kinds[first]}
        merge.of_other_kinds[name] = tuple(index for index, _ in sources if index not in agreeing)
        said = ", ".join(f"{kind} in {merge.names(i for i, _ in having)}" for kind, having in kinds.items())
        merge.report.error(
            ErrorCode.TYPE_KIND_MISMATCH,
            f"{name} is {said}",
            sources,
            [name],
            "make it the same kind everywhere, or rename one",
        )
    elif objects == len(sources):
        merge.report.error(
            ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
            f"{name} is an @interfaceObject in every subgraph that has it ({merge.names(i for i, _ in sources)})",
            sources,
            [name],
            "define it as an interface in at least one subgraph",
        )
    return kinds[first]


def _check_defined(merge: Merge, name: str, sources: list[Source[TypeDefinition]]) -> None:
    if any(definition.defined for _, definition in sources) or name in merge.roots.values():
        return
    merge.report.error(
        ErrorCode.EXTENSION_WITH_NO_BASE,
        f"{name} is extended by {merge.names(i for i, _ in sources)}, but no subgraph defines it",
        sources,
        [name],
        "define it in one of them",
    )


def _note_relations(merge: Merge, name: str, sources: list[Source[TypeDefinition]]) -> None:
    related: dict[str, None] = {}
    for _, definition in sources:
        match definition:
            case ObjectType() | InterfaceType():
                related.update(dict.fromkeys(definition.interfaces))
            case UnionType():
                related.update(dict.fromkeys(definition.members))
            case _:
                return
    if isinstance(sources[0][1], UnionType):
        merge.members[name] = tuple(related)
    elif related:
        merge.implements[name] = tuple(related)
        for interface in related:
            merge.implementations.setdefault(interface, []).append(name)
