"""A fetch as code: its request's bytes prepared, its answer merged without looking at the plan.

What isn't as expected (an error, a wrong number of entities, an earlier error that emptied inputs) is given to the
reference, which works on the same response tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from router.execution.absorb_entities import absorb_entities, excuse, fail_entities
from router.execution.absorb_root import absorb_root, fail_root
from router.execution.answers import has_long_numbers
from router.execution.compiled.gathering import Front, Gathered
from router.execution.errors import ResponseError
from router.execution.fetches import Execution, gather_all, run_fetch
from router.execution.json_text import encode_json
from router.execution.representations import EntityBatch, NotSent, represent_for
from router.execution.response import Response, malformed
from router.execution.subrequests import Caller, FetchFailed
from router.execution.transport import SubgraphResponse
from router.execution.tree import Tree, copy_tree, merge
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FetchNode

Gather = Callable[[Tree, Front], Gathered]


class Run:
    """One execution: the response in the making, and what is known of the tree's paths."""

    __slots__ = ("caller", "front", "response", "variables")

    def __init__(self, caller: Caller, variables: Mapping[str, Any]) -> None:
        self.caller = caller
        self.variables = variables
        self.response = Response(caller.services.types, variables)
        self.front: Front = {}

    @property
    def execution(self) -> Execution:
        """The same for the reference."""
        return Execution(self.caller, self.variables, self.response)

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong so far."""
        response = self.response
        return not (response.errors or response.failures or response.marks)


class RootFetch:
    """A fetch without inputs."""

    def __init__(self, fetch: FetchNode) -> None:
        self.fetch = fetch
        self._head = _head(fetch)
        self._plain = self._head + b"}"

    async def run(self, run: Run) -> None:
        """Send it and merge its answer."""
        fetch = self.fetch
        body = self._plain
        if fetch.variables:
            sent = {name: run.variables[name] for name in fetch.variables if name in run.variables}
            if sent:
                body = self._head + b',"variables":' + encode_json(sent) + b"}"
        try:
            response = await run.caller.send(fetch, body)
            data = plain_data(response, run.response.types.exact)
            if data is None or fetch.renames:
                answer = run.caller.read(fetch, response)
                absorb_root(run.response, fetch, answer, run.execution.service(fetch))
                return
        except FetchFailed as failed:
            fail_root(run.response, fetch, failed.error)
            return
        data.pop("__typename", None)
        tree = run.response.tree
        if tree.keys().isdisjoint(data):
            tree.update(data)
        else:
            merge(tree, data, run.response.types)


class EntityFetch:
    """A fetch with inputs. ``stale`` are the numbers of paths at which its answer may bring new objects."""

    def __init__(self, fetch: FetchNode, gathers: Sequence[Gather], stale: Sequence[int]) -> None:
        self.fetch = fetch
        self._gathers = tuple(gathers)
        self._stale = tuple(stale)
        self._head = _head(fetch) + b',"variables":{'
        self._names = [b'"%b":' % source.variable.encode() for source in fetch.inputs]
        self._responses = [source.response_name for source in fetch.inputs]
        self._careful = bool(fetch.renames) or any(source.contexts for source in fetch.inputs)

    async def run(self, run: Run) -> None:
        """Gather, send, and merge the answer."""
        if self._careful or not run.clean:
            await self._run_carefully(run)
            return
        tree, front = run.response.tree, run.front
        try:
            gathered = [gather(tree, front) for gather in self._gathers]
        except TypeError:
            # A value that is nested too deeply for quick serialisation.
            await self._run_carefully(run)
            return
        self._excuse_passed_over(run, gathered)
        if not any(item.targets for item in gathered):
            return
        parts = [
            name + b"[" + b",".join(item.representations) + b"]"
            for name, item in zip(self._names, gathered, strict=True)
        ]
        fetch = self.fetch
        if fetch.variables:
            sent = {name: run.variables[name] for name in fetch.variables if name in run.variables}
            if sent:
                parts.append(encode_json(sent)[1:-1])
        try:
            response = await run.caller.send(fetch, self._head + b",".join(parts) + b"}}")
            data = plain_data(response, run.response.types.exact)
            entities = None if data is None else self._entities(data, gathered, run.response.types)
            if entities is None:
                self._absorb_carefully(run, response, gathered)
            else:
                self._merge(run, gathered, entities)
        except FetchFailed as failed:
            self._fail(run, gathered, failed.error)
        finally:
            for number in self._stale:
                front.pop(number, None)

    def _entities(self, data: Tree, gathered: Sequence[Gathered], types: ExecutionTypes) -> list[list[Any]] | None:
        """The answers of all inputs, or ``None`` where something isn't as it should be."""
        found: list[list[Any]] = []
        for name, item in zip(self._responses, gathered, strict=True):
            entities = data.get(name)
            if type(entities) is not list or len(entities) != len(item.targets):
                return None
            for entity, targets in zip(entities, item.targets, strict=True):
                if entity is None:
                    continue
                if type(entity) is not dict:
                    return None
                typename = entity.get("__typename")
                if typename is not None and any(_contradicts(target, typename, types) for target in targets):
                    return None
            found.append(entities)
        return found

    def _merge(self, run: Run, gathered: Sequence[Gathered], answers: Sequence[list[Any]]) -> None:
        types = run.response.types
        for name, item, entities in zip(self._responses, gathered, answers, strict=True):
            empty: list[Tree] = []
            for targets, entity in zip(item.targets, entities, strict=True):
                if entity is None:
                    empty.extend(targets)
                    continue
                nested = len(targets) > 1 and any(type(value) in (dict, list) for value in entity.values())
                for number, target in enumerate(targets):
                    source = copy_tree(entity) if nested and number else entity
                    if target.keys().isdisjoint(source):
                        target.update(source)
                    else:
                        merge(target, source, types)
            if empty:
                excuse(run.response, self.fetch, name, empty)

    def _excuse_passed_over(self, run: Run, gathered: Sequence[Gathered]) -> None:
        """Objects may stay without this fetch where their keys are null, and not where a subgraph left a key out."""
        for name, source, item in zip(self._responses, self.fetch.inputs, gathered, strict=True):
            excused: list[Tree] = []
            for target in item.passed_over:
                try:
                    represent_for(source, target, run.response.marks)
                except NotSent as reason:
                    if reason.excused:
                        excused.append(target)
            excuse(run.response, self.fetch, name, excused)

    async def _run_carefully(self, run: Run) -> None:
        """Do all of it as the reference does."""
        await run_fetch(run.execution, self.fetch)
        for number in self._stale:
            run.front.pop(number, None)

    def _absorb_carefully(self, run: Run, response: SubgraphResponse, gathered: Sequence[Gathered]) -> None:
        fetch, name = self.fetch, run.execution.service(self.fetch)
        answer = run.caller.read(fetch, response)
        batches = self._batches(run, gathered)
        if batches is None:
            raise FetchFailed(malformed(name, "the answer came too late to be placed"))
        absorb_entities(run.response, fetch, batches, answer, name)

    def _fail(self, run: Run, gathered: Sequence[Gathered], error: ResponseError) -> None:
        fail_entities(run.response, self.fetch, self._batches(run, gathered) or [], error)

    def _batches(self, run: Run, gathered: Sequence[Gathered]) -> list[EntityBatch] | None:
        """What was asked for as the reference has it, with places; ``None`` where the tree isn't the same any more."""
        batches = gather_all(run.execution, self.fetch)
        found = {batch.input.response_name: batch for batch in batches}
        for name, item in zip(self._responses, gathered, strict=True):
            groups = found[name].groups if name in found else []
            if [encode_json(group.representation) for group in groups] != item.representations:
                return None
        return batches


def _contradicts(target: Tree, typename: Any, types: ExecutionTypes) -> bool:
    """Whether an answer says another type than is known. Of an interface's object form no type is known."""
    known = target.get("__typename")
    return known != typename and not (known in types.interfaces and type(typename) is str)


def plain_data(response: SubgraphResponse, exact: bool) -> Tree | None:
    """The data of an answer without errors, or ``None`` for any other: then the reference reads it."""
    if not 200 <= response.status < 300 or (exact and has_long_numbers(response.body)):
        return None
    try:
        body = orjson.loads(response.body)
    except ValueError:
        return None
    if type(body) is not dict or body.get("errors"):
        return None
    data = body.get("data")
    return data if type(data) is dict else None


def _head(fetch: FetchNode) -> bytes:
    head = b'{"query":' + orjson.dumps(fetch.operation)
    if fetch.operation_name:
        head += b',"operationName":' + orjson.dumps(fetch.operation_name)
    return head
