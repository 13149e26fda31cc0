"""The nodes of a query plan.

One :class:`FetchNode` is one request to one subgraph. A root fetch has no ``inputs``; an entity fetch has one
:class:`EntityInput` for each ``_entities`` selection that the request batches. All fetches write into one response tree
that is keyed by the client's response names, beside internal aliases for what only the plan needs; projection leaves
those out. Paths are in that tree's terms.

Executing: ``SequenceNode`` runs its nodes one after another, ``ParallelNode`` at once; a fetch may read what any
earlier step wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FieldStep:
    """Go into the field with this response name."""

    name: str


@dataclass(frozen=True, slots=True)
class ListStep:
    """Go into every item of a list (one level)."""


@dataclass(frozen=True, slots=True)
class TypeStep:
    """Go on only where ``__typename`` is one of ``types``."""

    types: tuple[str, ...]


PathStep: TypeAlias = FieldStep | ListStep | TypeStep
Path: TypeAlias = tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class RequiredField:
    """A field of a representation: ``name`` as the subgraph expects it, ``source`` its response name in the tree.

    ``selections`` is empty for a leaf; lists are followed item by item. ``non_null``: the target subgraph declares the
    field non-null, so an entity whose value is null or missing isn't sent. ``key``: the field is part of a key (of
    which not every part may be null), not of ``@requires``.
    """

    name: str
    source: str
    selections: tuple[RequiredSelection, ...] = ()
    non_null: bool = False
    key: bool = True


@dataclass(frozen=True, slots=True)
class RequiredFragment:
    """Fields of a representation's object that are taken only where its ``__typename`` is one of ``types``."""

    types: tuple[str, ...]
    selections: tuple[RequiredSelection, ...]


RequiredSelection: TypeAlias = RequiredField | RequiredFragment


@dataclass(frozen=True, slots=True)
class RepresentationShape:
    """How to build a representation from an object of the tree.

    ``types`` are the concrete ``__typename`` s in the tree that it is for. ``typename`` is what the target is told:
    ``None`` to send the object's own. ``selections`` are the key and required fields.
    """

    types: tuple[str, ...]
    selections: tuple[RequiredSelection, ...]
    typename: str | None = None


@dataclass(frozen=True, slots=True)
class ContextInput:
    """A variable that is read from an ancestor of each entity (``@fromContext``).

    ``ancestor`` is the number of steps of the entity's path, from the root, that lead to the object which sets the
    context; ``selections`` (nested, one field a level, fragments by type) picks the value from there. Entities with
    different values go in different ``_entities`` fields or requests.
    """

    variable: str
    type: str
    ancestor: int
    selections: tuple[RequiredSelection, ...]


@dataclass(frozen=True, slots=True)
class EntityInput:
    """One ``_entities`` field of a request.

    ``response_name`` is its name in the answer (``_entities`` where it is alone); ``variable`` the name of the
    variable that takes the representations. ``paths`` are the places whose objects are sent; answers are merged back
    into the same objects by position. ``key_names`` is for people: the key that was chosen, as its field set.
    """

    response_name: str
    variable: str
    paths: tuple[Path, ...]
    shapes: tuple[RepresentationShape, ...]
    contexts: tuple[ContextInput, ...] = ()


@dataclass(frozen=True, slots=True)
class Rename:
    """After the answer has come: at ``path`` (from the fetch's own root), call the field ``alias`` by ``name``.

    Used where a subgraph needs an alias that isn't the client's, such as one response name with different types
    across the members of a union.
    """

    path: Path
    alias: str
    name: str


@dataclass(frozen=True, slots=True)
class FetchNode:
    """One request to one subgraph.

    ``id`` is unique in the plan. ``kind`` is ``query``, ``mutation`` or ``subscription``. ``operation`` is the whole
    GraphQL document to send. ``variables`` are the client's variables that it uses. ``inputs`` is empty for a root
    fetch. ``reasons`` say, for people, why the fetch exists (which field, which key, why this subgraph).

    A field may return the query root itself, such as a mutation payload's ``query``. What another subgraph resolves
    there is a root fetch with ``places``: its answer is merged into each object at these paths, not into the root.
    """

    id: int
    service: str
    operation: str
    kind: str = "query"
    operation_name: str | None = None
    variables: tuple[str, ...] = ()
    inputs: tuple[EntityInput, ...] = ()
    renames: tuple[Rename, ...] = ()
    reasons: tuple[str, ...] = ()
    places: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """Run ``nodes`` one after another."""

    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class ParallelNode:
    """Run ``nodes`` at once."""

    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class ConditionNode:
    """Run a node by a Boolean variable of the client."""

    variable: str
    if_clause: PlanNode | None = None
    else_clause: PlanNode | None = None


@dataclass(frozen=True, slots=True)
class DeferredNode:
    """A deferred part: ``path`` is where it stands, ``depends`` the ids of fetches that must have come before.

    ``selection`` is the client's deferred selection set as text, for people.
    """

    label: str | None
    path: Path
    depends: tuple[int, ...]
    selection: str
    node: PlanNode | None


@dataclass(frozen=True, slots=True)
class DeferNode:
    """``@defer``: the primary part is answered first, each deferred part when it is there."""

    primary: PlanNode | None
    deferred: tuple[DeferredNode, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionNode:
    """A subscription: ``primary`` yields events, ``rest`` runs for each."""

    primary: FetchNode
    rest: PlanNode | None = None


PlanNode: TypeAlias = FetchNode | SequenceNode | ParallelNode | ConditionNode | DeferNode | SubscriptionNode
