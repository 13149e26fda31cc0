"""A plan for people: what is asked of whom, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from router.operation.model import Operation
from router.pipeline.prepare import Prepared
from router.query_plan.json import plan_to_json
from router.query_plan.plan import QueryPlan
from router.query_plan.walk import fetches_of


@dataclass(frozen=True, slots=True)
class FetchReason:
    """Why a fetch of a plan exists."""

    fetch: int
    service: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A plan for people: as data, as text, as JSON-like data, and the reasons of its fetches in the plan's order."""

    operation: Operation
    plan: QueryPlan
    text: str
    json: Any
    reasons: Sequence[FetchReason]


def explain_prepared(item: Prepared) -> Explanation:
    """Explain the plan of a prepared operation."""
    plan = item.plan
    reasons = [FetchReason(fetch.id, fetch.service, fetch.reasons) for fetch in fetches_of(plan)]
    return Explanation(item.checked.operation, plan, str(plan), orjson.loads(plan_to_json(plan)), reasons)
