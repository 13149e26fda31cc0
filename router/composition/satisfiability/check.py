"""Supergraph -> :class:`SatisfiabilityResult`.

Enters: a composed supergraph, in the model that merging made or that was read from SDL. Leaves: errors with a concrete
operation each, and hints on shared fields. Invariant: a coordinate is reported once, by its shortest operation.
"""

from __future__ import annotations

from dataclasses import dataclass

from router.composition.satisfiability.contexts import Contexts
from router.composition.satisfiability.explanation import Explanation
from router.composition.satisfiability.places import Places, Visit
from router.composition.satisfiability.runtime_types import RuntimeTypes
from router.composition.satisfiability.traversal import State, TooManyPaths, Traversal
from router.federation.errors import CompositionError, CompositionHint, ErrorCode
from router.graph.build import build_graph
from router.graph.labels import Labels
from router.graph.model import QueryGraph
from router.graph.walker import SearchTooLong, Walker
from router.supergraph.model import Supergraph

#: How many states of the walk are looked at before the check gives up: some 20 times what 200 subgraphs with 5,000
#: types take, and half a minute.
MAX_STATES = 300_000


@dataclass(frozen=True, slots=True)
class SatisfiabilityResult:
    """What the check found; no errors means that every operation can be answered."""

    errors: tuple[CompositionError, ...] = ()
    hints: tuple[CompositionHint, ...] = ()


def check_satisfiability(supergraph: Supergraph, *, max_states: int = MAX_STATES) -> SatisfiabilityResult:
    """Check that every field that a client can reach can be resolved, from every way in which it can be reached."""
    return check_graph(build_graph(supergraph), max_states=max_states)


def check_graph(graph: QueryGraph, *, max_states: int = MAX_STATES) -> SatisfiabilityResult:
    """Do as :func:`check_satisfiability` does, on a query graph that is there already."""
    walker = Walker(graph)
    places, contexts = Places(walker), Contexts(walker)
    runtime_types = RuntimeTypes(places)
    traversal = Traversal(places, contexts, runtime_types, max_states)
    try:
        traversal.walk(_roots(places))
        errors = _errors(traversal, Explanation(places, contexts))
    except (TooManyPaths, SearchTooLong):
        errors = [_too_many(max_states)]
    return SatisfiabilityResult(
        (*errors, *runtime_types.errors.values()),
        tuple(runtime_types.hints.values()),
    )


def _roots(places: Places) -> list[State]:
    known = Labels(frozenset(), frozenset())
    states = []
    for kind, nodes in places.graph.roots.items():
        name = places.schema.roots[kind]
        if not places.visible(places.schema.types[name].directives):
            continue
        place = places[name]
        states.append(State(kind, place, Visit(places.mask(place, nodes), 0, known)))
    return states


def _errors(traversal: Traversal, explanation: Explanation) -> list[CompositionError]:
    errors: dict[tuple[str, ...], CompositionError] = {}
    for failure in traversal.failures:
        name = failure.field.name if failure.field is not None else ""
        place = (failure.state.place.name, name, failure.member or "")
        if place not in errors:
            errors[place] = explanation.error(failure)
    for mutation in traversal.mutation_failures:
        errors.setdefault((mutation.type_name, mutation.field.name, "alone"), explanation.mutation_error(mutation))
    return list(errors.values())


def _too_many(max_states: int) -> CompositionError:
    code = ErrorCode.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED
    return CompositionError(
        code,
        f"[{code}] there are too many ways through the subgraphs (more than {max_states} states, or keys that only "
        "long searches bring together) to tell whether every operation can be answered; "
        "let shared types have a common @key in all subgraphs, or use fewer @override labels at a time",
    )
