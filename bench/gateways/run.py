"""The gateways benchmark: ``python -m bench.gateways.run [--seconds N] [--peer FOLDER ...] [--case NAME ...]``.

Four subgraphs, 50 clients, one core for the gateway and the other for subgraphs and load. Reports requests a second,
CPU milliseconds per request of the gateway's own processes, latencies and peak memory, as a Markdown table. Every
answer's status is checked, and the content of one before and one after each load.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.gateways.dataset import SHARED
from bench.gateways.gateway import HERE, Gateway, Running, own_router, read_peer
from bench.gateways.load import LoadResult, load

DEEP = (SHARED / "operation.graphql").read_text()
SMALL = "{ users { id name username } }"
_PORTS = iter(range(4300, 4400))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    case: str
    gateway: str
    result: LoadResult
    cpu: float
    memory: int

    def markdown(self) -> str:
        r = self.result
        problems = "" if not (r.wrong or r.errors) else f" **{r.wrong} wrong, {r.errors} errors**"
        cpu = self.cpu * 1000 / max(r.requests, 1)
        return (
            f"| {self.case} | {self.gateway} | {r.requests / r.seconds:,.0f} | {cpu:.3f}"
            f" | {r.p50:.1f} | {r.p95:.1f} | {r.p99:.1f} | {self.memory / 2**20:.0f} |{problems}"
        )


def cold_operations(count: int) -> list[str]:
    """Operations that differ in shape, so that no cache knows them."""
    fields = ["id", "name", "username", "birthday"]
    found = []
    for number in range(count):
        chosen = " ".join(f"f{number}_{i}: {name}" for i, name in enumerate(fields) if number & (1 << i) or i == 0)
        found.append(f"query C{number} {{ users {{ {chosen} reviews {{ id product {{ name inStock }} }} }} }}")
    return found


def check(running: Running, query: str, expected: object) -> None:
    """Compare one answer's content."""
    actual = running.ask(query)
    if actual != expected:
        raise SystemExit(f"{running.gateway.name} gave a wrong answer: {json.dumps(actual)[:400]}")


def measure(gateway: Gateway, case: str, query: str, expected: object, options: argparse.Namespace) -> Row:
    """Warm up, load, check again."""
    cores = {0} if options.workers == 1 else set(range(os.cpu_count() or 1))
    with Running(gateway, options.supergraph, next(_PORTS), cores) as running:
        check(running, query, expected)
        load(running.url, [query], seconds=options.warmup)
        before = running.cpu_seconds()
        # The key order and white space of an answer are the gateway's own, so its length is taken from itself.
        result = load(running.url, [query], seconds=options.seconds)
        cpu = running.cpu_seconds() - before
        check(running, query, expected)
        return Row(case, gateway.name, result, cpu, running.memory_bytes())


def measure_cold(gateway: Gateway, options: argparse.Namespace) -> Row:
    """Operations that were never seen: each is sent once."""
    with Running(gateway, options.supergraph, next(_PORTS), {0}) as running:
        load(running.url, [SMALL], seconds=1)
        queries = cold_operations(300)
        before = running.cpu_seconds()
        for query in queries:
            running.ask(query)
        cpu = running.cpu_seconds() - before
        result = LoadResult(len(queries), 1.0, 0, 0, 0, 0, 0)
        return Row("cold", gateway.name, result, cpu, running.memory_bytes())


@contextmanager
def subgraphs(port: int) -> Iterator[None]:
    """The four subgraphs, on the core that the gateway doesn't use."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.gateways.subgraphs", "--port", str(port)],
        cwd=HERE.parents[1],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1}),
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait(10)


def run(options: argparse.Namespace) -> list[Row]:
    """Measure all chosen cases, this router first, then the peers."""
    expected = json.loads((SHARED / "answer.json").read_text())
    users = json.loads((SHARED / "data.json").read_text())["accounts"]["users"]
    small = {"data": {"users": [{key: user[key] for key in ("id", "name", "username")} for user in users]}}
    rows: list[Row] = []
    own = {
        mode: own_router(f"this router, {mode}", HERE / "settings" / f"{mode}.yaml", options.workers) for mode in MODES
    }
    peers = [read_peer(Path(peer)) for peer in options.peer]
    for case in options.case:
        match case:
            case "deep":
                gateways = [*own.values(), *peers]
                rows.extend(measure(gateway, case, DEEP, expected, options) for gateway in gateways)
            case "small":
                rows.extend(measure(gateway, case, SMALL, small, options) for gateway in [own["none"], *peers])
            case "cold":
                rows.extend(measure_cold(gateway, options) for gateway in [own["none"], *peers])
    return rows


MODES = ("none", "outbound", "both")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--peer", action="append", default=[], help="a folder with peer.json")
    parser.add_argument("--case", action="append", choices=("deep", "small", "cold"))
    parser.add_argument("--supergraph", type=Path, default=SHARED / "supergraph.graphql")
    options = parser.parse_args(arguments)
    options.case = options.case or ["deep", "small", "cold"]
    with subgraphs(4200):
        rows = run(options)
    print("| case | gateway | requests/s | CPU ms/request | p50 ms | p95 ms | p99 ms | peak MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(row.markdown())


if __name__ == "__main__":
    main()
