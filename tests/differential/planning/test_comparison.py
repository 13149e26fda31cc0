"""The planning differential's own parts, without the reference planner."""

from __future__ import annotations

from functools import cache
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from router.composition.compose import compose
from router.operation.normalise import normalise
from tests.differential.planning.answerable import unanswerable
from tests.differential.planning.comparison import (
    Comparison,
    Figures,
    Shape,
    count_fields,
    measure,
    primary_of,
    reduce_plan,
)
from tests.differential.planning.grounds import Ground
from tests.differential.planning.listed import LISTED, heading_of
from tests.differential.planning.operations import MadeOperation, make_operation
from tests.differential.planning.run import execute
from tests.differential.planning.tangles import make_tangle

PAGE = Path(__file__).resolve().parents[3] / "docs" / "planning.md"
A: Shape = ["fetch", "a", "{ t { id } }"]
B: Shape = ["fetch", "b", "query ($r: [_Any!]!) { _entities(representations: $r) { ... on T { x y } } }"]

SUBGRAPHS = {
    "a": """
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
      type Query { t: T }
      type T @key(fields: "id") { id: ID! x: Int @external z: String @requires(fields: "x") }
    """,
    "b": """
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
      type T @key(fields: "id") { id: ID! x: Int y(n: Int!): String }
    """,
}


def _ground() -> Ground:
    sdl = compose(SUBGRAPHS).supergraph_sdl
    assert sdl is not None
    return Ground("two", sdl, SUBGRAPHS)


def _compared(ours: Figures | None, theirs: Figures | None, **more: Any) -> Comparison:
    return Comparison("ground", MadeOperation("{ t { id } }"), (), ours, theirs, **more)


@pytest.mark.parametrize("heading", LISTED)
def test_every_listed_difference_is_on_the_page(heading: str) -> None:
    assert f"\n### {heading}\n" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("shape", "figures"),
    [
        (None, Figures(0, 0, 0, 0)),
        (A, Figures(1, 1, 1000, 1002)),
        (["sequence", A, B], Figures(2, 2, 101_000, 101_202)),
        (["sequence", A, ["parallel", B, ["sequence", B, B]]], Figures(4, 3, 401_000, 401_802)),
        (["sequence", A, ["branch", B, None], B], Figures(3, 3, 301_000, 301_602)),
        (["defer", A, B, ["sequence", B, B]], Figures(4, 3, 401_000, 401_802)),
        (["subscription", A, B], Figures(2, 2, 101_000, 101_202)),
    ],
)
def test_plans_are_measured(shape: Shape, figures: Figures) -> None:
    assert measure(shape) == figures


def test_fields_of_a_fragment_count_wherever_it_is_spread() -> None:
    text = "query { _entities { ...F ... on T { a { ...F } } } } fragment F on T { x y { z } }"
    assert count_fields(text) == 3 + 1 + 3


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (["sequence", A, B], ["sequence", A, B], "equal"),
        (["sequence", A, B], ["sequence", A, ["parallel", B, B]], "fewer"),
        (["sequence", A, ["parallel", B, B]], ["sequence", A, B], "dearer"),
        (["sequence", A, B, B], ["sequence", A, ["parallel", B, B]], "dearer"),
        (["sequence", A, B, B], ["sequence", A, ["parallel", B, B, B, B]], "fewer"),
        (["parallel", A, A], ["sequence", A, B], "fewer"),
    ],
)
def test_fetches_then_cost_decide(ours: Shape, theirs: Shape, verdict: str) -> None:
    assert _compared(measure(ours), measure(theirs)).verdict == verdict


def test_a_refusal_and_a_problem_decide_before_figures() -> None:
    assert _compared(None, measure(A)).verdict == "refused"
    assert _compared(measure(A), None).verdict == "alone"
    assert _compared(measure(A), measure(A), problems=("no",)).verdict == "wrong"


def test_a_difference_is_listed_only_for_its_reason() -> None:
    dear, cheap = measure(["sequence", A, B]), measure(A)
    assert heading_of(_compared(dear, cheap)) is None
    assert heading_of(_compared(dear, cheap, unanswerable=("a: T.x",))) is not None
    assert heading_of(_compared(dear, cheap, unanswerable=("a: T.x",), problems=("wrong",))) is None
    assert heading_of(_compared(dear, cheap, empty=True, executed=True)) is not None
    assert heading_of(_compared(dear, cheap, empty=True)) is None


def test_what_defers_nothing_is_all_primary() -> None:
    assert primary_of(["defer", ["defer", A, B], B]) == A
    assert primary_of(["sequence", A, B]) == ["sequence", A, B]
    assert primary_of(["branch", ["defer", A, B], None]) == ["branch", A, None]


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (["fetch", "a", "{ t { id } }"], []),
        (["fetch", "a", "{ t { x } }"], ["a: T.x"]),
        (["sequence", ["fetch", "a", "{ t { ...F } } fragment F on T { z }"], B], ["a: T.z"]),
        (["fetch", "a", "query ($r: [_Any!]!) { _entities(representations: $r) { ... on T { z } } }"], []),
        (["fetch", "b", "query ($r: [_Any!]!) { _entities(representations: $r) { ... on T { z } } }"], ["b: T.z"]),
    ],
)
def test_what_a_subgraph_cannot_answer_is_found(shape: Shape, found: list[str]) -> None:
    assert list(unanswerable(_ground().planner.spots, frozenset(), shape)) == found


def test_a_seed_repeats_its_operations_and_they_are_valid() -> None:
    schema = build_schema("""
      directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
      type Query { node(id: ID!): Node all(filter: Filter): [Any!] }
      type Mutation { save(input: Filter!, mode: Mode = A): T }
      interface Node { id: ID! }
      union Any = T | U
      type T implements Node { id: ID! u: U size(unit: Mode!): Float }
      type U implements Node { id: ID! ts: [T] }
      input Filter { name: String! tags: [ID!] inner: Filter }
      enum Mode { A B }
    """)

    def some(seed: int) -> list[MadeOperation | None]:
        random = Random(seed)
        return [make_operation(schema, random) for _ in range(40)]

    found = some(1)
    assert found == some(1)
    assert found != some(2)
    texts = {operation.text for operation in found if operation is not None}
    assert len(texts) > 30
    for text in texts:
        assert not validate(schema, parse(text))


@cache
def _tangles() -> list[Ground]:
    made = ((f"tangle {seed}", compose(make_tangle(seed)).supergraph_sdl, make_tangle(seed)) for seed in count())
    return list(islice((Ground(name, sdl, subgraphs) for name, sdl, subgraphs in made if sdl is not None), 4))


@pytest.mark.parametrize("number", range(4))
def test_plans_on_tangles_answer_as_the_monolith_does(number: int) -> None:
    ground = _tangles()[number]
    random = Random(ground.name)
    for _ in range(3):
        operation = make_operation(ground.schema, random)
        assert operation is not None
        normal = normalise(parse(operation.text), None, ground.index)
        plan = ground.planner.plan(normal)
        assert ground.checker.check(normal, plan) == []
        assert not list(unanswerable(ground.planner.spots, frozenset(), reduce_plan(plan.node)))
        assert execute(ground, operation, ()) == (True, [])
