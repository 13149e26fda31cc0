"""Every operation of the planning corpus is planned as well as the reference planner does, and correctly."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from router.operation.model import Operation
from router.operation.normalise import normalise
from router.operation.type_index import TypeIndex
from router.planning.planner import Planner
from router.query_plan.json import plan_from_json, plan_to_json
from router.query_plan.plan import QueryPlan
from router.supergraph.api_schema import api_schema
from router.supergraph.reader import read_supergraph
from tests.support.plan_structure import PlanChecker, fetches_of, steps_of

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "planning.jsonl"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the planning corpus isn't beside the repository")

#: Operations whose fetches can't be validated, and why.
NOT_VALIDATED = {
    "requires/two_same_service_calls_with_args_conflicts": "its supergraph names an undefined type, boolean",
}
#: Operations that may take more fetches or steps than the reference planner's, and why. None does.
EXCEPTIONS: dict[str, str] = {}


def _rows() -> list[dict[str, Any]]:
    if not CORPUS.exists():
        return []
    return [json.loads(line) for line in CORPUS.read_text().splitlines()]


ROWS = _rows()


@cache
def _tables(supergraph: str) -> tuple[Planner, TypeIndex, PlanChecker]:
    read = read_supergraph(supergraph)
    checker = PlanChecker(read)
    return Planner(checker.graph), TypeIndex(api_schema(read)), checker


def _plan(row: dict[str, Any]) -> tuple[Operation, QueryPlan, PlanChecker]:
    planner, index, checker = _tables(row["supergraph"])
    operation = normalise(parse(row["operation"], no_location=True), None, index)
    return operation, planner.plan(operation), checker


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[f"{n}-{row['id']}" for n, row in enumerate(ROWS)])
def test_plan_is_valid_and_as_small_as_the_reference(number: int) -> None:
    row = ROWS[number]
    operation, plan, checker = _plan(row)
    assert checker.check(operation, plan, validated=row["id"] not in NOT_VALIDATED) == []
    assert plan_from_json(plan_to_json(plan)) == plan
    assert str(plan).startswith("QueryPlan {")
    if row["fetches"] is not None and row["id"] not in EXCEPTIONS:
        assert len(fetches_of(plan.node)) <= row["fetches"]
        assert steps_of(plan.node) <= row["depth"]
