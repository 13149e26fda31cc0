"""Passes over the fetch graph: one imperative a file, each saying whether it changed anything.

Enters and leaves: a :class:`~router.planning.fetch_graph.FetchGraph`. Invariant: no pass makes a plan dearer, and every
step still comes after whatever it reads.
"""

from __future__ import annotations

from collections.abc import Callable

from router.planning.fetch_graph import FetchGraph
from router.planning.passes.delay_steps import delay_steps
from router.planning.passes.find_conditions import find_conditions
from router.planning.passes.join_paths import join_paths
from router.planning.passes.merge_steps import merge_steps
from router.planning.passes.number_steps import number_steps

Pass = Callable[[FetchGraph], bool]

#: In the order in which they run; ``number_steps`` sets what the others read.
PASSES: tuple[Pass, ...] = (number_steps, delay_steps, merge_steps, find_conditions, join_paths)


def run_passes(graph: FetchGraph) -> list[str]:
    """Run all passes, and return the names of those that changed something."""
    return [step.__name__ for step in PASSES if step(graph)]
