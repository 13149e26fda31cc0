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
    requests: dict[tuple[int, int], list[FetchStep]] = defaultdict(list)
    for step in graph.steps:
        requests[step.subgraph, step.step].append(step)
    for subgraph, number in sorted(requests, key=lambda key: (-key[1], key[0])):
        waiting = requests[subgraph, number]
        later = sorted(other for owner, other in requests if owner == subgraph and other > number)
        if not later or any(step.is_root for step in waiting):
            continue
        deadline = min((reader.step for step in waiting for reader in readers[step]), default=later[0] + 1)
        target = next((other for other in later if other < deadline and requests[subgraph, other]), None)
        if target is None:
            continue
        for step in waiting:
            step.step = target
        requests[subgraph, target] += waiting
        requests[subgraph, number] = []
        changed = True
    graph.steps.sort(key=lambda step: (step.step, step.number))
    return changed
