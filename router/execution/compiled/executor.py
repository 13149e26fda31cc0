"""A query plan compiled: made once for an operation, run for each request.

Enters: a plan, its operation, the API's types. Leaves: a :class:`CompiledPlan`. Invariant: its answers are those of
:func:`router.execution.executor.execute_plan`, which it calls where it can't do better.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, assert_never

import orjson

from router.execution.again import hear_again
from router.execution.compiled.fetching import EntityFetch, RootFetch, Run
from router.execution.compiled.gathering import Paths, gathering_names, write_gather, write_walks
from router.execution.compiled.projection import ODD_ERRORS, Names, ProjectionWriter, TooLarge, projection_names
from router.execution.compiled.source import Code, Source
from router.execution.context import RequestContext
from router.execution.executor import ExecutionResult, execute_plan, run_again
from router.execution.fetch_shape import filled_names
from router.execution.fetches import together
from router.execution.finish import finish
from router.execution.givers import name_givers
from router.execution.projection import Unexplained
from router.execution.subrequests import Caller, Heard, Services
from router.execution.types import ExecutionTypes
from router.operation.model import Operation, SelectionSet
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    FetchNode,
    FieldStep,
    ParallelNode,
    Path,
    PlanNode,
    SequenceNode,
    SubscriptionNode,
    TypeStep,
)
from router.query_plan.plan import QueryPlan
from router.query_plan.walk import fetches_of

#: Condition variables that an operation may have; each assignment of them has a projection of its own.
MAX_CONDITIONS = 6
#: Projections that are kept for one operation; the oldest goes.
MAX_PROJECTIONS = 8

Step = Callable[[Run], Awaitable[None]]
Projector = Callable[[Any, list[dict[int, Any]], Mapping[str, Any]], Any]


class CompiledPlan:
    """A plan that can be run. ``supported`` is false for those that only the reference runs."""

    def __init__(self, plan: QueryPlan, operation: Operation, types: ExecutionTypes) -> None:
        self._plan = plan
        self._operation = operation
        self._types = types
        self._conditions = tuple(sorted(_condition_variables(operation.selection_set)))
        self._projections: dict[tuple[bool, ...], tuple[Projector, int, Code] | None] = {}
        self._gathering: Code | None = None
        self._shared: frozenset[Names] = frozenset()
        self._step: Step | None = None
        self.supported = len(self._conditions) <= MAX_CONDITIONS and _is_plain(plan.node)
        if self.supported and plan.node is not None:
            self._step = self._compile_plan(plan.node)

    async def execute(
        self, variables: Mapping[str, Any], services: Services, context: RequestContext, beside: Mapping[str, Any]
    ) -> ExecutionResult:
        """Run the plan; see :func:`~router.execution.executor.execute_plan`."""
        if not self.supported:
            return await execute_plan(self._plan, self._operation, variables, services, context, beside=beside)
        heard: list[Heard] = []
        caller = Caller(services, context, [], heard)
        run = Run(caller, variables)
        if self._step is not None:
            await self._step(run)
        if run.clean:
            encoded = self._encode(run, variables, beside)
            if encoded is not None:
                return ExecutionResult(None, encoded=encoded, received=caller.received)
        try:
            data, errors = finish(run.response, self._operation, beside)
        except Unexplained:
            # A subgraph left something out. The reference finds out which.
            return await run_again(self._plan, self._operation, variables, hear_again(caller, heard), beside)
        named = name_givers(errors, run.response, self._plan, services)
        return ExecutionResult(data, named, received=caller.received)

    def _encode(self, run: Run, variables: Mapping[str, Any], beside: Mapping[str, Any]) -> bytes | None:
        chosen = tuple([bool(variables.get(name)) for name in self._conditions])
        if chosen not in self._projections:
            if len(self._projections) >= MAX_PROJECTIONS:
                del self._projections[next(iter(self._projections))]
            self._projections[chosen] = self._compile_projection(chosen)
        found = self._projections[chosen]
        if found is None:
            return None
        project, memories, _ = found
        run.response.marks.fill_excused()
        try:
            return orjson.dumps(project(run.response.tree, [{} for _ in range(memories)], beside))
        except ODD_ERRORS:
            return None

    def _compile_projection(self, chosen: tuple[bool, ...]) -> tuple[Projector, int, Code] | None:
        source = Source(**projection_names())
        conditions = dict(zip(self._conditions, chosen, strict=True))
        writer = ProjectionWriter(source, self._types, conditions, self._shared)
        try:
            name = writer.root(self._operation)
            built = source.build()
            return built[name], writer.memories, built
        except (TooLarge, RecursionError):
            return None

    def _compile_plan(self, node: PlanNode) -> Step:
        fetches = fetches_of(self._plan)
        paths = Paths()
        for fetch in fetches:
            for item in fetch.inputs:
                paths.add(item)
        share = not any(item.contexts for fetch in fetches for item in fetch.inputs)
        if share:
            self._shared = frozenset(_names(path) for path in paths.numbers)
        source = Source(**gathering_names(self._types.exact))
        walks = write_walks(source, paths, share)
        gathers = {id(item): write_gather(source, item, walks) for fetch in fetches for item in fetch.inputs}
        built = self._gathering = source.build()
        return self._compile(node, {key: built[name] for key, name in gathers.items()}, paths)

    def _compile(self, node: PlanNode, gathers: Mapping[int, Any], paths: Paths) -> Step:
        match node:
            case FetchNode(inputs=()):
                return RootFetch(node).run
            case FetchNode():
                stale = [paths.numbers[path] for path in paths.numbers if _brings(node, path)]
                return EntityFetch(node, [gathers[id(item)] for item in node.inputs], stale).run
            case SequenceNode(nodes):
                return _in_sequence([self._compile(inner, gathers, paths) for inner in nodes])
            case ParallelNode(nodes):
                return _at_once([self._compile(inner, gathers, paths) for inner in nodes])
            case ConditionNode(variable, if_clause, else_clause):
                clauses = [
                    None if clause is None else self._compile(clause, gathers, paths)
                    for clause in (if_clause, else_clause)
                ]
                return _either(variable, clauses[0], clauses[1])
            case DeferNode() | SubscriptionNode():
                raise TypeError("only the reference runs this node")
            case _:
                assert_never(node)


def _in_sequence(steps: Sequence[Step]) -> Step:
    async def run_in_sequence(run: Run) -> None:
        for step in steps:
            await step(run)

    return run_in_sequence


def _at_once(steps: Sequence[Step]) -> Step:
    async def run_at_once(run: Run) -> None:
        await together([step(run) for step in steps])  # type: ignore[misc]

    return run_at_once


def _either(variable: str, then: Step | None, otherwise: Step | None) -> Step:
    async def run_either(run: Run) -> None:
        step = then if run.variables.get(variable) else otherwise
        if step is not None:
            await step(run)

    return run_either


def _is_plain(node: PlanNode | None) -> bool:
    match node:
        case None:
            return True
        case FetchNode():
            return not node.places
        case SequenceNode(nodes) | ParallelNode(nodes):
            return all(_is_plain(inner) for inner in nodes)
        case ConditionNode(_, if_clause, else_clause):
            return _is_plain(if_clause) and _is_plain(else_clause)
        case DeferNode() | SubscriptionNode():
            return False
        case _:
            assert_never(node)


def _condition_variables(selection_set: SelectionSet) -> set[str]:
    found: set[str] = set()
    seen: set[int] = set()
    stack = [selection_set]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        for selection in current.selections:
            found.update(item.variable for item in selection.conditions)
            if selection.selection_set is not None:
                stack.append(selection.selection_set)
    return found


def _names(path: Path) -> Names:
    return tuple(step.name for step in path if isinstance(step, FieldStep))


def _brings(fetch: FetchNode, path: Path) -> bool:
    """Whether the answer of a fetch may put new objects at a path: it fills the field that leads on to it."""
    steps = [step for step in path if not isinstance(step, TypeStep)]
    for item in fetch.inputs:
        names = filled_names(fetch, item.response_name)
        for start in item.paths:
            before = [step for step in start if not isinstance(step, TypeStep)]
            if steps[: len(before)] != before:
                continue
            if "__typename" in names and any(isinstance(step, TypeStep) for step in path):
                # Where an object's type becomes known, it may come to be one that the path goes on from.
                return True
            if len(before) < len(steps):
                following = steps[len(before)]
                if not isinstance(following, FieldStep) or following.name in names:
                    return True
    return False
