"""Verification at length: many worlds, many operations, federated against monolith.

Enters: a seed and a number of cases. Leaves: a :class:`Report`. A case is one operation on one world; a world serves
:data:`OPERATIONS_PER_WORLD` of them, the last third with injected errors and nulls. Case ``n`` of seed ``s`` is always
the same case.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from router.verification.case import Case, Federation, Verdict
from router.verification.generate.operations import GeneratedOperation, generate_operation
from router.verification.generate.world import World, generate_world

OPERATIONS_PER_WORLD = 6

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
    """What a run came to. ``used`` counts the worlds in which each directive occurs; ``cases`` the operations run."""

    cases: int = 0
    worlds: int = 0
    fetches: int = 0
    used: Counter[str] = field(default_factory=Counter)
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
    for index, case in enumerate(cases_of(world, federation, operations)):
        report.cases += 1
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
        verdict = asyncio.run(federation.run(case, compiled=compiled))
    except Exception as error:
        return (f"crash: {type(error).__name__}: {error}",), None
    return verdict.problems, verdict


def cases_of(world: World, federation: Federation, count: int) -> Iterator[Case]:
    """The operations of a world, the last third with faults in the data."""
    random = Random(world.seed ^ 0x5EED)  # noqa: S311 - repeatable, not secret
    ids = [values["id"] for pool in world.data.values() if isinstance(pool, list) for values in pool]
    labels = sorted({label for text in world.subgraphs.values() for label in _labels(text)})
    for index in range(count):
        operation: GeneratedOperation = generate_operation(federation.monolith.schema, random, ids)
        active = frozenset(label for label in labels if random.random() < 0.5)
        case = Case(world.subgraphs, world.data, operation.text, operation.variables, active)
        if index >= OPERATIONS_PER_WORLD * 2 // 3:
            case = replace(case, data=inject_faults(world.data, random), injected=True)
        yield case


def _labels(sdl: str) -> Iterator[str]:
    for part in sdl.split('label: "')[1:]:
        yield part.partition('"')[0]


def inject_faults(data: Any, random: Random) -> dict[str, Any]:
    """A copy of a data set in which some values fail and some are null, whatever their type says."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for name, pool in copy.items():
        for values in pool if isinstance(pool, list) else [pool]:
            for key in values:
                if key in ("id", "code", "issue", "__typename"):
                    continue
                chance = random.random()
                if chance < 0.07:
                    values[key] = {"$error": f"{name}.{key} failed"}
                elif chance < 0.14:
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
        total.failures.extend(report.failures)
    return total
