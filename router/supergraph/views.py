"""What each subgraph knows, laid out from a supergraph: the seam between the composed schema and planning.

Enters: a :class:`~router.supergraph.model.Supergraph`. Leaves: one :class:`SubgraphView` a subgraph. Invariant: a view
holds exactly what the subgraph's own server accepts (types, fields, arguments, members, enum values, input fields), so
a fetch that validates against ``view.schema`` is accepted by the subgraph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from router.federation.field_set import FieldSet
from router.federation.subgraph import Key
from router.supergraph.model import JoinGraph
from router.type_system.model import Schema, TypeRef


@dataclass(frozen=True, slots=True)
class OverrideCondition:
    """A field moves with a label: it is resolved here only while ``label`` is active (or only while it isn't)."""

    label: str
    active: bool


@dataclass(frozen=True, slots=True)
class ContextRequirement:
    """An argument that is filled from the nearest enclosing type that sets ``context``.

    ``selections`` maps each type that sets the context to the field set that picks the value from it.
    """

    argument: str
    type: TypeRef
    context: str
    selections: Mapping[str, FieldSet]


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as one subgraph has it. ``external`` fields are there for keys and ``@requires``, not resolved here.

    ``type`` is the type in this subgraph. ``provides`` and ``requires`` are empty where there is none.
    """

    name: str
    type: TypeRef
    external: bool = False
    requires: FieldSet = ()
    provides: FieldSet = ()
    override: OverrideCondition | None = None
    contexts: tuple[ContextRequirement, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeView:
    """A composite type as one subgraph has it.

    ``members`` are the object types that this subgraph can return where it says ``name`` (itself, for an object).
    An interface that is an object here (``@interfaceObject``) has ``is_interface_object`` and only itself as member.
    """

    name: str
    keys: tuple[Key, ...] = ()
    fields: Mapping[str, FieldView] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class SubgraphView:
    """One subgraph: its composite types, and its schema as its own server has it (``_entities`` included).

    ``build_schema`` makes the schema when it is first asked for, since only few who use a view need it.
    """

    graph: JoinGraph
    types: Mapping[str, TypeView]
    build_schema: Callable[[], Schema] = field(compare=False, repr=False)

    @property
    def schema(self) -> Schema:
        """The subgraph's own schema."""
        return self.build_schema()
