"""Running one fetch by the reference: gather what it asks for, send it, absorb the answer.

Enters: a fetch and the execution under way. Leaves: the response tree and its errors, changed. Invariant: nothing is
raised for what a subgraph does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from router.execution.absorb_entities import absorb_entities, excuse, fail_entities, withhold
from router.execution.absorb_root import Place, absorb_root, fail_root
from router.execution.errors import ResponseError
from router.execution.representations import EntityBatch, gather
from router.execution.response import Response, malformed
from router.execution.subrequests import Caller, FetchFailed
from router.execution.tree import locate
from router.query_plan.nodes import FetchNode
from router.record import record


@record
class Execution:
    """One plan under way: ``variables`` are coerced, ``response`` is what has come so far."""

    caller: Caller
    variables: Mapping[str, Any]
    response: Response

    def service(self, fetch: FetchNode) -> str:
        """The name of the subgraph that a fetch asks."""
        return self.caller.services.endpoints[fetch.service].name

    def variables_of(self, fetch: FetchNode) -> dict[str, Any]:
        """The client's variables that a fetch uses, as far as they have a value."""
        return {name: self.variables[name] for name in fetch.variables if name in self.variables}


async def run_fetch(execution: Execution, fetch: FetchNode) -> None:
    """Run one fetch and merge its answer."""
    if fetch.inputs:
        try:
            rounds = _rounds(gather_all(execution, fetch))
        except RecursionError:
            execution.response.fail(fetch, _too_deep(execution.service(fetch)))
            return
        await together([_ask_for_entities(execution, fetch, batches) for batches in rounds])
        return
    places = _places(execution, fetch)
    if places == []:
        return
    try:
        answer = await execution.caller.ask(fetch, execution.variables_of(fetch))
        absorb_root(execution.response, fetch, answer, execution.service(fetch), places)
    except FetchFailed as failed:
        fail_root(execution.response, fetch, failed.error, places)
    except RecursionError:
        fail_root(execution.response, fetch, _too_deep(execution.service(fetch)), places)


def _places(execution: Execution, fetch: FetchNode) -> list[Place] | None:
    """Where the root fields of a fetch are asked for, if it isn't the root itself: the ``Query`` of a payload."""
    if not fetch.places:
        return None
    tree = execution.response.tree
    return [(target, place) for path in fetch.places for target, place, _ in locate(tree, path)]


def gather_all(execution: Execution, fetch: FetchNode) -> list[EntityBatch]:
    """Gather what all inputs of a fetch ask for, and note what they can't ask for because of earlier errors."""
    batches: list[EntityBatch] = []
    for source in fetch.inputs:
        found = gather(source, execution.response.tree, execution.response.marks)
        batches.extend(found.batches)
        for item in found.withheld:
            withhold(execution.response, fetch, source.response_name, item.target, item.error)
        excuse(execution.response, fetch, source.response_name, found.excused)
    return batches


async def _ask_for_entities(execution: Execution, fetch: FetchNode, batches: Sequence[EntityBatch]) -> None:
    service = execution.service(fetch)
    sent: dict[str, Any] = {source.variable: [] for source in fetch.inputs}
    sent.update(execution.variables_of(fetch))
    for batch in batches:
        sent[batch.input.variable] = [group.representation for group in batch.groups]
        sent.update(batch.contexts)
    try:
        answer = await execution.caller.ask(fetch, sent)
        absorb_entities(execution.response, fetch, batches, answer, service)
    except FetchFailed as failed:
        fail_entities(execution.response, fetch, batches, failed.error)
    except RecursionError:
        fail_entities(execution.response, fetch, batches, _too_deep(service))


def _too_deep(service: str) -> ResponseError:
    return malformed(service, "values are nested too deeply")


async def together(coroutines: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run at once; cancelling cancels all. The last needs no task of its own."""
    if len(coroutines) <= 1:
        for coroutine in coroutines:
            await coroutine
        return
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines[:-1]]
    try:
        await coroutines[-1]
        for task in tasks:
            await task
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _rounds(batches: Sequence[EntityBatch]) -> list[list[EntityBatch]]:
    """Share out batches over as few requests as may be: one batch an input, no context variable with two values."""
    rounds: list[list[EntityBatch]] = []
    for batch in batches:
        fitting = next((taken for taken in rounds if all(_agree(batch, other) for other in taken)), None)
        if fitting is None:
            rounds.append([batch])
        else:
            fitting.append(batch)
    return rounds


def _agree(left: EntityBatch, right: EntityBatch) -> bool:
    return left.input.response_name != right.input.response_name and all(
        right.contexts.get(name, value) == value for name, value in left.contexts.items()
    )
