"""Every test of execution runs on both executors."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from router.execution.compiled.executor import CompiledPlan
from router.execution.context import RequestContext
from router.execution.executor import ExecutionResult, execute_plan
from router.query_plan.nodes import PlanNode
from router.query_plan.plan import QueryPlan

from .graph import FakeTransport, operation_of, services

Run = Callable[..., Awaitable[tuple[ExecutionResult, FakeTransport]]]


@pytest.fixture(params=["reference", "compiled"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a plan for a query against subgraphs that answer as told; give the result and the transport."""

    async def execute(
        query: str,
        node: PlanNode | None,
        answers: dict[str, Any],
        variables: dict[str, Any] | None = None,
        **context: Any,
    ) -> tuple[ExecutionResult, FakeTransport]:
        transport = FakeTransport(answers)
        plan, operation = QueryPlan(node), operation_of(query)
        known = services(transport, *answers)
        caller = RequestContext(**context)
        if request.param == "reference":
            return await execute_plan(plan, operation, variables or {}, known, caller), transport
        compiled = CompiledPlan(plan, operation, known.types)
        assert compiled.supported
        result = await compiled.execute(variables or {}, known, caller, {})
        if result.encoded is not None:
            result = dataclasses.replace(result, data=json.loads(result.encoded), encoded=None, errors=[])
        return result, transport

    return execute
