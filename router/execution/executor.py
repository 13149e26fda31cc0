"""The reference executor: it reads a query plan node by node. The compiled executor is measured against it.

Enters: a plan, the normalised operation, coerced variables, services and a request context. Leaves: an
:class:`ExecutionResult` (or, for ``@defer`` and subscriptions, an async iterator of them). Invariant: whatever a
subgraph does, an answer comes: the data that could be had, and an error for what couldn't.

Worked example, ``{ me { name reviews { body } } }`` over accounts and reviews:

1. the root fetch writes ``{"me": {"__typename": "User", "id": "1", "name": "Ada"}}`` into the response tree;
2. the entity fetch at ``me`` gathers ``[{"__typename": "User", "id": "1"}]``, asks, and merges the one answer
   ``{"reviews": [...]}`` into that very object;
3. projection walks the client's selection over the tree and leaves out ``__typename`` and ``id``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, assert_never

from router.execution.absorb_root import absorb_root, fail_root
from router.execution.again import Again, hear_again
from router.execution.context import RequestContext
from router.execution.errors import ClientPath, ResponseError
from router.execution.fetches import Execution, run_fetch, together
from router.execution.finish import finish, start_projection, take_errors
from router.execution.givers import name_givers
from router.execution.projection import DeferKey, Unexplained, project_deferred
from router.execution.response import Response
from router.execution.subrequests import Caller, FetchFailed, Heard, Received, Services
from router.execution.transport import SubgraphRequest
from router.operation.model import Operation
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    DeferredNode,
    FetchNode,
    FieldStep,
    ParallelNode,
    PlanNode,
    SequenceNode,
    SubscriptionNode,
)
from router.query_plan.plan import QueryPlan
from router.query_plan.walk import fetches_of
from router.record import record

#: Opens a subscription at a subgraph; yields the JSON of one GraphQL response for each event.
EventSource = Callable[[SubgraphRequest], AsyncIterator[bytes]]


@record
class ExecutionResult:
    """One answer. ``data`` is ``None`` where a null went up to the root. ``received`` are subgraphs' headers.

    ``encoded`` is the JSON of ``data`` in its place, where the executor wrote it at once.
    In an incremental answer ``path`` and ``label`` place a deferred part, and ``has_next`` says whether more comes.
    """

    data: dict[str, Any] | None
    errors: Sequence[ResponseError] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict)
    received: Sequence[Received] = ()
    path: ClientPath | None = None
    label: str | None = None
    has_next: bool = False
    encoded: bytes | None = None


async def execute_plan(
    plan: QueryPlan,
    operation: Operation,
    variables: Mapping[str, Any],
    services: Services,
    context: RequestContext,
    *,
    beside: Mapping[str, Any] | None = None,
) -> ExecutionResult:
    """Run a plan to its end and answer in one piece.

    ``variables`` are coerced; ``beside`` holds root fields that the router answers itself (introspection), by response
    name. Deferred parts are answered in place. Never raises for what a subgraph does.
    """
    heard: list[Heard] = []
    caller = Caller(services, context, heard=heard)
    run = _Run(plan, operation, _start(caller, variables))
    await run.run()
    try:
        return run.finish(beside or {})
    except Unexplained:
        return await run_again(plan, operation, variables, hear_again(caller, heard), beside or {})


async def run_again(
    plan: QueryPlan, operation: Operation, variables: Mapping[str, Any], caller: Again, beside: Mapping[str, Any]
) -> ExecutionResult:
    """Run a plan over answers that came before, to find out what each of them leaves out."""
    run = _Run(plan, operation, _start(caller, variables, attentive=True))
    await run.run()
    return run.finish(beside)


async def execute_incrementally(
    plan: QueryPlan,
    operation: Operation,
    variables: Mapping[str, Any],
    services: Services,
    context: RequestContext,
    *,
    beside: Mapping[str, Any] | None = None,
) -> AsyncIterator[ExecutionResult]:
    """Run a plan with ``@defer``: first what isn't deferred, then each deferred part when it is there."""
    run = _Run(plan, operation, _start(Caller(services, context), variables, attentive=True), incremental=True)
    try:
        await run.run()
        initial = run.finish(beside or {})
        waiting = run.deferred_tasks
        given = [initial]
        yield _with_next(initial, bool(waiting))
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            parts = [part for task in sorted(done, key=waiting.index) for part in run.deferred_parts(task, given)]
            # A part may bring deferred parts of its own, so what is left is looked up again.
            waiting = [task for task in run.deferred_tasks if task not in run.finished]
            for index, part in enumerate(parts):
                yield _with_next(part, bool(waiting) or index < len(parts) - 1)
            if not parts and not waiting:
                yield ExecutionResult(None)
    finally:
        for task in run.deferred_tasks:
            task.cancel()
        await asyncio.gather(*run.deferred_tasks, return_exceptions=True)


async def execute_subscription(
    plan: QueryPlan,
    operation: Operation,
    variables: Mapping[str, Any],
    services: Services,
    context: RequestContext,
    *,
    source: EventSource,
) -> AsyncIterator[ExecutionResult]:
    """Run a subscription: for every event of ``source``, fetch the rest and yield one answer."""
    node = plan.node
    if not isinstance(node, SubscriptionNode):
        raise TypeError("the plan of a subscription starts with a SubscriptionNode")
    caller = Caller(services, context)
    opening = caller.event_request(node.primary, {n: variables[n] for n in node.primary.variables if n in variables})
    async for event in source(opening):
        run = _Run(plan, operation, _start(Caller(services, context), variables, attentive=True))
        run.take_event(node.primary, event)
        if node.rest is not None:
            await run.node(node.rest)
        yield run.finish({})


def _with_next(result: ExecutionResult, has_next: bool) -> ExecutionResult:
    return ExecutionResult(
        result.data, result.errors, result.extensions, result.received, result.path, result.label, has_next
    )


def _start(caller: Caller, variables: Mapping[str, Any], *, attentive: bool = False) -> Execution:
    return Execution(caller, variables, Response(caller.services.types, variables, attentive))


class _Run:
    """One run of a plan: the response in the making, and what to do for each kind of node."""

    def __init__(
        self, plan: QueryPlan, operation: Operation, execution: Execution, *, incremental: bool = False
    ) -> None:
        self.plan = plan
        self.operation = operation
        self.execution = execution
        self.incremental = incremental
        self.deferred_tasks: list[asyncio.Task[DeferredNode]] = []
        self.finished: set[asyncio.Task[DeferredNode]] = set()
        self._keys: dict[asyncio.Task[DeferredNode], DeferKey] = {}
        self._done: dict[int, asyncio.Event] = {}

    async def run(self) -> None:
        """Run the whole plan; deferred parts may go on after it."""
        if self.plan.node is not None:
            await self.node(self.plan.node)

    async def node(self, node: PlanNode) -> None:
        """Run one node of the plan."""
        match node:
            case FetchNode():
                await run_fetch(self.execution, node)
                self._event(node.id).set()
            case SequenceNode(nodes):
                for inner in nodes:
                    await self.node(inner)
            case ParallelNode(nodes):
                await together([self.node(inner) for inner in nodes])
            case ConditionNode(variable, if_clause, else_clause):
                clause, other = if_clause, else_clause
                if not self.execution.variables.get(variable):
                    clause, other = other, clause
                self._skip(other, clause)
                if clause is not None:
                    await self.node(clause)
            case DeferNode():
                await self.defer(node)
            case SubscriptionNode():
                raise TypeError("a subscription is run by execute_subscription")
            case _:
                assert_never(node)

    async def defer(self, node: DeferNode) -> None:
        """Run the primary part; deferred parts start when what they depend on is there."""
        if self.incremental:
            current = asyncio.current_task()
            within = next((key for task, key in self._keys.items() if task is current), None)
            for part in node.deferred:
                task = asyncio.ensure_future(self._deferred(part, within))
                self._keys[task] = _defer_key(part, within)
                self.deferred_tasks.append(task)
        if node.primary is not None:
            await self.node(node.primary)
        if not self.incremental:
            await together([self.node(part.node) for part in node.deferred if part.node is not None])

    async def _deferred(self, part: DeferredNode, within: DeferKey | None) -> DeferredNode:
        for fetch_id in part.depends:
            await self._event(fetch_id).wait()
        if part.node is not None:
            await self.node(part.node)
        if within is not None:  # a client is given a part before those that are deferred within it
            await asyncio.wait([task for task, key in self._keys.items() if key == within])
        return part

    def _skip(self, node: PlanNode | None, instead: PlanNode | None) -> None:
        """Let deferred parts not wait for fetches that a condition leaves out."""
        if self.incremental and node is not None:
            left_out = {fetch.id for fetch in fetches_of(QueryPlan(node))}
            for fetch_id in left_out - {fetch.id for fetch in fetches_of(QueryPlan(instead))}:
                self._event(fetch_id).set()

    def _event(self, fetch_id: int) -> asyncio.Event:
        return self._done.setdefault(fetch_id, asyncio.Event())

    def take_event(self, fetch: FetchNode, event: bytes) -> None:
        """Merge the event of a subscription as if it were the answer of its fetch."""
        execution = self.execution
        try:
            answer = execution.caller.read_event(fetch, event)
        except FetchFailed as failed:
            fail_root(execution.response, fetch, failed.error)
        else:
            absorb_root(execution.response, fetch, answer, execution.service(fetch))

    def finish(self, beside: Mapping[str, Any]) -> ExecutionResult:
        """Project the tree for the client, and put the errors in order."""
        data, errors = finish(self.execution.response, self.operation, beside, frozenset(self._keys.values()))
        return ExecutionResult(data, self._named(errors), received=self.execution.caller.received)

    def _named(self, errors: list[ResponseError]) -> list[ResponseError]:
        return name_givers(errors, self.execution.response, self.plan, self.execution.caller.services)

    def deferred_parts(self, task: asyncio.Task[DeferredNode], given: list[ExecutionResult]) -> list[ExecutionResult]:
        """Project a deferred part at every place where it stands in what the client was ``given``; add it to that.

        Parts of one name at one place of one part can't be told apart; they are answered with the last of them.
        """
        self.finished.add(task)
        part, key = task.result(), self._keys[task]
        if any(other == key and earlier not in self.finished for earlier, other in self._keys.items()):
            return []
        response = self.execution.response
        projection = start_projection(response, frozenset(self._keys.values()))
        results: list[ExecutionResult] = []
        for place, data, found in project_deferred(projection, self.operation, response.tree, key):
            if any(_stands(earlier, place) for earlier in given):
                errors = self._named(take_errors(projection, self.operation, response, found))
                results.append(ExecutionResult(data, errors, path=place, label=part.label))
        given += results
        return results


def _defer_key(part: DeferredNode, within: DeferKey | None) -> DeferKey:
    return DeferKey(tuple(step.name for step in part.path if isinstance(step, FieldStep)), part.label, within)


def _stands(given: ExecutionResult, place: ClientPath) -> bool:
    """Whether an answer or a deferred part gave the client an object at a place."""
    data: Any = given.data
    start = given.path or ()
    if place[: len(start)] != start:
        return False
    for step in place[len(start) :]:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return False
    return isinstance(data, dict)
