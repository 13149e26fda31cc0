"""Text -> :class:`~router.pipeline.prepare.Prepared`, each but once: caches, and turns for everybody else.

Enters: a document, the name of an operation in it, and what its plan depends on. Leaves: the prepared operation.
Invariant: the event loop is never held for longer than one stage of a document of moderate size; what may take
longer is done by another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from contextlib import nullcontext

from router.errors import OperationError, PlanningBudgetExceeded, PlanningError
from router.execution.context import RequestContext
from router.execution.in_flight import InFlight
from router.operation.access import access_of
from router.operation.model import Operation
from router.pipeline.cache import BoundedCache
from router.pipeline.fingerprint import fingerprint
from router.pipeline.override_labels import active_labels, known_labels
from router.pipeline.prepare import Choice, Prepared, Preparer, Wanted, estimated_bytes, prepared
from router.pipeline.settings import PipelineSettings
from router.pipeline.worker import PreparationWorker
from router.query_plan.plan import QueryPlan
from router.query_plan.walk import fetches_of
from router.supergraph.model import Supergraph

#: Characters that take as long to read as a token.
_CHARACTERS = 20

#: The choice of every request where nothing depends on the caller.
_PLAIN = Choice()


class _TakesTooLong(Exception):
    """An operation can't be planned in the time that others may be kept waiting."""


class Preparation:
    """Prepares operations against one supergraph, and keeps them."""

    def __init__(self, supergraph: Supergraph, settings: PipelineSettings) -> None:
        self.preparer = Preparer(supergraph, settings)
        self._settings = settings
        self._worker = PreparationWorker(supergraph, settings)
        self._labels = known_labels(supergraph)
        self._documents: BoundedCache[Wanted, Prepared] = BoundedCache(settings.cache_entries, settings.cache_bytes)
        self._plans: BoundedCache[Hashable, QueryPlan] = BoundedCache(settings.cache_entries, settings.cache_bytes)
        self._preparing: InFlight[Prepared] = InFlight()

    @property
    def counters(self) -> Mapping[str, int]:
        """Hits and misses since the start, and the present size of the caches."""
        return {
            "document_cache_hits": self._documents.hits,
            "document_cache_misses": self._documents.misses,
            "document_cache_entries": len(self._documents),
            "document_cache_bytes": self._documents.bytes,
            "plan_cache_hits": self._plans.hits,
            "plan_cache_misses": self._plans.misses,
        }

    async def prepare(self, text: str, operation_name: str | None, context: RequestContext, defer: bool) -> Prepared:
        """Return a prepared operation. Raises :class:`OperationError` and :class:`PlanningError`."""
        wanted = Wanted(text, operation_name, self._choice(context, defer))
        found = self._documents.get(wanted)
        trace = context.trace
        if found is None:
            with nullcontext() if trace is None else trace.preparing():
                found = await self._preparing.share(wanted, lambda: self._prepare_new(wanted))
        if trace is not None:
            trace.prepared(found.checked.operation.kind, operation_name or found.checked.operation.name, text)
        return found

    def recent(self) -> list[tuple[str, str | None]]:
        """Return texts and operation names in the cache, the one used longest ago first, to warm another pipeline."""
        return list(dict.fromkeys((wanted.text, wanted.operation_name) for wanted in self._documents))

    async def warm(self, operations: Sequence[tuple[str, str | None]], *, within: float) -> int:
        """Prepare operations before they are asked for, as for an anonymous caller without labels; return how many.

        The last are the most wanted, so they come first, until ``within`` seconds are over. Requests to other pipelines
        go on meanwhile: this takes at most half of the time. What this supergraph can't answer is left out.
        """
        loop = asyncio.get_running_loop()
        start, warmed = loop.time(), 0
        for text, name in reversed(operations):
            before = loop.time()
            if before - start > within:
                break
            wanted = Wanted(text, name, self._choice(RequestContext(), defer=False))
            try:
                await self._prepare_new(wanted)
                warmed += 1
            except (OperationError, PlanningError):
                pass
            await asyncio.sleep(loop.time() - before)
        return warmed

    async def aclose(self) -> None:
        """End the other process."""
        await self._worker.aclose()

    async def _prepare_new(self, wanted: Wanted) -> Prepared:
        tokens = self.preparer.count(wanted.text)
        # The parser reads every character, also those that are no tokens.
        if max(tokens, len(wanted.text) // _CHARACTERS) > self._settings.inline_tokens:
            item = await self._worker.prepare(wanted)
        else:
            try:
                item = await self._prepare_here(wanted, tokens)
            except (_TakesTooLong, RecursionError):
                # The other process has more time and more stack, and knows what is too much.
                item = await self._worker.prepare(wanted)
        self._documents.put(wanted, item, estimated_bytes(wanted.text, item))
        return item

    async def _prepare_here(self, wanted: Wanted, tokens: int) -> Prepared:
        # Between its stages, each of which takes some milliseconds, others get their turn.
        preparer = self.preparer
        document = preparer.parse(wanted.text)
        await asyncio.sleep(0)
        preparer.validate(document)
        await asyncio.sleep(0)
        checked = preparer.normalise(document, wanted.operation_name, tokens)
        checked, allowed = preparer.authorise(checked, wanted.choice)
        await asyncio.sleep(0)
        try:
            return prepared(checked, self._plan(allowed, wanted.choice))
        except PlanningBudgetExceeded:
            raise _TakesTooLong from None

    def _plan(self, operation: Operation, choice: Choice) -> QueryPlan:
        # What the caller may do has made the operation what it is, so it isn't part of the key.
        key = (fingerprint(operation), choice.labels, choice.defer)
        plan = self._plans.get(key)
        if plan is None:
            within = self._settings.inline_planning
            plan = self.preparer.plan(operation, choice.labels, choice.defer, within=within)
            size = sum(4 * len(fetch.operation) + 1_000 for fetch in fetches_of(plan))
            self._plans.put(key, plan, size)
        return plan

    def _choice(self, context: RequestContext, defer: bool) -> Choice:
        rules = self.preparer.rules
        if not (self._labels or defer or rules.any):
            return _PLAIN
        access = rules.relevant(access_of(context.claims, context.policies)) if rules.any else None
        return Choice(active_labels(self._labels, context.labels), defer, access)
