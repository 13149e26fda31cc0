"""Whether memory stays bounded: ``python -m bench.memory.run [--requests N] [--seconds N]``.

One pipeline in this process, a transport that makes answers up, and ten thousand distinct operations, of which the
n-th is asked for in proportion to 1/n: the caches overflow all the time, as they would under such a load. Reports the
resident set (MiB) and the cost as the requests go by. Ends with 1 where the resident set passes 150 MiB, or grows by
more than 5 MiB after the first hundred thousand requests.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import random
import re
import sys
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import orjson
import uvloop

from bench.gateways.dataset import SHARED
from router.execution.context import RequestContext
from router.execution.transport import SubgraphRequest, SubgraphResponse
from router.pipeline import GraphQLRequest, Pipeline, PipelineSettings
from router.server.collector import spare_what_stays
from router.supergraph.reader import read_supergraph

_ALIAS = re.compile(r"(f\d+_\d)\s*:")
_HEADERS = {"content-type": "application/json"}
LIMIT, GROWTH, SETTLED = 150, 5, 100_000


class MadeUp:
    """Answers each request of the two subgraphs that the operations ask, from the aliases in it."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = orjson.loads(request.body)
        names = _ALIAS.findall(body["query"])
        if request.subgraph == "accounts":
            users = [{"__typename": "User", "id": str(i), **dict.fromkeys(names, "x")} for i in range(6)]
            return SubgraphResponse(200, _HEADERS, orjson.dumps({"data": {"users": users}}))
        wanted = next(iter(body["variables"].values()))
        reviews = [{"id": str(i), **dict.fromkeys(names, f"body {i}")} for i in range(3)]
        entities = [{"__typename": "User", "reviews": reviews} for _ in wanted]
        return SubgraphResponse(200, _HEADERS, orjson.dumps({"data": {"_entities": entities}}))

    async def aclose(self) -> None:
        pass


def operations(count: int) -> list[str]:
    """Distinct operations over one or two subgraphs; every third has a variable."""
    return [
        f"query M{n}{variables} {{ users {{ id f{n}_1: name f{n}_2: username{condition}"
        + (f" reviews {{ id f{n}_3: body }}" if n % 2 else "")
        + " } }"
        for n in range(count)
        for variables, condition in [("($more: Boolean = true)", " @include(if: $more)") if n % 3 == 0 else ("", "")]
    ]


def resident() -> float:
    """This process's resident set, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def run(options: argparse.Namespace) -> int:
    """Send the requests, 20 at a time; report at each hundredth of them."""
    supergraph = read_supergraph((SHARED / "supergraph.graphql").read_text())
    pipeline = Pipeline(supergraph, PipelineSettings(), MadeUp())
    texts = operations(10_000)
    weights = list(accumulate(1 / (rank + 1) for rank in range(len(texts))))
    draw, context = random.Random(1), RequestContext()
    spare_what_stays()
    print(f"CPython {platform.python_version()}, at the start {resident():.0f} MiB")
    print("| requests | MiB | CPU ms/request | hits | in the cache |")
    print("|---|---|---|---|---|")
    settled = peak = 0.0
    done, start, cpu = 0, time.monotonic(), time.process_time()
    step = max(options.requests // 20, 1)
    while done < options.requests and time.monotonic() - start < options.seconds:
        for _ in range(step // 20):
            chosen = draw.choices(texts, cum_weights=weights, k=20)
            answers = await asyncio.gather(*(pipeline.run(GraphQLRequest(text), context) for text in chosen))
            if any(not answer.body.startswith(b'{"data":{"users":[{"id":"0"') for answer in answers):
                raise SystemExit(f"a wrong answer: {answers}")
        done += step // 20 * 20
        peak = max(peak, resident())
        if done <= max(SETTLED, step):
            settled = peak
        used = (time.process_time() - cpu) * 1000 / done
        counters = pipeline.counters
        rate = counters["document_cache_hits"] / done
        kept = f"{counters['document_cache_entries']}, {counters['document_cache_bytes'] / 2**20:.0f} MiB by its count"
        print(f"| {done:,} | {resident():.0f} | {used:.2f} | {rate:.0%} | {kept} |", flush=True)
    await pipeline.aclose()
    good = peak < LIMIT and peak - settled < GROWTH
    print(f"peak {peak:.0f} MiB, {peak - settled:.1f} MiB more than after the first {max(SETTLED, step):,}")
    return 0 if good else 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=3600, help="stop after this long")
    return uvloop.run(run(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
