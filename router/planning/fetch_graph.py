"""The fetch graph: fetches under construction, what each asks for, and which must come before which.

Theory. A :class:`FetchStep` asks one subgraph for one place: the roots, or the entities at a path. It holds the
selection that it sends (:class:`Selections`), the representations that it needs (:mod:`router.planning.needs`) and the
steps that bring them. Later one request may carry several steps. This is the one mutable structure of planning, and
private to it.

Worked example. ``{ me { name reviews { body } } }``: step 0 asks users for ``{ me { __typename id name } }``; step 1,
at the path ``me``, asks reviews for ``... on User { reviews { body } }``, with the shape ``id`` for User, after step
0.

Invariant: steps are told apart by (subgraph, path, step number, variant): two that agree in all four are one step,
and variants exist only where one representation would need two values for one field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from router.operation.model import Condition, FragmentSelection
from router.planning.needs import ContextNeed, Shape
from router.query_plan.nodes import Path


class Head(NamedTuple):
    """What identifies a line of a selection set: a field as written, or a fragment (``response_name`` is ``...``)."""

    response_name: str
    name: str
    arguments: str = ""
    conditions: tuple[Condition, ...] = ()
    directives: str = ""
    variables: tuple[str, ...] = ()


TYPENAME = Head("__typename", "__typename")


def on(type_name: str) -> Head:
    """Return the head of an inline fragment."""
    return Head("...", type_name)


@dataclass(slots=True, eq=False)
class Selections:
    """A selection set of a fetch, on a type as the subgraph names it.

    A frozen one is shared between places, and is copied before anything is added to it.
    """

    type_name: str
    items: dict[Head, Selections | None] = field(default_factory=dict)
    frozen: bool = False

    def leaf(self, head: Head) -> None:
        """Select a field without selections."""
        if head not in self.items:
            self.items[head] = None

    def below(self, head: Head, type_name: str) -> Selections:
        """Select a field or fragment, and return its selections to write into."""
        found = self.items.get(head)
        if found is None:
            found = self.items[head] = Selections(type_name)
        elif found.frozen:
            found = self.items[head] = Selections(type_name, dict(found.items))
        return found

    def share(self, head: Head, selections: Selections) -> None:
        """Select a field with frozen selections, which are merged into what is there."""
        found = self.items.get(head)
        if found is None:
            self.items[head] = selections
        elif found is not selections:
            self.below(head, selections.type_name).merge(selections)

    def merge(self, other: Selections) -> None:
        """Add all that another selection set has."""
        for head, selections in other.items.items():
            if selections is None:
                self.leaf(head)
            else:
                selections.freeze()
                self.share(head, selections)

    def freeze(self) -> Selections:
        """Forbid further writing, here and below."""
        if not self.frozen:
            self.frozen = True
            for selections in self.items.values():
                if selections is not None:
                    selections.freeze()
        return self


@dataclass(slots=True, eq=False)
class FetchStep:
    """One fetch of one place. ``uses`` are the conditions under which something of the client's is asked for here.

    ``conditions`` are found at the end: those that hold whenever the step is needed. ``deferred`` names the deferred
    part that it belongs to; 0 is the primary one.
    """

    number: int
    subgraph: int
    path: Path
    step: int
    selections: Selections
    shapes: dict[tuple[str, ...], Shape] = field(default_factory=dict)
    contexts: dict[str, ContextNeed] = field(default_factory=dict)
    before: dict[FetchStep, None] = field(default_factory=dict)
    uses: set[tuple[Condition, ...]] = field(default_factory=set)
    conditions: tuple[Condition, ...] = ()
    reasons: dict[str, None] = field(default_factory=dict)
    deferred: int = 0
    paths: list[Path] = field(default_factory=list)

    @property
    def is_root(self) -> bool:
        """Whether this asks for root fields."""
        return not self.shapes


@dataclass(slots=True, eq=False)
class DeferredPart:
    """A deferred fragment: ``number`` from 1, ``parent`` the part that it stands in (0 for the primary one).

    ``before`` are the steps of other parts that its data or its keys come from.
    """

    number: int
    parent: int
    path: Path
    fragment: FragmentSelection
    conditions: tuple[Condition, ...]
    before: dict[FetchStep, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class FetchGraph:
    """All steps of a plan (or of one part of it that runs by itself), in the order in which they were made."""

    kind: str
    steps: list[FetchStep] = field(default_factory=list)
    deferred: list[DeferredPart] = field(default_factory=list)
