"""The gateways benchmark: ``python -m bench.gateways.run [--seconds N] [--peer FOLDER ...] [--case NAME ...]``.

Four subgraphs, 50 clients, one core for the gateway and the other for subgraphs and load. Reports requests a second,
CPU milliseconds per request of the gateway's own processes, latencies and peak memory, as a Markdown table. Every
answer's status is checked, and the content of one before and one after each load.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import pstats
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
    """Warm up, load, check again. Answers must all have the length of the first, whose content is compared."""
    with Running(gateway, options.supergraph, next(_PORTS), options.cores) as running:
        check(running, query, expected)
        length = len(running.ask_raw(query))
        load(running.url, [query], seconds=options.warmup)
        before = running.cpu_seconds()
        result = load(running.url, [query], seconds=options.seconds, length=length)
        cpu = running.cpu_seconds() - before
        check(running, query, expected)
        return Row(case, gateway.name, result, cpu, running.memory_bytes())


def measure_cold(gateway: Gateway, options: argparse.Namespace) -> Row:
    """Operations that were never seen: each is sent once."""
    with Running(gateway, options.supergraph, next(_PORTS), options.cores) as running:
        load(running.url, [SMALL], seconds=1)
        queries = cold_operations(300)
        before, start = running.cpu_seconds(), time.perf_counter()
        for query in queries:
            running.ask(query)
        cpu = running.cpu_seconds() - before
        result = LoadResult(len(queries), time.perf_counter() - start, 0, 0, 0, 0, 0)
        return Row("cold", gateway.name, result, cpu, running.memory_bytes())


def measure_mixed(gateway: Gateway, options: argparse.Namespace) -> list[Row]:
    """A known operation at a steady load, alone and beside thirty a second that were never seen."""
    rows = []
    with Running(gateway, options.supergraph, next(_PORTS), options.cores) as running:
        load(running.url, [SMALL], seconds=options.warmup, connections=4)
        for case in ("known operations", "known, 30 new ones a second beside"):
            stop = threading.Event()
            beside = threading.Thread(target=_send_new_ones, args=(running, stop))
            if case != "known operations":
                beside.start()
            before = running.cpu_seconds()
            result = load(running.url, [SMALL], seconds=options.seconds, connections=4)
            cpu = running.cpu_seconds() - before
            stop.set()
            if beside.is_alive():
                beside.join()
            rows.append(Row(case, gateway.name, result, cpu, running.memory_bytes()))
    return rows


def _send_new_ones(running: Running, stop: threading.Event) -> None:
    for query in cold_operations(30 * 120):
        if stop.wait(1 / 30):
            return
        running.ask(query)


def measure_workers(expected: object, options: argparse.Namespace) -> Iterator[Row]:
    """All processes on one core with one worker, then on two with two: what a second core and worker add."""
    for workers in (1, 2):
        cores = set(range(workers))
        with subgraphs(options.port, cores), _affinity(cores):
            gateway = own_router(f"this router, {workers} worker(s)", HERE / "settings" / "none.yaml", workers)
            chosen = argparse.Namespace(**{**vars(options), "cores": cores})
            yield measure(gateway, "workers", DEEP, expected, chosen)


@contextmanager
def _affinity(cores: set[int]) -> Iterator[None]:
    """Keep this process, and the load that it starts, on some cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def subgraphs(port: int, cores: set[int] | None = None) -> Iterator[None]:
    """The four subgraphs, by default on the core that the gateway doesn't use."""
    chosen = cores or {(os.cpu_count() or 1) - 1}
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SystemExit(f"something listens on port {port} already, which the benchmark's supergraph names")
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.gateways.subgraphs", "--port", str(port)],
        cwd=HERE.parents[1],
        stdout=sys.stderr,
        preexec_fn=lambda: os.sched_setaffinity(0, chosen),
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise SystemExit(f"the subgraphs ended with {process.returncode}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("the subgraphs did not start within 10 s")


def run(options: argparse.Namespace) -> list[Row]:
    """Measure all chosen cases, this router first, then the peers."""
    expected = json.loads((SHARED / "answer.json").read_text())
    users = json.loads((SHARED / "data.json").read_text())["accounts"]["users"]
    small = {"data": {"users": [{key: user[key] for key in ("id", "name", "username")} for user in users]}}
    rows: list[Row] = []
    own = {mode: own_router(f"this router, {mode}", HERE / "settings" / f"{mode}.yaml") for mode in MODES}
    peers = [read_peer(Path(peer)) for peer in options.peer]
    with subgraphs(options.port):
        for gateway in [*own.values(), *peers] if "deep" in options.case else []:
            rows.append(measure(gateway, "deep", DEEP, expected, options))
        for gateway in [own["none"], *peers]:
            if "small" in options.case:
                rows.append(measure(gateway, "small", SMALL, small, options))
            if "cold" in options.case:
                rows.append(measure_cold(gateway, options))
        if "mixed" in options.case:
            rows.extend(measure_mixed(own["none"], options))
    if "workers" in options.case:
        rows.extend(measure_workers(expected, options))
    return rows


def profile(options: argparse.Namespace) -> None:
    """Print where the time goes, by function, for the deep operation."""
    with tempfile.TemporaryDirectory() as folder, subgraphs(options.port):
        path = Path(folder) / "profile"
        gateway = own_router("this router, profiled", HERE / "settings" / "none.yaml", profile=path)
        with Running(gateway, options.supergraph, next(_PORTS), options.cores) as running:
            load(running.url, [DEEP], seconds=options.seconds)
        pstats.Stats(str(path)).sort_stats("tottime").print_stats(40)


CASES = ("deep", "small", "cold", "mixed", "workers")
MODES = ("none", "outbound", "both")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--peer", action="append", default=[], help="a folder with peer.json")
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--supergraph", type=Path, default=SHARED / "supergraph.graphql")
    parser.add_argument("--profile", action="store_true", help="print a profile by function instead")
    options = parser.parse_args(arguments)
    options.case = options.case or list(CASES)
    options.cores, options.port = {0}, 4200
    if options.profile:
        profile(options)
        return
    rows = run(options)
    print(f"CPython {platform.python_version()}, {options.seconds} s a row")
    print("| case | gateway | requests/s | CPU ms/request | p50 ms | p95 ms | p99 ms | peak MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(row.markdown())


if __name__ == "__main__":
    main()
