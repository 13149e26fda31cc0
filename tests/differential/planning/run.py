"""Plans random operations with both planners, checks and runs ours, and compares.

Enters: a number of cases and a seed. Leaves: :class:`Comparison` s. Invariant: a seed repeats its cases.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random

from graphql import parse

from router.errors import PlanningError
from router.operation.model import SelectionSet
from router.operation.normalise import normalise
from router.verification.case import Case
from tests.differential.planning.answerable import unanswerable
from tests.differential.planning.comparison import Comparison, Shape, measure, reduce_plan
from tests.differential.planning.grounds import Ground, make_grounds
from tests.differential.planning.operations import MadeOperation, make_operation
from tests.differential.planning.reference import ReferencePlanner

#: Seconds that an answer may take, on a busy machine too.
LONGEST = 20.0
#: Operations for each visit of a ground.
EACH = 3


def run(planner: ReferencePlanner, cases: int, seed: int, only: str = "") -> Iterator[Comparison]:
    """Compare a number of operations."""
    number = 0
    for visit, ground in enumerate(make_grounds(seed)):
        if only not in ground.name:
            continue
        random = Random(f"{seed}/{visit}")
        if not ground.valid:
            continue
        for _ in range(EACH):
            operation = make_operation(ground.schema, random)
            if operation is None:
                break
            labels = tuple(label for label in ground.labels if random.random() < 0.5)
            yield compare(planner, ground, operation, labels)
            number += 1
            if number >= cases:
                return


def compare(
    planner: ReferencePlanner, ground: Ground, operation: MadeOperation, labels: tuple[str, ...] = ()
) -> Comparison:
    """Compare one operation."""
    refusals: dict[str, str] = {}
    plans: dict[str, Shape] = {}
    problems: list[str] = []
    ours = theirs = None
    vain: tuple[str, ...] = ()
    empty = False
    found = planner.plan(ground.name, ground.sdl, operation.text, labels, operation.deferred)
    if "error" in found:
        refusals["reference"] = found["error"]
    else:
        theirs = measure(found["plan"])
        plans["reference"] = found["plan"]
        vain = tuple(dict.fromkeys(unanswerable(ground.planner.spots, frozenset(labels), found["plan"])))
    try:
        normal = normalise(parse(operation.text, no_location=True), None, ground.index)
        empty = _has_empty(normal.selection_set)
        made = ground.planner.plan(normal, frozenset(labels))
    except PlanningError as error:
        refusals["ours"] = str(error)
    else:
        ours = measure(reduce_plan(made.node))
        plans["ours"] = reduce_plan(made.node)
        problems += ground.checker.check(normal, made)
        if not operation.deferred:
            problems += [f"asked twice: {text}" for name, text in ground.checker.twice if name not in ground.key_fields]
    executed, more = execute(ground, operation, labels) if ours is not None else (False, [])
    return Comparison(
        ground.name, operation, labels, ours, theirs, refusals, (*problems, *more), plans, executed, vain, empty
    )


def execute(ground: Ground, operation: MadeOperation, labels: tuple[str, ...]) -> tuple[bool, list[str]]:
    """Run our plan on mock subgraphs, and compare with the monolith; leaves whether it could be, and what is wrong."""
    federation = ground.federation
    if federation is None:
        return False, []
    case = Case(ground.subgraphs, {}, operation.text, operation.variables, frozenset(labels))
    streamed = operation.deferred or operation.text.startswith("subscription")
    running = federation.stream(case) if streamed else federation.run(case)
    try:
        verdict = asyncio.run(asyncio.wait_for(running, LONGEST))
    except TimeoutError:
        return True, [f"no answer after {LONGEST} s"]
    return True, list(verdict.problems)


def _has_empty(selection_set: SelectionSet) -> bool:
    """Tell whether a field is left with nothing selected in it, since all of that is skipped."""
    inner = [item.selection_set for item in selection_set.selections if item.selection_set is not None]
    return not selection_set.selections or any(map(_has_empty, inner))
