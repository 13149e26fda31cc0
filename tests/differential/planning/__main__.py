"""Plan random operations with the reference planner and with this one, and print where ours is worse or wrong.

    python -m tests.differential.planning --cases 2000 --seed 1

The reference planner is installed by npm for the run, unless the benchmark's is there. Exit code 1 where a difference
isn't listed in docs/planning.md.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter

from tests.differential.planning.comparison import Comparison, print_shape
from tests.differential.planning.listed import heading_of
from tests.differential.planning.reference import reference_planner
from tests.differential.planning.run import run

#: Verdicts in which ours falls short.
WORSE = ("wrong", "refused", "dearer")


def main() -> int:
    """Run, and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--only", default="", help="grounds with this in their name")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    verdicts, listed, alone = Counter[str](), Counter[str](), Counter[str]()
    executed = unlisted = 0
    start = time.monotonic()
    with reference_planner() as planner:
        for number, comparison in enumerate(run(planner, arguments.cases, arguments.seed, arguments.only), 1):
            verdicts[comparison.verdict] += 1
            executed += comparison.executed
            if comparison.verdict == "alone":
                alone[comparison.refusals["reference"].splitlines()[0][:150]] += 1
            if comparison.verdict in WORSE:
                heading = heading_of(comparison)
                if heading is None:
                    unlisted += 1
                    _show(number, comparison)
                else:
                    listed[heading] += 1
            if number % 100 == 0:
                print(f"{number} compared in {time.monotonic() - start:.0f} s: {dict(verdicts)}", flush=True)
    print(f"{verdicts.total()} operations, {executed} run on the monolith too: {dict(verdicts)}")
    for heading, count in listed.most_common():
        print(f"{count:5} listed: {heading}")
    for reason, count in alone.most_common(8):
        print(f"{count:5} without a reference: {reason}")
    print(f"{unlisted} unlisted differences")
    return 1 if unlisted else 0


def _show(number: int, comparison: Comparison) -> None:
    print(f"\n=== case {number}: {comparison.verdict} on {comparison.ground} {list(comparison.labels)}")
    print(comparison.operation.text)
    print(comparison.operation.variables)
    print(f"ours {comparison.ours}, reference {comparison.theirs} {dict(comparison.refusals)}")
    for text in comparison.unanswerable:
        print(f"  the reference asks in vain for {text}")
    for problem in comparison.problems[:5]:
        print(f"  problem: {problem[:1500]}")
    for name, plan in comparison.plans.items():
        print(f"--- {name}\n{print_shape(plan)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
