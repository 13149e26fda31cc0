"""The walk of a client through the API schema, together with every subgraph node that can stand by its side.

Enters: the places and the roots. Leaves: a :class:`Failure` for each field (or member type) that no node in reach can
bring, with the state it failed in, so that a concrete operation can be told. Invariant: a state is looked at once, and
not at all where a look at less has shown already that all is well or has told what isn't.

A state is a place, the set of nodes that stand there, the contexts that can be had, and the override labels that the
fields on the way have settled. For a field, the nodes that come next are the targets of all moves for it, from the
nodes that stand there and from those that hops lead to. None: the field can't be had. A field that moves with a label
is walked twice, with the label on and off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from router.composition.satisfiability.contexts import Contexts
from router.composition.satisfiability.places import ApiField, Place, Places, Visit
from router.composition.satisfiability.runtime_types import RuntimeTypes
from router.graph.labels import Labels


@dataclass(frozen=True, slots=True)
class State:
    """Where the walk stands; ``field`` (or, at a member type, ``None``) is what led here from ``before``."""

    kind: str
    place: Place
    visit: Visit
    before: State | None = None
    field: ApiField | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What can't be had from a state: ``field``, or else the objects of type ``member``."""

    state: State
    labels: Labels
    field: ApiField | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class MutationFailure:
    """A mutation field of several subgraphs of which none can answer all alone; failures by subgraph."""

    field: ApiField
    type_name: str
    failures: tuple[tuple[str, tuple[Failure, ...]], ...]


class TooManyPaths(Exception):
    """More states than allowed."""


class Traversal:
    """One walk, from one root or several."""

    def __init__(
        self, places: Places, contexts: Contexts, runtime_types: RuntimeTypes, limit: int, *, shared: bool = True
    ) -> None:
        self.places = places
        self.contexts = contexts
        self.runtime_types = runtime_types
        self.limit = limit
        self.failures: list[Failure] = []
        self.mutation_failures: list[MutationFailure] = []
        self.looked_at = 0
        self._waiting: deque[State] = deque()
        self._own: dict[str, tuple[list[Visit], list[Visit]]] | None = None if shared else {}

    def walk(self, states: Iterable[State]) -> None:
        """Look at states and all that they lead to, nearest first."""
        self._waiting.extend(states)
        while self._waiting:
            self._look(self._waiting.popleft())

    # One state

    def _look(self, state: State) -> None:
        place = state.place
        visits, closures = self._seen(place)
        if any(visit.covers(state.visit) for visit in visits):
            return
        self.looked_at += 1 + len(visits) // 100  # comparing with many visits is work as well
        if self.looked_at > self.limit:
            raise TooManyPaths
        visits[:] = [visit for visit in visits if not state.visit.covers(visit)]
        visits.append(state.visit)
        if place.abstract:
            self._look_at_members(state)
        else:
            self._look_at_fields(state, closures)

    def _seen(self, place: Place) -> tuple[list[Visit], list[Visit]]:
        if self._own is None:
            return place.visits, place.closures
        return self._own.setdefault(place.name, ([], []))

    def _look_at_members(self, state: State) -> None:
        place, visit = state.place, state.visit
        nodes = self.places.nodes(place, visit.mask)
        contexts = self.contexts.leaving(place.name, nodes, visit)
        for member in place.members:
            if not all(self.places.can_be(node, member) for node in nodes):
                continue  # what is shared turns out alike everywhere, so never as this member
            targets = self.places.narrow(nodes, member, visit.labels)
            if targets:
                self._go(state, self.places[member], targets, Visit(0, contexts, visit.labels), None)
            else:
                self.failures.append(Failure(state, visit.labels, member=member))

    def _look_at_fields(self, state: State, closures: list[Visit]) -> None:
        place, visit = state.place, state.visit
        reach = self.places.reach(place, visit.mask, visit.labels)
        closure = Visit(reach.stands | reach.entered, visit.contexts, visit.labels)
        known = any(before.covers(closure) for before in closures)
        failed = len(self.failures)
        contexts: int | None = None
        for item in tuple(place.conditional.values()) if known else place.fields:
            for labels in _settle(item, visit.labels):
                targets = self._targets(state, item, labels)
                if targets is None:
                    self.failures.append(Failure(state, labels, field=item))
                elif item.type_name is not None:
                    if contexts is None:
                        contexts = self.contexts.leaving(place.name, self.places.nodes(place, visit.mask), visit)
                    self._enter(state, item, targets, contexts, labels)
        if not known and len(self.failures) == failed:
            closures.append(closure)

    def _targets(self, state: State, item: ApiField, labels: Labels) -> list[int] | None:
        """Return the nodes that a field leads to (none for a leaf), or ``None`` where no node in reach has it."""
        place, visit = state.place, state.visit
        reach = self.places.reach(place, visit.mask, labels)
        in_reach = reach.stands | reach.entered
        targets: dict[int, None] = {}
        for bit, node, move in place.moves.get(item.name, ()):
            if not bit & in_reach:
                continue
            if move.contexts and not self.contexts.met(move.contexts, visit.contexts):
                continue
            if not self.places.walker.meets(node, move, labels, entered=bool(bit & reach.entered)):
                continue
            if item.type_name is None:
                return []
            if move.target is not None:
                targets[move.target] = None
        return list(targets) or None

    def _enter(self, state: State, item: ApiField, targets: list[int], contexts: int, labels: Labels) -> None:
        assert item.type_name is not None
        place = self.places[item.type_name]
        if state.before is None and state.kind == "mutation" and len(targets) > 1:
            self._enter_alone(state, item, targets, labels)
            return
        if self.runtime_types.compare(state.place, item, place, targets):
            self._go(state, place, targets, Visit(0, contexts, labels), item)

    def _go(self, state: State, place: Place, targets: list[int], known: Visit, item: ApiField | None) -> None:
        """Wait for the place to be looked at, with the contexts and labels of ``known`` (its mask doesn't matter)."""
        labels = self.places.relevant_labels.trim(known.labels, place.name)
        visit = Visit(self.places.mask(place, targets), known.contexts, labels)
        self._waiting.append(State(state.kind, place, visit, state, item))

    # Mutations

    def _enter_alone(self, state: State, item: ApiField, targets: list[int], labels: Labels) -> None:
        """A mutation must not run in two subgraphs, so one of them alone has to be able to answer all below it."""
        self._walk_apart(state, item, targets, labels)  # what they share below must turn out alike all the same
        found: list[tuple[str, tuple[Failure, ...]]] = []
        for target in targets:
            alone = self._walk_apart(state, item, [target], labels)
            if not alone.failures and not alone.mutation_failures:
                return
            found.append((self.places.graph.nodes[target].subgraph, tuple(alone.failures)))
        self.mutation_failures.append(MutationFailure(item, state.place.name, tuple(found)))

    def _walk_apart(self, state: State, item: ApiField, targets: list[int], labels: Labels) -> Traversal:
        """Walk on from a field with visits of its own, and return the walk with what it found."""
        assert item.type_name is not None
        place = self.places[item.type_name]
        apart = Traversal(self.places, self.contexts, self.runtime_types, self.limit, shared=False)
        if self.runtime_types.compare(state.place, item, place, targets):
            visit = Visit(self.places.mask(place, targets), state.visit.contexts, labels)
            apart.walk([State(state.kind, place, visit, state, item)])
        return apart


def _settle(item: ApiField, labels: Labels) -> list[Labels]:
    """Return the labels to walk a field with: where one of its own isn't settled yet, once with each answer."""
    settled = [labels]
    for label in item.labels:
        if not labels.knows(label):
            settled = [known.assume(label, active) for known in settled for active in (True, False)]
    return settled
