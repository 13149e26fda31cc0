"""Subgraphs that fail are left alone for a while, and queries that they couldn't take are sent again, within bounds.

Enters: requests to subgraphs. Leaves: their answers, or an error that says for how long the subgraph is held back.
Invariant: a mutation is sent at most once, a query at most twice, each within its own time-out; retries stay within
their budget; a subgraph that is held back gets no request but probes.

What counts as a failure of the subgraph: no connection, a lost one, an answer that isn't HTTP or breaks off, none in
time, and a status from 500. Not: what the request is at fault for (a time-out shortened by the client's own deadline,
an answer that is too large), nor status 500 with JSON, which is how a GraphQL server speaks of one request's failure:
one client's bad operation must not cut off the others.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

from router.execution.transport import SubgraphRequest, SubgraphResponse, SubgraphTransport, TransportError
from router.execution.transports.circuit_breaker import BreakerRules, CircuitBreaker
from router.execution.transports.retrying import RetryBudget, RetryRules, named_wait, wait_before_retry
from router.execution.transports.wrapping import WrappingTransport

#: The part of a subgraph's own time-out that a call must have had for its lateness to be the subgraph's fault.
_FULL: Final = 0.5
_log = logging.getLogger("router.subgraph")


@dataclass(frozen=True, slots=True)
class GuardRules:
    """``None`` for what is off. ``timeout`` is the subgraph's own, in seconds."""

    breaker: BreakerRules | None = field(default_factory=BreakerRules)
    retries: RetryRules | None = field(default_factory=RetryRules)
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """``elapsed`` never goes back, ``wall`` is Unix time, both in seconds; ``chance`` is from 0 to 1."""

    elapsed: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random


class Guard:
    """One subgraph's breaker and budget, and how often they acted."""

    __slots__ = ("breaker", "budget", "held_back", "opened", "over_budget", "retries", "rules", "since_opened")

    def __init__(self, rules: GuardRules, now: float) -> None:
        self.rules = rules
        self.breaker = None if rules.breaker is None else CircuitBreaker(rules.breaker)
        self.budget = None if rules.retries is None else RetryBudget(rules.retries, now)
        self.opened = self.held_back = self.retries = self.over_budget = 0
        #: How many requests were held back since the breaker opened.
        self.since_opened = 0


class GuardedTransport(WrappingTransport):
    """Stands before another transport. ``rules_of`` gives a subgraph's rules by its name."""

    def __init__(
        self, inner: SubgraphTransport, rules_of: Callable[[str], GuardRules], clocks: Clocks | None = None
    ) -> None:
        super().__init__(inner)
        self._rules_of = rules_of
        self._clocks = clocks or Clocks()
        self._elapsed = self._clocks.elapsed
        #: By subgraph, of those that were asked.
        self.guards: dict[str, Guard] = {}

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send, once more if need be; see :class:`~router.execution.transport.SubgraphTransport`."""
        guard = self.guards.get(request.subgraph)
        start = self._elapsed()
        if guard is None:
            guard = self.guards[request.subgraph] = Guard(self._rules_of(request.subgraph), start)
        breaker, budget = guard.breaker, guard.budget
        if breaker is not None and breaker.state != "closed":
            return await self._probe(guard, breaker, request, start)
        if budget is not None:
            budget.earn()
        era = 0 if breaker is None else breaker.era
        try:
            response = await self.inner.send(request)
        except TransportError as error:
            self._note(guard, request, error, era)
            again = await self._may_send_again(guard, request, error, start)
            if again is None:
                raise
        else:
            if response.status < 429:
                if breaker is not None and breaker.era == era:
                    breaker.succeeded(self._elapsed())
                return response
            self._note(guard, request, response, era)
            again = await self._may_send_again(guard, request, response, start)
            if again is None:
                return response
        guard.retries += 1
        return await self._send_again(guard, again)

    async def _probe(
        self, guard: Guard, breaker: CircuitBreaker, request: SubgraphRequest, now: float
    ) -> SubgraphResponse:
        """Ask a subgraph that is held back, if it is time to."""
        left = breaker.wait(now)
        if left > 0:
            guard.held_back += 1
            guard.since_opened += 1
            raise _held_back(left)
        era = breaker.era
        outcome: SubgraphResponse | TransportError | None = None
        try:
            outcome = await self.inner.send(request)
        except TransportError as error:
            outcome = error
            raise
        finally:
            if breaker.era == era:
                self._note_probe(guard, breaker, request, outcome)
        return outcome

    def _note_probe(
        self,
        guard: Guard,
        breaker: CircuitBreaker,
        request: SubgraphRequest,
        outcome: SubgraphResponse | TransportError | None,
    ) -> None:
        now = self._elapsed()
        verdict = None if outcome is None else _is_failure(outcome, request.timeout, guard.rules.timeout)
        if verdict is None:
            breaker.probe_ended(now)
        elif verdict:
            breaker.probe_failed(now, self._named(outcome))
        else:
            held_for, count = now - breaker.since, guard.since_opened
            breaker.probe_succeeded()
            text = "Subgraph %s answers again after %.1f s; %d requests were held back."
            _log.info(text, request.subgraph, held_for, count)

    def _note(
        self, guard: Guard, request: SubgraphRequest, outcome: SubgraphResponse | TransportError, era: int
    ) -> None:
        """Tell the breaker how a call ended that began while it was closed."""
        breaker = guard.breaker
        if breaker is None or breaker.era != era:
            return
        verdict = _is_failure(outcome, request.timeout, guard.rules.timeout)
        now = self._elapsed()
        if verdict is False:
            breaker.succeeded(now)
        elif verdict and breaker.failed(now, self._named(outcome)):
            guard.opened += 1
            guard.since_opened = 0
            text = "Subgraph %s is held back for %.1f s, since %d of its last %d calls failed; then it is tried."
            _log.warning(text, request.subgraph, breaker.until - now, breaker.failures, breaker.calls)

    def _named(self, outcome: SubgraphResponse | TransportError | None) -> float:
        return (named_wait(outcome, self._clocks.wall()) or 0.0) if isinstance(outcome, SubgraphResponse) else 0.0

    async def _may_send_again(
        self, guard: Guard, request: SubgraphRequest, outcome: SubgraphResponse | TransportError, start: float
    ) -> SubgraphRequest | None:
        """Wait as long as it takes, and return what to send then; ``None`` where nothing is sent again."""
        rules, budget = guard.rules.retries, guard.budget
        if rules is None or budget is None:
            return None
        wait = wait_before_retry(request, outcome, rules, self._clocks.wall(), self._clocks.chance())
        if wait is None or start + request.timeout - self._elapsed() <= wait:
            return None
        if not budget.spend(self._elapsed()):
            guard.over_budget += 1
            return None
        await self._clocks.sleep(wait)
        left = start + request.timeout - self._elapsed()
        if left <= 0 or (guard.breaker is not None and guard.breaker.state != "closed"):
            return None
        return replace(request, timeout=left, resends=1)

    async def _send_again(self, guard: Guard, request: SubgraphRequest) -> SubgraphResponse:
        era = 0 if guard.breaker is None else guard.breaker.era
        try:
            response = await self.inner.send(request)
        except TransportError as error:
            error.resends += 1
            self._note(guard, request, error, era)
            raise
        self._note(guard, request, response, era)
        return replace(response, resends=response.resends + 1)


def _is_failure(outcome: SubgraphResponse | TransportError, had: float, full: float) -> bool | None:
    """Whether a call shows that the subgraph is unwell (true) or well (false); ``None`` where it shows neither."""
    if isinstance(outcome, SubgraphResponse):
        if outcome.status == 500:
            return "json" not in outcome.headers.get("content-type", "").lower()
        return outcome.status > 500
    match outcome.code:
        case "SUBREQUEST_TIMEOUT":
            return True if had >= _FULL * full else None
        case "SUBREQUEST_TOO_LARGE":
            return False
        case _:
            return True if outcome.sent or outcome.repeatable else None


def _held_back(left: float) -> TransportError:
    message = f"it is held back, since it failed too often; it is asked again in {left:.1f} s"
    return TransportError(message, code="SUBREQUEST_HELD_BACK", sent=False, retry_after=left)
