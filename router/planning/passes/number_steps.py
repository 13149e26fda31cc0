"""Give every step the earliest number that comes after all that it reads."""

from __future__ import annotations

from router.planning.fetch_graph import FetchGraph, FetchStep


def number_steps(graph: FetchGraph) -> bool:
    """Number steps by their longest way from the roots, and sort them by number."""
    changed = False
    numbers: dict[FetchStep, int] = {}
    for step in graph.steps:
        _number(step, numbers)
    for step, number in numbers.items():
        changed = changed or step.step != number
        step.step = number
    graph.steps.sort(key=lambda step: (step.step, step.number))
    return changed


def _number(step: FetchStep, numbers: dict[FetchStep, int]) -> int:
    known = numbers.get(step)
    if known is None:
        # A step that reads nothing but stands at a place is a root's; all others read something.
        known = max((_number(earlier, numbers) + 1 for earlier in step.before if earlier is not step), default=0)
        numbers[step] = known
    return known
