"""What documents cost that were made to cost much: ``python -m bench.attacks.run [--repeat N] [WORD ...]``.

Each is taken from its text to its plan or its refusal, within the default limits, in this process, with the garbage
collector set as the router sets it. Reports CPU milliseconds (the least of ``--repeat`` runs, since other work on the
machine only adds), and what came of it, as a Markdown table. Documents that the router gives to its preparing process
are marked: they cost this much there and hold up nobody. Then requests that cost by their variables, or once their plan
is compiled: each is sent three times to subgraphs that answer nothing, and the dearest time counts. Ends with 1 if any
costs more than 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from bench.attacks.documents import ATTACKS, SUBGRAPHS
from bench.attacks.requests import REQUESTS, AttackRequest
from router import compose
from router.errors import OperationError, PlanningError
from router.execution.context import RequestContext
from router.execution.transport import SubgraphRequest, SubgraphResponse
from router.pipeline import GraphQLRequest, Pipeline
from router.pipeline.prepare import Preparer, Wanted
from router.pipeline.settings import PipelineSettings
from router.query_plan.walk import fetches_of
from router.server.collector import spare_what_stays
from router.supergraph.model import Supergraph
from router.supergraph.reader import read_supergraph

GOAL = 0.1


def make_supergraph() -> Supergraph:
    """The graph that the documents ask."""
    composition = compose(SUBGRAPHS)
    if composition.supergraph_sdl is None:
        raise SystemExit(f"the graph doesn't compose: {composition.errors}")
    return read_supergraph(composition.supergraph_sdl)


def make_preparer() -> Preparer:
    """The default settings on the graph that the documents ask."""
    return Preparer(make_supergraph(), PipelineSettings())


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


class Silent:
    """Subgraphs that have nothing."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return SubgraphResponse(200, {}, b'{"data":{"n":null,"nodes":[]}}')

    async def aclose(self) -> None:
        pass


async def ask(pipeline: Pipeline, request: AttackRequest) -> tuple[float, str]:
    """Send a request three times: the first is planned, the second compiled. Return the dearest time in seconds."""
    dearest, body = 0.0, b""
    for _ in range(3):
        start = time.process_time()
        response = await pipeline.run(GraphQLRequest(request.query, None, request.variables), RequestContext())
        dearest, body = max(dearest, time.process_time() - start), response.body
    return dearest, "refused" if body.startswith(b'{"errors"') else "answered"


async def cost_of_request(supergraph: Supergraph, request: AttackRequest, repeat: int) -> tuple[float, str]:
    """The least of several runs, each with a pipeline that knows nothing yet."""
    settings = replace(PipelineSettings(inline_tokens=1_000_000, inline_planning=5.0), **request.settings)
    found = []
    for _ in range(repeat):
        pipeline = Pipeline(supergraph, settings, Silent())
        try:
            found.append(await ask(pipeline, request))
        finally:
            await pipeline.aclose()
    return min(found)


def cost_of_document(preparer: Preparer, text: str, repeat: int) -> tuple[float, str]:
    """The least of several runs in seconds, and the outcome."""
    found = []
    for _ in range(repeat):
        start = time.process_time()
        said = outcome(preparer, text)
        found.append((time.process_time() - start, said))
    return min(found)


def row(name: str, size: str, cost: tuple[float, str]) -> bool:
    """Print a line of the table; tell whether the cost is within the goal."""
    over = "" if cost[0] <= GOAL else " **over**"
    print(f"| {name} | {size} | {cost[0] * 1000:.1f}{over} | {cost[1]} |", flush=True)
    return not over


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("words", nargs="*", help="only those whose name has one of these")
    options = parser.parse_args(arguments)

    def wanted(name: str) -> bool:
        return not options.words or any(word in name for word in options.words)

    preparer = make_preparer()
    inline = preparer.settings.inline_tokens
    outcome(preparer, "{n{id far} pet{id ...on Dog{owner{s}}}}")
    # As in the process that prepares large documents.
    sys.setrecursionlimit(10_000)
    spare_what_stays()
    print(f"CPython {platform.python_version()}, least of {options.repeat}")
    print("| document or request | kB | CPU ms | outcome |")
    print("|---|---:|---:|---|")
    good = True
    for name, text in ATTACKS.items():
        if wanted(name):
            where = " (beside)" if preparer_tokens(preparer, text) > inline else ""
            cost = cost_of_document(preparer, text, options.repeat)
            good = row(name + where, f"{len(text) / 1000:.1f}", cost) and good
    sys.setrecursionlimit(1_000)
    supergraph = make_supergraph()
    for name, request in REQUESTS.items():
        if wanted(name):
            cost = asyncio.run(cost_of_request(supergraph, request, options.repeat))
            good = row(name, "", cost) and good
    return 0 if good else 1


def preparer_tokens(preparer: Preparer, text: str) -> int:
    """The document's weight, by which the router decides where it is prepared; 0 where it is refused at once."""
    try:
        return max(preparer.count(text), len(text) // 20)
    except OperationError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
