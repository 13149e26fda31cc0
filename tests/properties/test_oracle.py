"""The monolith oracle: random federated worlds answer like one server, and planted faults are found."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from router.verification.verify import Failure, verify
from tests.support.planted_faults import FAULTS, PlantedFault, planted

_SEEDS = 12
ROUTER = Path(__file__).resolve().parents[2] / "router"


def _tell(failures: list[Failure]) -> str:
    return "\n\n".join(
        f"router verify --seed {failure.seed} would show this (case {failure.number}):\n"
        + "\n".join([failure.case.operation, str(dict(failure.case.variables)), *failure.problems, failure.plan])
        for failure in failures
    )


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "readable"])
def test_worlds_of_a_fixed_seed_answer_like_a_monolith(part: int, compiled: bool) -> None:
    report = verify(1_000 + part, 60 if compiled else 30, compiled=compiled)
    assert not report.failures, _tell(report.failures)


def test_worlds_of_a_fresh_seed_answer_like_a_monolith() -> None:
    """Other worlds after each change of the router, and the same ones for whoever looks at that change again."""
    digest = sha256()
    for file in sorted(ROUTER.rglob("*.py")):
        digest.update(file.read_bytes())
    seed = int.from_bytes(digest.digest()[:4], "big") % 1_000_000
    print(f"seed {seed}")
    report = verify(seed, 100)
    assert not report.failures, _tell(report.failures)


def test_each_directive_occurs_often_enough() -> None:
    from router.verification.generate.world import generate_world

    worlds = [generate_world(seed) for seed in range(200)]
    names = {name for world in worlds for name in world.used}
    assert names >= {
        "key",
        "several keys",
        "compound key",
        "shareable",
        "requires",
        "provides",
        "override",
        "override label",
        "interfaceObject",
        "inaccessible",
        "resolvable: false",
        "partial union",
        "split value type",
        "federation 1",
        "mutation",
        "provides below",
        "provides on members",
        "requires through an entity",
        "shared root",
        "override of a relation",
        "override of a root field",
        "interface field split",
        "entity interface",
        "interfaceObject, resolvable: false",
        "requires of an interface object",
        "context",
        "requires through members",
        "custom scalar",
        "inaccessible enum value",
        "types of different strictness",
        "key chain",
        "key chain, plain",
        "key chain, object",
        "key chain, list",
        "key chain, entity",
        "key chain, null",
        "requires over a key chain",
        "abstract value types",
        "abstract value types, shared",
        "requires through an abstract value type",
        "input objects",
        "input objects known in part",
        "query in a mutation's payload",
        "subscription",
        "provides of an interface",
        "requires between object forms",
        "inaccessible key",
        "narrower fields",
        "wider type in one subgraph",
    }
    # What a chain's keys are made of is drawn for each, so one kind of them is rarer than a step.
    rare = {
        name: count
        for name in names
        if (count := sum(name in world.used for world in worlds)) < (5 if name.startswith("key chain, ") else 10)
    }
    assert not rare


def test_each_kind_of_operation_occurs_often_enough() -> None:
    from router.verification.case import Federation
    from router.verification.generate.world import generate_world
    from router.verification.verify import cases_of

    written: Counter[str] = Counter()
    for seed in range(40):
        world = generate_world(seed)
        for _, used in cases_of(world, Federation(world.subgraphs, world.data), 6):
            written.update(used)
    assert {name for name, count in written.items() if count >= 5} >= {
        "query",
        "mutation",
        "subscription",
        "defer",
        "defer if",
        "skip and include",
        "faults in the data",
        "a fault of a subgraph",
    }


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.missed is None], ids=lambda fault: fault.name)
def test_a_planted_fault_is_found(fault: PlantedFault) -> None:
    seeds = sorted(range(1, _SEEDS), key=lambda seed: seed != fault.seed)
    with planted(fault):
        found = any(verify(seed, 18, compiled=False, most=1).failures for seed in seeds)
    assert found


def test_enough_faults_are_planted() -> None:
    assert sum(fault.missed is None for fault in FAULTS) >= 30
