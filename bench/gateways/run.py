"""The gateways benchmark: ``python -m bench.gateways.run [--seconds N] [--peer FOLDER ...] [--case NAME ...]``.

Four subgraphs, one core for the gateway and the other for subgraphs and load. Reports requests a second, milliseconds
of processor time per request of the gateway's own processes, latencies and peak memory, as a Markdown table. Every
answer's status and length is checked, and the content of one before and one after each load. Cases:

- ``subgraphs``: the subgraphs driven directly, to show that they aren't the limit
- ``deep``: the public benchmark's operation, 50 connections; this router without deduplication of queries in flight,
  with that of subgraph queries, and with that of client queries as well
- ``small``: three fields of six users from one subgraph, 50 connections
- ``latency``: the same over one connection, beside asking the subgraph itself
- ``cold``: 300 operations that were never seen, one after another
- ``mixed``: known operations at a steady rate, alone and beside thirty a second that were never seen
- ``workers``: one worker on one core, and two on two
"""

from __future__ import annotations

import argparse
import os
import platform
import pstats
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.gateways.cases import DEEP, Row, Setting, drive_subgraphs, measure, measure_cold, measure_mixed
from bench.gateways.gateway import HERE, Running, own_router, read_peer
from bench.gateways.load import load
from bench.gateways.supply import on_cores, supply

CASES = ("subgraphs", "deep", "small", "latency", "cold", "mixed", "workers")
MODES = ("none", "outbound", "both")


def run(setting: Setting, cases: Sequence[str], peers: Sequence[str]) -> Iterator[Row]:
    """Measure the chosen cases, this router first, then the peers."""
    own = {mode: own_router(f"this router, {mode}", HERE / "settings" / f"{mode}.yaml") for mode in MODES}
    others = [read_peer(Path(peer)) for peer in peers]
    cores = sorted(os.sched_getaffinity(0))
    with supply({cores[-1]}) as supplied, on_cores({cores[-1]}):
        setting = setting.with_supply(supplied, {cores[0]})
        if "subgraphs" in cases:
            yield drive_subgraphs(setting)
        for gateway in [*own.values(), *others] if "deep" in cases else []:
            yield measure(gateway, "deep", setting)
        for gateway in [own["none"], *others]:
            if "small" in cases:
                yield measure(gateway, "small", setting)
        if "latency" in cases:
            yield drive_subgraphs(setting, connections=1)
        for gateway in [own["none"], *others]:
            if "latency" in cases:
                yield measure(gateway, "latency", setting, connections=1)
        for gateway in [own["none"], *others]:
            if "cold" in cases:
                yield measure_cold(gateway, setting)
        if "mixed" in cases:
            yield from measure_mixed(own["none"], setting)
    if "workers" in cases:
        yield from measure_workers(setting, cores)


def measure_workers(setting: Setting, cores: Sequence[int]) -> Iterator[Row]:
    """All processes on one core with one worker, then on two with two: what a second core and worker add."""
    for workers in (1, 2):
        chosen = set(cores[:workers])
        with supply(chosen) as supplied, on_cores(chosen):
            gateway = own_router(f"this router, {workers} worker(s)", HERE / "settings" / "none.yaml", workers)
            yield measure(gateway, "workers", setting.with_supply(supplied, chosen))


def capacity(rows: Sequence[Row]) -> str:
    """How many times the requests of one worker two can serve."""
    one, two = (row for row in rows if row.case == "workers")
    # The worker with the most connections is the first that has no more time.
    own = one.cost / two.cost * sum(two.shares) / max(two.shares)
    return (
        f"Two workers against one: {own:.2f} times the requests with a core each to themselves (by processor time a "
        f"request, {one.cost:.3f} and {two.cost:.3f} ms, and connections, {' and '.join(map(str, two.shares))}); "
        f"{two.rate / one.rate:.2f} times here, where load and subgraphs take their part of the same cores."
    )


def profile(setting: Setting) -> None:
    """Print where the time goes, by function, for the deep operation."""
    with tempfile.TemporaryDirectory() as folder, supply() as supplied:
        path = Path(folder) / "profile"
        gateway = own_router("this router, profiled", HERE / "settings" / "none.yaml", profile=path)
        with Running(gateway, supplied.supergraph, {min(os.sched_getaffinity(0))}) as running:
            load(running.url, [DEEP], seconds=setting.warmup)
            running.process.send_signal(signal.SIGUSR1)
            result = load(running.url, [DEEP], seconds=setting.seconds)
            running.process.send_signal(signal.SIGUSR2)
            while not path.exists():
                time.sleep(0.1)
        print(f"{result.requests} requests; the profiler itself makes each some two to three times as slow.")
        pstats.Stats(str(path)).strip_dirs().sort_stats("tottime").print_stats(40)


def versions() -> str:
    """What ran where."""
    found = [f"CPython {platform.python_version()}"]
    for command in (["node", "--version"], ["wrk", "-v"]):
        try:
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0]
        except OSError:
            continue
        found.append(" ".join(said.split()[:2]) if command[0] == "wrk" else f"node {said}")
    return ", ".join([*found, f"{len(os.sched_getaffinity(0))} cores", f"load {os.getloadavg()[0]:.1f} at the end"])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--peer", action="append", default=[], help="a folder with peer.json")
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--profile", action="store_true", help="print a profile by function instead")
    options = parser.parse_args(arguments)
    setting = Setting(options.seconds, options.warmup)
    if options.profile:
        profile(setting)
        return
    print("| case | gateway | requests/s | CPU ms/request | p50 ms | p95 ms | p99 ms | peak MiB |")
    print("|---|---|---:|---:|---:|---:|---:|---:|", flush=True)
    rows = []
    for row in run(setting, options.case or CASES, options.peer):
        rows.append(row)
        print(row.markdown(), flush=True)
    print(f"\n{versions()}, {options.seconds} s a row.")
    if "workers" in (options.case or CASES):
        print(capacity(rows))


if __name__ == "__main__":
    main()
