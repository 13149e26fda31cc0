"""What execution must know of types, laid out once per supergraph for quick look-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.execution.leaves import BUILT_IN, Coerce, leaf_checks
from router.type_system.model import InterfaceType, ObjectType, ScalarType, Schema, UnionType


@dataclass(frozen=True, slots=True)
class ExecutionTypes:
    """``leaves`` maps leaf types of the API schema to their checks; ``possible`` its composite types to their objects.

    ``interfaces`` and ``objects`` are names of the whole supergraph, inaccessible ones too, since subgraphs answer with
    them; a name of ``interfaces`` is a ``__typename`` where a subgraph has only the interface's object form. ``roots``
    are the API's root types. ``exact`` tells that there are scalars of the supergraph's own, whose values may be
    integers of any size.
    """

    leaves: Mapping[str, Coerce]
    possible: Mapping[str, frozenset[str]]
    interfaces: frozenset[str]
    objects: frozenset[str]
    roots: frozenset[str] = frozenset()
    exact: bool = False


def execution_types(api: Schema, supergraph: Schema) -> ExecutionTypes:
    """Lay out the types of an API schema and of the supergraph that it was made from."""
    implementations: dict[str, list[str]] = {}
    for name, definition in api.types.items():
        if isinstance(definition, ObjectType):
            for interface in definition.interfaces:
                implementations.setdefault(interface, []).append(name)
    possible: dict[str, frozenset[str]] = {}
    for name, definition in api.types.items():
        if isinstance(definition, ObjectType):
            possible[name] = frozenset((name,))
        elif isinstance(definition, UnionType):
            possible[name] = frozenset(definition.members)
        elif isinstance(definition, InterfaceType):
            possible[name] = frozenset(implementations.get(name, ()))
    kinds = supergraph.types.items()
    return ExecutionTypes(
        leaves=leaf_checks(api),
        exact=any(isinstance(item, ScalarType) and name not in BUILT_IN for name, item in api.types.items()),
        possible=possible,
        interfaces=frozenset(name for name, definition in kinds if isinstance(definition, InterfaceType)),
        objects=frozenset(name for name, definition in kinds if isinstance(definition, ObjectType)),
        roots=frozenset(api.roots.values()),
    )
