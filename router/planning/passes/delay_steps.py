"""Let a subgraph's fetches wait for a later request to the same subgraph, where nobody misses them until then.

Two requests to one subgraph become one: the total number of steps stays, and a request is saved.
"""

from __future__ import annotations

from collections import defaultdict

from router.planning.fetch_graph import FetchGraph, FetchStep


def delay_steps(graph: FetchGraph) -> bool:
    """Move all of a subgraph's steps of one number to the next number at which it is asked, if all can wait."""
    changed = False
    readers: dict[FetchStep, list[FetchStep]] = defaultdict(list)
    for step in graph.steps:
        for earlier in step.before:
            readers[earlier].append(step)
    requests: dict[tuple[int, int, int], list[FetchStep]] = defaultdict(list)
    for step in graph.steps:
        requests[step.deferred, step.subgraph, step.step].append(step)
    for part, subgraph, number in sorted(requests, key=lambda key: (-key[2], key)):
        waiting = requests[part, subgraph, number]
        later = sorted(
            other for within, owner, other in requests if (within, owner) == (part, subgraph) and other > number
        )
        if not later or any(step.is_root for step in waiting):
            continue
        deadline = min((reader.step for step in waiting for reader in readers[step]), default=1 << 30)
        target = next((other for other in later if other < deadline and requests[part, subgraph, other]), None)
        if target is None:
            continue
        for step in waiting:
            step.step = target
        requests[part, subgraph, target] += waiting
        requests[part, subgraph, number] = []
        changed = True
    graph.steps.sort(key=lambda step: (step.step, step.number))
    return changed
