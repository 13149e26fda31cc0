"""Times planning: the corpus' operations and generated hard ones, beside the reference planner where it is installed.

    python -m bench.planning.run [--runs 5]

The reference planner comes by ``npm install`` in this folder. A time is the median of several plannings (normalisation
and planning of a parsed operation) after one that warms up, in milliseconds of wall clock.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import parse

from bench.planning.hard_cases import PlanningCase, hard_cases
from router.errors import PlanningError
from router.operation.normalise import normalise
from router.operation.type_index import TypeIndex
from router.planning.planner import Planner
from router.query_plan.walk import fetches_of
from router.supergraph.api_schema import api_schema
from router.supergraph.reader import read_supergraph

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / ".." / "shared" / "corpus" / "planning.jsonl"


@dataclass(frozen=True, slots=True)
class Timing:
    """``milliseconds`` is ``None`` where planning failed; ``note`` then says why."""

    milliseconds: float | None
    fetches: int | None
    note: str = ""


def corpus_cases() -> list[PlanningCase]:
    """Return the corpus' operations; none where the corpus isn't there."""
    if not CORPUS.exists():
        return []
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    return [
        PlanningCase(f"{row['id']} #{number}", row["supergraph"], row["operation"]) for number, row in enumerate(rows)
    ]


def time_router(cases: list[PlanningCase], runs: int) -> list[Timing]:
    """Time this router's planner."""
    tables: dict[str, tuple[Planner, TypeIndex]] = {}
    timings: list[Timing] = []
    for case in cases:
        if case.supergraph not in tables:
            supergraph = read_supergraph(case.supergraph)
            tables[case.supergraph] = Planner(supergraph), TypeIndex(api_schema(supergraph))
        planner, index = tables[case.supergraph]
        document = parse(case.operation, no_location=True)
        spent: list[float] = []
        try:
            for _ in range(runs + 1):
                start = time.perf_counter()
                plan = planner.plan(normalise(document, None, index))
                spent.append((time.perf_counter() - start) * 1000)
        except PlanningError as error:
            timings.append(Timing(None, None, str(error)))
            continue
        timings.append(Timing(statistics.median(spent[1:]), len(fetches_of(plan))))
    return timings


def time_reference(cases: list[PlanningCase], runs: int) -> list[Timing] | None:
    """Time the reference planner; ``None`` where it isn't installed."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules").exists():
        return None
    data = json.dumps([{"name": c.name, "supergraph": c.supergraph, "operation": c.operation} for c in cases])
    done = subprocess.run(
        [node, "--max-old-space-size=3000", "reference.mjs", str(runs)],
        input=data, capture_output=True, text=True, cwd=HERE, check=True, timeout=900,
    )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return [Timing(row.get("milliseconds"), row.get("fetches"), row.get("error", "")) for row in rows]


def report(title: str, cases: list[PlanningCase], ours: list[Timing], theirs: list[Timing] | None, each: bool) -> None:
    """Print one table."""
    print(f"\n{title}\n")
    print(f"{'':44} {'router ms':>10} {'fetches':>8} {'reference ms':>13} {'fetches':>8}")
    if each:
        for number, case in enumerate(cases):
            print(f"{case.name:44} {_print(ours[number], 10)} {_print(theirs[number] if theirs else None, 13)}")
    for name, pick in (("median", statistics.median), ("worst", max)):
        cells = []
        for timings in (ours, theirs):
            known = [timing.milliseconds for timing in timings or () if timing.milliseconds is not None]
            cells.append(f"{pick(known):.2f}" if known else "-")
        print(f"{name:44} {cells[0]:>10} {'':8} {cells[1]:>13}")


def _print(timing: Timing | None, width: int) -> str:
    if timing is None:
        return f"{'-':>{width}} {'-':>8}"
    if timing.milliseconds is None:
        return f"{'failed':>{width}} {'-':>8}  ({timing.note})"
    return f"{timing.milliseconds:>{width}.2f} {timing.fetches:>8}"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-reference", action="store_true")
    options = parser.parse_args()
    for title, cases, each in (("corpus", corpus_cases(), False), ("hard cases", hard_cases(), True)):
        if not cases:
            print(f"{title}: not there", file=sys.stderr)
            continue
        ours = time_router(cases, options.runs)
        theirs = None if options.no_reference else time_reference(cases, options.runs)
        report(f"{title} ({len(cases)} operations)", cases, ours, theirs, each)


if __name__ == "__main__":
    main()
