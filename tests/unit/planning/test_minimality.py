"""The cover finds the cheapest plan: compared with an exhaustive search on random entities.

The search knows nothing of the planner. It tries all ways to ask subgraphs, step by step, for one entity: a subgraph
can be asked when one of its keys is known, and then answers its fields, those with ``@requires`` if their inputs are
known.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import combinations

import pytest
from graphql import parse

from router.operation.normalise import normalise
from router.planning.planner import Planner
from router.supergraph.api_schema import api_schema
from router.supergraph.reader import read_supergraph
from tests.support.plan_structure import PlanChecker, cost_of
from tests.support.supergraphs import write_supergraph

STEPS = 5


@dataclass(frozen=True)
class World:
    """One entity type: each subgraph's keys, the fields that it resolves, and what they require there."""

    keys: tuple[tuple[frozenset[str], ...], ...]
    fields: tuple[dict[str, frozenset[str]], ...]
    wanted: frozenset[str]


def make_world(seed: int) -> World:
    pick = random.Random(seed)
    count = pick.choice((3, 4))
    key_fields = ["k0", "k1", "k2"][: pick.choice((1, 2, 3))]
    plain = [f"f{number}" for number in range(pick.choice((3, 4, 5)))]
    keys: list[tuple[frozenset[str], ...]] = []
    fields: list[dict[str, frozenset[str]]] = [{} for _ in range(count)]
    for _ in range(count):
        options = [frozenset(c) for size in (1, 2) for c in combinations(key_fields, size)]
        keys.append(tuple(pick.sample(options, min(len(options), pick.choice((1, 1, 2))))))
    for number, name in enumerate(plain):
        owners = pick.sample(range(count), pick.choice((1, 1, 2)))
        for owner in owners:
            needs: frozenset[str] = frozenset()
            if number and len(owners) == 1 and pick.random() < 0.45:
                needs = frozenset(pick.sample(plain[:number], pick.choice((1, min(2, number)))))
                needs = frozenset(name for name in needs if name not in fields[owner])
            fields[owner][name] = needs
    for owner in range(count):
        for key in keys[owner]:
            for name in key:
                fields[owner].setdefault(name, frozenset())
    wanted = frozenset(pick.sample(plain, pick.choice((2, 3, len(plain)))))
    return World(tuple(keys), tuple(fields), wanted)


def cheapest(world: World) -> int | None:
    """Return the least cost of answering, by trying everything; ``None`` where it can't be answered."""
    count = len(world.fields)
    best: list[int | None] = [None]

    def answer(subgraph: int, known: frozenset[str], entered: bool) -> frozenset[str]:
        found = set()
        for name, needs in world.fields[subgraph].items():
            if not needs or (entered and needs <= known):
                found.add(name)
        return frozenset(found)

    def search(step: int, known: frozenset[str], spent: int) -> None:
        if best[0] is not None and spent >= best[0]:
            return
        if world.wanted <= known:
            best[0] = spent
            return
        if step >= STEPS:
            return
        open_to = [s for s in range(count) if any(key <= known for key in world.keys[s])]
        for size in range(1, len(open_to) + 1):
            for asked in combinations(open_to, size):
                new = known.union(*(answer(s, known, True) for s in asked))
                if new != known:
                    search(step + 1, new, spent + 100 * step * 1000 * size)

    search(1, answer(0, frozenset(), False), 1000)
    return best[0]


def write(world: World) -> str:
    names = [chr(ord("a") + number) for number in range(len(world.fields))]
    heads = " ".join(
        f'@type(G: {name.upper()}, key: "{" ".join(sorted(key))}")'
        for name, keys in zip(names, world.keys, strict=True)
        for key in keys
    )
    all_fields = sorted({field for owned in world.fields for field in owned})
    lines = []
    for field in all_fields:
        joins = []
        for name, owned in zip(names, world.fields, strict=True):
            if field in owned:
                requires = f', requires: "{" ".join(sorted(owned[field]))}"' if owned[field] else ""
                joins.append(f"@field(G: {name.upper()}{requires})")
            elif any(field in needs for needs in owned.values()):
                joins.append(f"@field(G: {name.upper()}, external: true)")
        lines.append(f"{field}: ID! {' '.join(joins)}")
    query = " ".join(f"@type(G: {name.upper()})" for name in names)
    body = f"type Query {query} {{ t: T @field(G: A) }}\ntype T {heads} {{ {' '.join(lines)} }}"
    return write_supergraph(names, body)


@pytest.mark.parametrize("block", range(20))
def test_plans_cost_what_the_exhaustive_search_finds(block: int) -> None:
    compared = 0
    for seed in range(block * 20, block * 20 + 20):
        world = make_world(seed)
        least = cheapest(world)
        if least is None:
            continue
        supergraph = read_supergraph(write(world))
        text = "{ t { " + " ".join(sorted(world.wanted)) + " } }"
        operation = normalise(parse(text), None, api_schema(supergraph))
        plan = Planner(supergraph).plan(operation)
        assert PlanChecker(supergraph).check(operation, plan) == [], f"seed {seed}\n{plan}"
        assert cost_of(plan.node) == least, f"seed {seed}: {text}\n{write(world)}\n{plan}"
        compared += 1
    assert compared > 5
