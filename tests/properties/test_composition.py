"""Composition of random sets: the order of subgraphs says nothing, and a supergraph can be taken apart and composed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from graphql import build_schema, parse, print_ast

from router.composition.compose import Composition, compose
from router.operation.normalise import normalise
from router.operation.type_index import TypeIndex
from router.planning.planner import Planner
from router.supergraph.decompose import decompose
from router.supergraph.model import Supergraph
from router.supergraph.reader import read_supergraph
from router.verification.generate.operations import generate_operation
from router.verification.generate.world import generate_world
from tests.differential.mutate import mutate
from tests.support.supergraph_meaning import differences, meaning_of

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "composition.jsonl"
SEEDS = range(40)


def _mutated(seed: int) -> Mapping[str, str]:
    random = Random(seed)
    documents = {name: parse(sdl, no_location=True) for name, sdl in generate_world(seed).subgraphs.items()}
    mutate(random, documents)
    return {name: print_ast(document) for name, document in documents.items()}


def _shuffled(subgraphs: Mapping[str, str], seed: int) -> dict[str, str]:
    names = list(subgraphs)
    Random(seed).shuffle(names)
    return {name: subgraphs[name] for name in names}


def _said(composition: Composition) -> tuple[object, ...]:
    found = (*composition.errors, *composition.hints)
    return composition.supergraph_sdl, composition.api_sdl, sorted((item.code, item.message) for item in found)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_split_of_a_monolith_composes(seed: int) -> None:
    composition = compose(generate_world(seed).subgraphs)
    assert composition.errors == ()
    assert composition.supergraph is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_subgraphs_changes_no_verdict(seed: int) -> None:
    for subgraphs in (generate_world(seed).subgraphs, _mutated(seed)):
        assert _said(compose(_shuffled(subgraphs, seed))) == _said(compose(subgraphs))


def test_mutations_give_sets_that_compose_and_sets_that_do_not() -> None:
    verdicts = [bool(compose(_mutated(seed)).errors) for seed in SEEDS]
    assert min(verdicts.count(True), verdicts.count(False)) >= len(verdicts) // 10


def _plans(composition: Composition, seed: int) -> list[str]:
    assert composition.supergraph is not None
    assert composition.api_schema is not None
    assert composition.api_sdl is not None
    planner, index = Planner(composition.supergraph), TypeIndex(composition.api_schema)
    schema, random = build_schema(composition.api_sdl), Random(seed)
    operations = [generate_operation(schema, random, ["1", "2"]).text for _ in range(3)]
    return [str(planner.plan(normalise(parse(operation), None, index))) for operation in operations]


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_the_order_of_subgraphs_changes_no_plan(seed: int) -> None:
    subgraphs = generate_world(seed).subgraphs
    plans = _plans(compose(subgraphs), seed)
    assert any("Fetch" in plan for plan in plans)
    assert _plans(compose(_shuffled(subgraphs, seed)), seed) == plans


def _assert_comes_back(supergraph: Supergraph) -> None:
    again = compose(decompose(supergraph))
    assert again.errors == ()
    assert again.supergraph is not None
    assert differences(meaning_of(again.supergraph), meaning_of(supergraph)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_taken_apart_composes_to_the_same(seed: int) -> None:
    composition = compose(generate_world(seed).subgraphs)
    assert composition.supergraph_sdl is not None
    _assert_comes_back(read_supergraph(composition.supergraph_sdl))


@pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS} is missing")
@pytest.mark.parametrize("part", range(8))
def test_recorded_supergraphs_taken_apart_compose_to_the_same(part: int) -> None:
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    for row in [row for row in rows if row["composes"]][part::8]:
        composition = compose({subgraph["name"]: subgraph["sdl"] for subgraph in row["subgraphs"]})
        assert composition.supergraph is not None
        _assert_comes_back(composition.supergraph)
