"""Compose random sets of subgraphs with the reference composer and with this one, and print where they differ.

    python -m tests.differential --cases 2000 --seed 1

The reference composer is installed by npm for the run, and removed after it. Exit code 1 where a difference isn't
listed in docs/composition-differences.md.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections import Counter
from itertools import islice

from tests.differential.listed import Comparison, heading_of
from tests.differential.run import ask_reference, compare, make_sets, reference_composer

BATCH = 250


def main() -> int:
    """Run, and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    verdicts, listed, unlisted = Counter[str](), Counter[str](), 0
    with reference_composer() as script:
        number = 0
        stream = make_sets(arguments.cases, arguments.seed)
        while sets := list(islice(stream, BATCH)):
            for subgraphs, verdict in zip(sets, ask_reference(script, sets), strict=True):
                comparison = compare(subgraphs, verdict)
                verdicts["composes" if not verdict.get("errors", True) else "fails"] += 1
                if comparison.differences:
                    heading = heading_of(comparison)
                    if heading is None:
                        unlisted += 1
                        _show(number, comparison)
                    else:
                        listed[heading] += 1
                number += 1
            print(f"{number} compared, {unlisted} unlisted differences", flush=True)
    print(f"{verdicts['composes']} sets compose, {verdicts['fails']} do not")
    for heading, count in listed.most_common():
        print(f"{count:5} listed: {heading}")
    return 1 if unlisted else 0


def _show(number: int, comparison: Comparison) -> None:
    print(f"\n=== case {number}")
    for name, sdl in comparison.subgraphs.items():
        print(f"# {name}\n{sdl}\n")
    print("\n".join(comparison.differences[:6]))
    for code, message in comparison.reference.get("errors") or comparison.reference.get("hints", ()):
        print(f"  reference: {code}: {message.splitlines()[0]}")
    for finding in comparison.ours.errors or comparison.ours.hints:
        print(f"  ours: {finding.message.splitlines()[0]}")


if __name__ == "__main__":
    sys.exit(main())
