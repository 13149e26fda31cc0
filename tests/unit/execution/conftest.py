"""Every test of execution runs on each executor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from router.execution.context import RequestContext
from router.execution.executor import ExecutionResult, execute_plan
from router.query_plan.nodes import PlanNode, QueryPlan

from .graph import FakeTransport, operation_of, services

Run = Callable[..., Awaitable[tuple[ExecutionResult, FakeTransport]]]


@pytest.fixture(params=["reference"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a plan for a query against subgraphs that answer as told; give the result and the transport."""
    executors = {"reference": execute_plan}

    async def execute(
        query: str, node: PlanNode | None, answers: dict[str, Any], variables: dict[str, Any] | None = None, **more: Any
    ) -> tuple[ExecutionResult, FakeTransport]:
        transport = FakeTransport(answers)
        result = await executors[request.param](
            QueryPlan(node),
            operation_of(query),
            variables or {},
            services(transport, *answers),
            RequestContext(**more),
        )
        return result, transport

    return execute
