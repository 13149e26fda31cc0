"""Times this composer in a process of its own: ``python -m bench.composition.measure RUNS < sets.json``.

Enters: a JSON list of sets, each a list of ``{name, sdl}``. Leaves: the same JSON as peer.mjs.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time

from router.composition.compose import Composition, compose_subgraphs
from router.federation.build import SubgraphSource


def _once(sources: list[SubgraphSource]) -> tuple[float, Composition]:
    start = time.perf_counter()
    composition = compose_subgraphs(sources)
    # Texts are made when asked for, and the peer makes its own at once.
    _ = composition.supergraph_sdl
    return (time.perf_counter() - start) * 1000, composition


def main() -> None:
    """Measure, and print."""
    runs = int(sys.argv[1])
    milliseconds: list[float] = []
    composed = 0
    before = time.process_time()
    for subgraphs in json.load(sys.stdin):
        sources = [SubgraphSource(subgraph["name"], "", subgraph["sdl"]) for subgraph in subgraphs]
        if runs > 1:
            _once(sources)
        times = []
        for _ in range(runs):
            spent, composition = _once(sources)
            times.append(spent)
        composed += composition.supergraph is not None
        milliseconds.append(statistics.median(times))
    spent_in_all = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "milliseconds": milliseconds,
                "composed": composed,
                "peakMegabytes": peak,
                "processorSeconds": spent_in_all,
            }
        )
    )


if __name__ == "__main__":
    main()
