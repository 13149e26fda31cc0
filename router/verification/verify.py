"""Verification at length: many worlds, many operations, federated against monolith.

Enters: a seed and a number of cases. Leaves: a :class:`Report`. A case is one operation on one world; a world serves
:data:`OPERATIONS_PER_WORLD` of them, the last third with injected errors and nulls. Case ``n`` of seed ``s`` is always
the same case.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from router.verification.case import Case, Federation, Verdict
from router.verification.generate.operations import GeneratedOperation, generate_operation
from router.verification.generate.world import World, generate_world
from router.verification.transport import Fault

OPERATIONS_PER_WORLD = 6
#: How many of the other cases meet a subgraph that fails.
SPOILT = 0.2

#: Called with the number of cases done and of failures so far.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that went wrong: ``seed`` and ``number`` repeat it; ``crash`` is set where the router raised."""

    seed: int
    number: int
    case: Case
    problems: tuple[str, ...]
    plan: str = ""


@dataclass(slots=True)
class Report:
    """What a run came to. ``cases`` are the operations run.

    ``used`` counts the worlds in which each directive or shape occurs, ``written`` the operations in which each kind
    or directive does.
    """

    cases: int = 0
    worlds: int = 0
    fetches: int = 0
    used: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


def verify(seed: int, cases: int, *, compiled: bool = True, progress: Progress | None = None, most: int = 5) -> Report:
    """Run ``cases`` cases from a seed; stop early after ``most`` failures."""
    report = Report()
    number = 0
    while report.cases < cases and len(report.failures) < most:
        _run_world(report, seed, number, min(OPERATIONS_PER_WORLD, cases - report.cases), compiled)
        number += 1
        if progress is not None:
            progress(report.cases, len(report.failures))
    return report


def _run_world(report: Report, seed: int, number: int, operations: int, compiled: bool) -> None:
    world = generate_world(seed * 1_000_003 + number)
    report.worlds += 1
    report.used.update(world.used)
    federation = Federation(world.subgraphs, world.data)
    if federation.supergraph is None:
        case = Case(world.subgraphs, world.data, "{ __typename }")
        report.failures.append(Failure(seed, number, case, federation.problems))
        report.cases += operations
        return
    for index, (case, used) in enumerate(cases_of(world, federation, operations)):
        report.cases += 1
        report.written.update(used)
        place = federation.with_data(case.data) if case.injected else federation
        problems, verdict = judge(place, case, compiled=compiled)
        if verdict is not None:
            report.fetches += len(verdict.calls)
        if problems:
            plan = verdict.plan if verdict is not None else ""
            report.failures.append(Failure(seed, number * OPERATIONS_PER_WORLD + index, case, problems, plan))


def judge(federation: Federation, case: Case, *, compiled: bool) -> tuple[tuple[str, ...], Verdict | None]:
    """Run one case; a crash of the router is a problem like any other."""
    try:
        run = federation.stream if case.streamed else federation.run
        verdict = asyncio.run(run(case, compiled=compiled))
    except Exception as error:
        return (f"crash: {type(error).__name__}: {error}",), None
    return verdict.problems, verdict


def cases_of(world: World, federation: Federation, count: int) -> Iterator[tuple[Case, frozenset[str]]]:
    """The operations of a world, each with what occurs in it; the last third with faults in the data."""
    random = Random(world.seed ^ 0x5EED)  # noqa: S311 - repeatable, not secret
    ids = [values["id"] for pool in world.data.values() if isinstance(pool, list) for values in pool]
    labels = sorted({label for text in world.subgraphs.values() for label in _labels(text)})
    for index in range(count):
        operation: GeneratedOperation = generate_operation(federation.monolith.schema, random, ids)
        active = frozenset(label for label in labels if random.random() < 0.5)
        case = Case(world.subgraphs, world.data, operation.text, operation.variables, active)
        used = set(operation.used)
        if index >= OPERATIONS_PER_WORLD * 2 // 3:
            case = replace(case, data=inject_faults(world.data, random), injected=True)
            used.add("faults in the data")
        elif random.random() < SPOILT:
            case = replace(case, faults=random_fault(sorted(world.subgraphs), random))
            used.add("a fault of a subgraph")
        yield case, frozenset(used)


def random_fault(subgraphs: Sequence[str], random: Random) -> dict[str, Fault]:
    """Let some of one subgraph's answers fail, in one way or another."""
    calls = random.choice(((), (), (1,), (2,), (1, 2)))
    kind = random.random()
    if kind < 0.7:
        fault = Fault(calls, spoilt=random.randrange(1 << 16))
    elif kind < 0.8:
        fault = Fault(calls, down=True)
    elif kind < 0.9:
        fault = Fault(calls, status=random.choice((200, 503)), body=random.choice(("<html>", "[]", '{"data": 1}', "")))
    else:
        fault = Fault(calls, answer=random.choice(({}, {"data": None}, {"data": {}}, {"errors": [{"message": "no"}]})))
    return {random.choice(subgraphs): fault}


def _labels(sdl: str) -> Iterator[str]:
    for part in sdl.split('label: "')[1:]:
        yield part.partition('"')[0]


def inject_faults(data: Any, random: Random) -> dict[str, Any]:
    """A copy of a data set in which some values fail and some are null, whatever their type says."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for name, pool in copy.items():
        for values in pool if isinstance(pool, list) else [pool]:
            for key in values:
                if key in ("id", "code", "issue", "__typename", "$unknown") or values[key] is None:
                    continue  # what is null can be beyond a key that is, where nobody can tell of an error
                chance = random.random()
                if chance < 0.07:
                    values[key] = {"$error": f"{name}.{key} failed"}
                elif chance < 0.14 and not key.startswith("k"):
                    values[key] = None
    return copy


def merge_reports(reports: Iterable[Report]) -> Report:
    """Add reports up."""
    total = Report()
    for report in reports:
        total.cases += report.cases
        total.worlds += report.worlds
        total.fetches += report.fetches
        total.used.update(report.used)
        total.written.update(report.written)
        total.failures.extend(report.failures)
    return total
