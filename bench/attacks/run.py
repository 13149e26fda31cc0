"""What documents cost that were made to cost much: ``python -m bench.attacks.run [--repeat N] [WORD ...]``.

Each is taken from its text to its plan or its refusal, within the default limits, in this process, with the garbage
collector set as the router sets it. Reports CPU milliseconds (the least of ``--repeat`` runs, since other work on the
machine only adds), and what came of it, as a Markdown table. Documents that the router gives to its preparing process
are marked: they cost this much there and hold up nobody. Ends with 1 if any costs more than 100 ms.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import time
from collections.abc import Sequence

from bench.attacks.documents import ATTACKS, SUBGRAPHS
from router import compose
from router.errors import OperationError, PlanningError
from router.pipeline.prepare import Preparer, Wanted
from router.pipeline.settings import PipelineSettings
from router.query_plan.walk import fetches_of
from router.supergraph.reader import read_supergraph

GOAL = 0.1


def make_preparer() -> Preparer:
    """The default settings on the graph that the documents ask."""
    composition = compose(SUBGRAPHS)
    if composition.supergraph_sdl is None:
        raise SystemExit(f"the graph doesn't compose: {composition.errors}")
    return Preparer(read_supergraph(composition.supergraph_sdl), PipelineSettings())


def outcome(preparer: Preparer, text: str) -> str:
    """Prepare a document and say what came of it."""
    try:
        plan = preparer.prepare(Wanted(text, None)).plan
    except OperationError as error:
        codes = {str((item.extensions or {}).get("code")) for item in error.errors}
        return f"refused: {', '.join(sorted(codes))}"
    except PlanningError as error:
        return f"refused: {error.code}"
    return f"planned, {len(list(fetches_of(plan)))} fetches"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("words", nargs="*", help="only documents whose name has one of these")
    options = parser.parse_args(arguments)
    preparer = make_preparer()
    inline = preparer.settings.inline_tokens
    outcome(preparer, "{n{id far} pet{id ...on Dog{owner{s}}}}")
    # As in the process that prepares large documents.
    sys.setrecursionlimit(10_000)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 5)
    print(f"CPython {platform.python_version()}, least of {options.repeat}")
    print("| document | kB | CPU ms | outcome |")
    print("|---|---|---|---|")
    worst = 0.0
    for name, text in ATTACKS.items():
        if options.words and not any(word in name for word in options.words):
            continue
        least, said = float("inf"), ""
        for _ in range(options.repeat):
            start = time.process_time()
            said = outcome(preparer, text)
            least = min(least, time.process_time() - start)
        worst = max(worst, least)
        tokens = preparer_tokens(preparer, text)
        where = " (beside)" if tokens > inline else ""
        over = " **over**" if least > GOAL else ""
        print(f"| {name}{where} | {len(text) / 1000:.1f} | {least * 1000:.1f}{over} | {said} |", flush=True)
    return 1 if worst > GOAL else 0


def preparer_tokens(preparer: Preparer, text: str) -> int:
    """The document's weight, by which the router decides where it is prepared; 0 where it is refused at once."""
    try:
        return max(preparer.count(text), len(text) // 20)
    except OperationError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
