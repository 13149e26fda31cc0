"""Composition, timed beside a peer in one run: ``python -m bench.composition [--runs 3] [sizes ...]``.

First the recorded sets: the median over sets of the median over runs, parsing and the supergraph's text included. Then
generated supergraphs of growing size, one process each, with its peak of memory. The peer comes by ``npm ci`` in this
folder; without it only this composer is timed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.composition.generated import make_subgraphs
from bench.composition.satisfiability import make_types

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / ".." / "shared" / "corpus" / "composition.jsonl"
Sets = list[list[dict[str, str]]]


def _recorded() -> Sets:
    if not CORPUS.exists():
        return []
    return [json.loads(line)["subgraphs"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def _composers(runs: int) -> dict[str, list[str]]:
    composers = {"this composer": [sys.executable, "-m", "bench.composition.measure", str(runs)]}
    if shutil.which("node") and (HERE / "node_modules").is_dir():
        peer = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
        name = "@theguild/federation-composition"
        composers[f"{name} {peer[name]}"] = ["node", "--max-old-space-size=6000", str(HERE / "peer.mjs"), str(runs)]
    return composers


def _measure(command: list[str], sets: Sets, limit: float | None = None) -> dict[str, Any] | None:
    """Run a composer; ``None`` where it takes longer than ``limit`` seconds."""
    try:
        done = subprocess.run(
            command,
            input=json.dumps(sets),
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE.parents[1],
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return None
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _print_recorded(runs: int) -> None:
    sets = _recorded()
    print(f"| {len(sets)} recorded sets | median ms | mean ms | slowest ms | compose |\n|---|---:|---:|---:|---:|")
    for name, command in _composers(runs).items():
        result = _measure(command, sets)
        assert result is not None
        times = [time for time in result["milliseconds"] if time is not None]
        print(
            f"| {name} | {statistics.median(times):.2f} | {statistics.mean(times):.2f} | {max(times):.1f} "
            f"| {result['composed']} |",
            flush=True,
        )


def _print_generated(sizes: list[int], limit: float) -> None:
    print("\n| subgraphs | types | SDL kB | composer | seconds | of processor | peak MB |")
    print("|---:|---:|---:|---|---:|---:|---:|")
    for size in sizes:
        subgraphs = [{"name": name, "sdl": sdl} for name, sdl in make_subgraphs(size).items()]
        kilobytes = sum(len(subgraph["sdl"]) for subgraph in subgraphs) // 1000
        for name, command in _composers(1).items():
            result = _measure(command, [subgraphs], limit)
            said, processor, peak = f"more than {limit:.0f}", "", ""
            if result is not None:
                (time,) = result["milliseconds"]
                said = f"{time / 1000:.2f}" if time is not None and result["composed"] else "fails"
                processor = f"{result['processorSeconds']:.2f}"
                peak = f"{result['peakMegabytes']:.0f}"
            sizes_said = f"| {size} | {len(make_types(size))} | {kilobytes}"
            print(f"{sizes_said} | {name} | {said} | {processor} | {peak} |", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120, help="seconds that a generated supergraph may take")
    parser.add_argument("sizes", nargs="*", type=int, default=[50, 100, 150, 200])
    arguments = parser.parse_args()
    if _recorded():
        _print_recorded(arguments.runs)
    _print_generated(arguments.sizes, arguments.limit)


if __name__ == "__main__":
    main()
