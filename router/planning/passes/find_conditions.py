"""Find the conditions that hold whenever a step is needed, so that it needn't run without them."""

from __future__ import annotations

from router.operation.model import Condition
from router.planning.fetch_graph import FetchGraph, FetchStep


def find_conditions(graph: FetchGraph) -> bool:
    """Set each step's conditions: those common to all its uses, of its own and of the steps that read it."""
    readers: dict[FetchStep, list[FetchStep]] = {step: [] for step in graph.steps}
    for step in graph.steps:
        for earlier in step.before:
            if earlier in readers:
                readers[earlier].append(step)
    common: dict[FetchStep, frozenset[Condition]] = {}
    for step in sorted(graph.steps, key=lambda step: -step.step):
        uses = [frozenset(use) for use in step.uses] + [common[reader] for reader in readers[step] if reader in common]
        common[step] = frozenset.intersection(*uses) if uses else frozenset()
    changed = False
    for step, conditions in common.items():
        step.conditions = tuple(sorted(conditions, key=lambda item: (item.variable, item.negated)))
        changed = changed or bool(conditions)
    return changed
