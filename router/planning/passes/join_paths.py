"""Ask once for places that want the same: steps of one request that differ only by their path become one."""

from __future__ import annotations

from router.planning.fetch_graph import FetchGraph, FetchStep, Selections
from router.planning.needs import Needs


def join_paths(graph: FetchGraph) -> bool:
    """Join steps with equal (subgraph, number, conditions, shapes, selections) into one with several paths."""
    kept: dict[object, FetchStep] = {}
    replaced: dict[FetchStep, FetchStep] = {}
    for step in graph.steps:
        if step.is_root or step.contexts:
            continue
        key = (
            step.subgraph,
            step.step,
            step.deferred,
            step.conditions,
            tuple((shape.typename, tuple(shape.types), needs_key(shape.needs)) for shape in step.shapes.values()),
            selections_key(step.selections),
        )
        into = kept.setdefault(key, step)
        if into is not step:
            into.paths += [path for path in step.paths if path not in into.paths]
            into.before.update(step.before)
            into.reasons.update(step.reasons)
            replaced[step] = into
    if not replaced:
        return False
    graph.steps = [step for step in graph.steps if step not in replaced]
    for step in graph.steps:
        step.before = dict.fromkeys(replaced.get(earlier, earlier) for earlier in step.before)
    return True


def selections_key(selections: Selections) -> object:
    """Return what tells selections apart; order matters, since answers keep it."""
    return tuple(
        (head, None if below is None else id(below) if below.frozen else selections_key(below))
        for head, below in selections.items.items()
    )


def needs_key(needs: Needs) -> object:
    """Return what tells representations apart."""
    return tuple(
        (key, needed.source, needed.non_null, needed.key, needs_key(needed.below)) for key, needed in needs.items()
    )
