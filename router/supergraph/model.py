"""The supergraph as data (join specification v0.5, https://specs.apollo.dev/join/v0.5).

A :class:`Supergraph` is a type system without ``join__`` machinery, beside tables that say which subgraph knows what.
Composition makes one; the reader makes one from SDL; the printer writes SDL from one. Planning never looks at join
directives: it asks :mod:`router.supergraph.views`, where each subgraph's own schema is laid out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.federation.subgraph import LinkedFeature
from router.type_system.model import AppliedDirective, Schema, TypeRef


@dataclass(frozen=True, slots=True)
class JoinGraph:
    """A subgraph as the supergraph names it: ``id`` is the value of ``join__Graph``, ``name`` the subgraph's own."""

    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class JoinType:
    """One ``@join__type``: a subgraph knows a type, maybe with a key. One per key; field sets stay text here."""

    graph: str
    key: str | None = None
    extension: bool = False
    resolvable: bool = True
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """One entry of ``@join__field(contextArguments:)``: an argument that the router fills from a context."""

    name: str
    type: TypeRef
    context: str
    selection: str


@dataclass(frozen=True, slots=True)
class JoinField:
    """One ``@join__field``. ``graph`` is ``None`` for a field that no subgraph resolves by itself.

    ``type`` is the field's type in that subgraph where it differs from the supergraph's.
    """

    graph: str | None = None
    requires: str | None = None
    provides: str | None = None
    type: TypeRef | None = None
    external: bool = False
    override: str | None = None
    override_label: str | None = None
    used_overridden: bool = False
    context_arguments: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinDirective:
    """One ``@join__directive``: a directive that some subgraphs apply and that is carried along as data."""

    graphs: tuple[str, ...]
    directive: AppliedDirective


@dataclass(frozen=True, slots=True)
class TypeJoins:
    """All that the subgraphs say of one type.

    ``fields`` has an entry only where ``@join__field`` is written; a field without one belongs to every graph of
    ``types``. ``implements`` pairs a graph with an interface; ``members`` and ``values`` pair a graph with a union
    member or an enum value. ``directives`` maps a member coordinate within the type (``""`` is the type itself,
    ``field`` or ``field.argument``) to its ``@join__directive`` s.
    """

    types: tuple[JoinType, ...]
    fields: Mapping[str, tuple[JoinField, ...]] = field(default_factory=dict)
    implements: tuple[tuple[str, str], ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    directives: Mapping[str, tuple[JoinDirective, ...]] = field(default_factory=dict)

    @property
    def graphs(self) -> tuple[str, ...]:
        """The ids of the subgraphs that know the type, each once, in order."""
        return tuple(dict.fromkeys(join.graph for join in self.types))


@dataclass(frozen=True, slots=True)
class Supergraph:
    """A composed supergraph.

    ``schema`` holds every type with its composed directives (``@tag``, ``@inaccessible``, ``@authenticated``, custom
    ones) but no ``join__`` or ``link__`` element. ``graphs`` maps the graph id to the subgraph. ``features`` are the
    linked specifications other than ``link`` and ``join``. ``directives`` are ``@join__directive`` s on the schema.
    """

    schema: Schema
    graphs: Mapping[str, JoinGraph]
    joins: Mapping[str, TypeJoins]
    features: tuple[LinkedFeature, ...] = ()
    directives: tuple[JoinDirective, ...] = ()
    join_version: tuple[int, int] = (0, 5)

    def directive_name(self, feature: str, directive: str) -> str | None:
        """Return the local name of a feature's directive, such as ``("inaccessible", "inaccessible")``.

        ``None`` where the feature isn't linked.
        """
        for linked in self.features:
            if linked.identity.rsplit("/", 1)[-1] == feature:
                imported = linked.imports.get(f"@{directive}")
                if imported is not None:
                    return imported.removeprefix("@")
                return linked.name if directive == feature else f"{linked.name}__{directive}"
        return None
