"""Make one step of two that ask the same subgraph for the same place at the same time."""

from __future__ import annotations

from router.planning.fetch_graph import FetchGraph, FetchStep
from router.planning.needs import can_share, fits_others, join_needs
from router.query_plan.nodes import Path


def merge_steps(graph: FetchGraph) -> bool:
    """Merge steps with equal (subgraph, path, number) whose representations agree."""
    kept: dict[tuple[int, Path, int, int], list[FetchStep]] = {}
    replaced: dict[FetchStep, FetchStep] = {}
    for step in graph.steps:
        same = kept.setdefault((step.subgraph, step.path, step.step, step.deferred), [])
        into = next((other for other in same if _agree(other, step)), None)
        if into is None:
            same.append(step)
        else:
            _merge(into, step)
            replaced[step] = into
    if not replaced:
        return False
    graph.steps = [step for step in graph.steps if step not in replaced]
    for step in graph.steps:
        if any(earlier in replaced for earlier in step.before):
            step.before = dict.fromkeys(replaced.get(earlier, earlier) for earlier in step.before)
    return True


def _agree(left: FetchStep, right: FetchStep) -> bool:
    if left.is_root or right.is_root or left.contexts or right.contexts:
        return left.is_root and right.is_root
    return all(
        (key not in left.shapes or can_share(left.shapes[key], shape)) and fits_others(left.shapes, key, shape)
        for key, shape in right.shapes.items()
    )


def _merge(into: FetchStep, step: FetchStep) -> None:
    into.selections.merge(step.selections)
    for key, shape in step.shapes.items():
        known = into.shapes.get(key)
        if known is None:
            into.shapes[key] = shape
        else:
            join_needs(known.needs, shape.needs)
    into.before.update(step.before)
    into.uses |= step.uses
    into.reasons.update(step.reasons)
