"""Held back, and sent again: what becomes of requests to subgraphs that fail. The clock is the test's own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import Any, TypeAlias

import pytest

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.execution.transports.circuit_breaker import BreakerRules
from router.execution.transports.guarded import Clocks, GuardedTransport, GuardRules
from router.execution.transports.http1_connection import ConnectionLost
from router.execution.transports.retrying import RetryBudget, RetryRules, named_wait

Outcome: TypeAlias = int | SubgraphResponse | TransportError

QUERY = SubgraphRequest("users", "http://users.test/graphql", b"{}", (), timeout=30.0)
MUTATION = replace(QUERY, kind="mutation")
LOST = ConnectionLost("lost")
REFUSED = TransportError("refused", sent=False, repeatable=True)
LATE = TransportError("late", code="SUBREQUEST_TIMEOUT")
MALFORMED = TransportError("broke off", code="SUBREQUEST_MALFORMED_RESPONSE")
TOO_LARGE = TransportError("large", code="SUBREQUEST_TOO_LARGE")
OWN_FAULT = TransportError("not a URL", sent=False)
BREAKER = BreakerRules(failure_share=0.5, least_calls=4, window=2.0, hold=1.0, longest_hold=10.0)
NO_RETRIES = GuardRules(breaker=BREAKER, retries=None)
NO_BREAKER = GuardRules(breaker=None, retries=RetryRules(share=0.2, least_per_second=1.0, longest_wait=2.0))
UNIX = 1_700_000_000.0


class World:
    """A clock, and a subgraph that answers with each of some outcomes in turn, then with 200."""

    def __init__(self, rules: GuardRules, outcomes: Sequence[Outcome] = ()) -> None:
        self.now = 1000.0
        self.sent: list[SubgraphRequest] = []
        self.slept: list[float] = []
        self.outcomes = list(outcomes)
        self.takes = 0.0
        self.closed = False
        clocks = Clocks(lambda: self.now, lambda: UNIX + self.now - 1000.0, self.sleep, lambda: 0.5)
        self.guarded = GuardedTransport(self, lambda _: rules, clocks)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.sent.append(request)
        self.now += self.takes
        outcome = self.outcomes.pop(0) if self.outcomes else 200
        if isinstance(outcome, TransportError):
            # One object raised twice would keep the count of the first.
            raised = TransportError(str(outcome), code=outcome.code, sent=outcome.sent, repeatable=outcome.repeatable)
            raised.resends = outcome.resends
            raise raised
        return SubgraphResponse(outcome, {}, b"{}") if isinstance(outcome, int) else outcome

    async def aclose(self) -> None:
        self.closed = True

    async def ask(self, request: SubgraphRequest = QUERY) -> Any:
        """The status of the answer, or the code of the error."""
        try:
            return (await self.guarded.send(request)).status
        except TransportError as error:
            return error.code

    async def open(self) -> None:
        """Fail until the subgraph is held back."""
        self.outcomes = [LATE] * 4
        for _ in range(4):
            await self.ask()
        assert self.state == "open"
        self.sent.clear()

    @property
    def state(self) -> str:
        breaker = self.guarded.guards["users"].breaker
        assert breaker is not None
        return breaker.state


def refusal(status: int, after: str) -> SubgraphResponse:
    return SubgraphResponse(status, {"retry-after": after}, b"")


class TestBreaker:
    """A subgraph that fails too often is left alone."""

    async def test_what_is_held_back_is_an_error_that_says_for_how_long(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        world.now += 0.25
        with pytest.raises(TransportError) as caught:
            await world.guarded.send(QUERY)
        assert (caught.value.code, caught.value.sent) == ("SUBREQUEST_HELD_BACK", False)
        assert caught.value.retry_after == pytest.approx(0.75)
        assert "0.8 s" in str(caught.value)
        assert world.sent == []
        assert world.guarded.guards["users"].held_back == 1

    async def test_others_are_asked_meanwhile(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        assert await world.ask(replace(QUERY, subgraph="courses")) == 200

    async def test_one_good_probe_closes_it(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        world.now += 1.0
        assert [await world.ask() for _ in range(3)] == [200] * 3
        assert world.state == "closed"

    async def test_while_a_probe_is_under_way_nothing_else_goes_through(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        world.now += 1.0
        answered = asyncio.Event()
        sends = world.send

        async def wait(request: SubgraphRequest) -> SubgraphResponse:
            response = await sends(request)
            await answered.wait()
            return response

        world.guarded.inner.send = wait  # type: ignore[method-assign]
        probe = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        assert world.state == "half_open"
        assert [await world.ask() for _ in range(5)] == ["SUBREQUEST_HELD_BACK"] * 5
        answered.set()
        assert await probe == 200
        assert len(world.sent) == 1

    async def test_a_bad_probe_holds_back_for_longer(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        world.now += 1.0
        world.outcomes = [LATE]
        assert await world.ask() == "SUBREQUEST_TIMEOUT"
        world.now += 1.9
        assert await world.ask() == "SUBREQUEST_HELD_BACK"
        world.now += 0.1
        assert await world.ask() == 200

    async def test_a_probe_whose_client_went_away_says_nothing(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        world.now += 1.0
        never, sends = asyncio.Event(), world.send

        async def wait(request: SubgraphRequest) -> SubgraphResponse:
            await never.wait()
            return await sends(request)

        world.guarded.inner.send = wait  # type: ignore[method-assign]
        probe = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        assert world.state == "open"
        world.guarded.inner.send = sends  # type: ignore[method-assign]
        assert await world.ask() == 200

    async def test_calls_from_before_it_opened_say_nothing_after_it_closed(self) -> None:
        """A subgraph that hung has many calls under way, which run into their time-outs one after another."""
        world = World(NO_RETRIES)
        late = asyncio.Event()
        sends = world.send

        async def hang(request: SubgraphRequest) -> SubgraphResponse:
            await late.wait()
            return await sends(request)

        world.guarded.inner.send = hang  # type: ignore[method-assign]
        hanging = [asyncio.create_task(world.ask()) for _ in range(20)]
        await asyncio.sleep(0)
        world.guarded.inner.send = sends  # type: ignore[method-assign]
        await world.open()
        world.now += 1.0
        assert await world.ask() == 200
        world.outcomes = [LATE] * 20
        late.set()
        assert await asyncio.gather(*hanging) == ["SUBREQUEST_TIMEOUT"] * 20
        assert world.state == "closed"

    @pytest.mark.parametrize(
        ("outcome", "opens"),
        [
            (LOST, True),
            (REFUSED, True),
            (LATE, True),
            (MALFORMED, True),
            (500, True),
            (502, True),
            (503, True),
            (504, True),
            (SubgraphResponse(500, {"content-type": "text/html"}, b""), True),
            (SubgraphResponse(503, {"content-type": "application/json"}, b""), True),
            (SubgraphResponse(500, {"content-type": "application/graphql-response+json"}, b""), False),
            (400, False),
            (401, False),
            (429, False),
            (TOO_LARGE, False),
            (OWN_FAULT, False),
        ],
    )
    async def test_what_counts_as_a_failure(self, outcome: Outcome, opens: bool) -> None:
        world = World(NO_RETRIES, [outcome] * 20)
        for _ in range(20):
            await world.ask()
        assert world.state == ("open" if opens else "closed")

    async def test_answers_count_beside_failures(self) -> None:
        world = World(NO_RETRIES)
        for _ in range(100):
            await world.ask()
        world.outcomes = [LATE] * 99
        for _ in range(99):
            await world.ask()
        assert world.state == "closed"
        world.outcomes = [LATE]
        await world.ask()
        assert world.state == "open"

    async def test_answers_to_calls_from_before_it_opened_do_not_count_either(self) -> None:
        world = World(NO_RETRIES)
        late, sends = asyncio.Event(), world.send

        async def hang(request: SubgraphRequest) -> SubgraphResponse:
            await late.wait()
            return await sends(request)

        world.guarded.inner.send = hang  # type: ignore[method-assign]
        hanging = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        world.guarded.inner.send = sends  # type: ignore[method-assign]
        await world.open()
        world.now += 1.0
        assert await world.ask() == 200
        late.set()
        assert await hanging == 200
        breaker = world.guarded.guards["users"].breaker
        assert breaker is not None
        assert breaker.calls == 0

    async def test_of_two_probes_the_first_that_ends_well_decides(self) -> None:
        world = World(NO_RETRIES)
        await world.open()
        world.now += 1.0
        late, sends = asyncio.Event(), world.send

        async def hang(request: SubgraphRequest) -> SubgraphResponse:
            await late.wait()
            return await sends(request)

        world.guarded.inner.send = hang  # type: ignore[method-assign]
        first = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        world.guarded.inner.send = sends  # type: ignore[method-assign]
        world.now += 1.0
        assert await world.ask() == 200
        world.outcomes = [LATE]
        late.set()
        assert await first == "SUBREQUEST_TIMEOUT"
        assert world.state == "closed"

    async def test_a_time_out_that_the_clients_own_deadline_cut_short_is_no_failure(self) -> None:
        world = World(NO_RETRIES, [LATE] * 20)
        for _ in range(20):
            await world.ask(replace(QUERY, timeout=3.0))
        assert world.state == "closed"

    async def test_a_subgraph_that_names_a_time_is_left_alone_for_it(self) -> None:
        world = World(NO_RETRIES, [refusal(503, "7")] * 4)
        for _ in range(4):
            await world.ask()
        world.now += 6.9
        assert await world.ask() == "SUBREQUEST_HELD_BACK"
        world.now += 0.1
        assert await world.ask() == 200

    async def test_changes_are_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "router.subgraph")
        world = World(NO_RETRIES)
        await world.open()
        for _ in range(3):
            await world.ask()
            world.now += 0.1
        world.outcomes = [LATE]
        world.now += 1.0
        await world.ask()
        world.now += 2.0
        await world.ask()
        await world.open()
        world.now += 1.0
        await world.ask()
        assert [record.getMessage() for record in caplog.records] == [
            "Subgraph users is held back for 1.0 s, since 4 of its last 4 calls failed; then it is tried.",
            "Subgraph users answers again after 3.3 s; 3 requests were held back.",
            "Subgraph users is held back for 1.0 s, since 4 of its last 4 calls failed; then it is tried.",
            "Subgraph users answers again after 1.0 s; 0 requests were held back.",
        ]

    async def test_without_a_breaker_everything_is_sent(self) -> None:
        world = World(GuardRules(breaker=None, retries=None), [LATE] * 100)
        for _ in range(100):
            await world.ask()
        assert len(world.sent) == 100


class TestRetries:
    """A query that a subgraph couldn't take is sent once more."""

    @pytest.mark.parametrize("outcome", [LOST, REFUSED, 502, 503, refusal(503, "1"), refusal(429, "1")])
    async def test_a_query_is_sent_once_more(self, outcome: Outcome) -> None:
        world = World(NO_BREAKER, [outcome])
        response = await world.guarded.send(QUERY)
        assert (response.status, response.resends, len(world.sent)) == (200, 1, 2)
        assert [request.resends for request in world.sent] == [0, 1]
        assert world.guarded.guards["users"].retries == 1

    @pytest.mark.parametrize("outcome", [LOST, REFUSED, 502, 503, refusal(503, "1"), refusal(429, "1")])
    async def test_a_mutation_never_is(self, outcome: Outcome) -> None:
        world = World(NO_BREAKER, [outcome])
        assert await world.ask(MUTATION) != 200
        assert len(world.sent) == 1

    @pytest.mark.parametrize(
        "outcome", [LATE, MALFORMED, TOO_LARGE, OWN_FAULT, 400, 429, 500, 504, refusal(500, "1"), refusal(429, "soon")]
    )
    async def test_what_would_not_go_better_is_not_sent_again(self, outcome: Outcome) -> None:
        world = World(NO_BREAKER, [outcome])
        assert await world.ask() != 200
        assert len(world.sent) == 1

    async def test_at_most_once(self) -> None:
        world = World(NO_BREAKER, [REFUSED] * 5)
        with pytest.raises(TransportError) as caught:
            await world.guarded.send(QUERY)
        assert (caught.value.resends, len(world.sent)) == (1, 2)

    async def test_what_the_connection_sent_again_itself_is_not_sent_a_third_time(self) -> None:
        error = ConnectionLost("lost")
        error.resends = 1
        world = World(NO_BREAKER, [error])
        assert await world.ask() == "SUBREQUEST_HTTP_ERROR"
        assert len(world.sent) == 1

    @pytest.mark.parametrize(
        ("after", "slept"),
        [("0", 0.06), ("1", 1.05), ("2", 2.1), (formatdate(UNIX + 2, usegmt=True), 2.1), (formatdate(UNIX - 9), 0.06)],
    )
    async def test_the_time_that_is_named_passes_first(self, after: str, slept: float) -> None:
        world = World(NO_BREAKER, [refusal(503, after)])
        assert await world.ask() == 200
        assert world.slept == [pytest.approx(slept)]

    @pytest.mark.parametrize("after", ["3", "86400", "9" * 5000, formatdate(UNIX + 60, usegmt=True)])
    async def test_too_long_a_time_is_not_waited_for(self, after: str) -> None:
        world = World(NO_BREAKER, [refusal(429, after)])
        assert await world.ask() == 429
        assert (world.slept, len(world.sent)) == ([], 1)

    async def test_never_beyond_the_operations_time(self) -> None:
        world = World(NO_BREAKER, [refusal(503, "1")])
        world.takes = 0.6
        assert await world.ask(replace(QUERY, timeout=1.5)) == 503
        assert (world.slept, len(world.sent)) == ([], 1)

    async def test_the_second_try_has_the_time_that_is_left(self) -> None:
        world = World(NO_BREAKER, [refusal(503, "1")])
        world.takes = 0.5
        assert await world.ask(replace(QUERY, timeout=5.0)) == 200
        assert world.sent[1].timeout == pytest.approx(5.0 - 0.5 - 1.05)

    async def test_retries_stay_within_their_budget(self) -> None:
        world = World(NO_BREAKER)
        for _ in range(1000):
            world.outcomes = [502, 502]
            await world.ask()
        guard = world.guarded.guards["users"]
        # A fifth of the requests, and those that a second's worth of time allows (the waits are short).
        allowed = 0.2 * 1000 + 1 + sum(world.slept)
        assert allowed - 2 <= guard.retries <= allowed
        assert guard.over_budget == 1000 - guard.retries
        assert len(world.sent) == 1000 + guard.retries

    async def test_nothing_is_sent_again_once_the_subgraph_is_held_back(self) -> None:
        world = World(GuardRules(breaker=BREAKER), [REFUSED] * 100)
        for _ in range(10):
            await world.ask()
        assert world.state == "open"
        assert len(world.sent) == 4

    async def test_who_waits_while_the_subgraph_is_held_back_sends_nothing_more(self) -> None:
        world = World(GuardRules(breaker=BREAKER, retries=NO_BREAKER.retries), [refusal(503, "1")])
        may_go = asyncio.Event()

        async def sleep(seconds: float) -> None:
            await may_go.wait()

        world.guarded._clocks = replace(world.guarded._clocks, sleep=sleep)
        waiting = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        world.outcomes = [LATE] * 3
        for _ in range(3):
            await world.ask()
        assert world.state == "open"
        may_go.set()
        assert await waiting == 503
        assert len(world.sent) == 4

    async def test_both_tries_count_for_the_breaker(self) -> None:
        for outcomes, calls, failures in (([502], 2, 1), ([502, 502], 2, 2), ([REFUSED, LATE], 2, 2)):
            world = World(GuardRules(breaker=BREAKER), outcomes)
            await world.ask()
            breaker = world.guarded.guards["users"].breaker
            assert breaker is not None
            assert (breaker.calls, breaker.failures) == (calls, failures)

    async def test_a_client_that_goes_away_while_waiting_leaves_nothing_behind(self) -> None:
        world = World(NO_BREAKER, [refusal(503, "1")])
        sleeping = asyncio.Event()

        async def sleep(seconds: float) -> None:
            sleeping.set()
            await asyncio.Event().wait()

        world.guarded._clocks = replace(world.guarded._clocks, sleep=sleep)
        call = asyncio.create_task(world.guarded.send(QUERY))
        await sleeping.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(world.sent) == 1


class TestBudget:
    """A bound on retries, whatever happens."""

    def test_a_quiet_router_may_retry(self) -> None:
        budget = RetryBudget(RetryRules(least_per_second=2.0), 0.0)
        assert [budget.spend(0.0) for _ in range(3)] == [True, True, False]
        assert budget.spend(0.5)

    def test_little_is_saved_up(self) -> None:
        budget = RetryBudget(RetryRules(least_per_second=2.0), 0.0)
        for _ in range(100_000):
            budget.earn()
        assert sum(budget.spend(3600.0) for _ in range(1000)) == 20

    def test_none_at_all(self) -> None:
        budget = RetryBudget(RetryRules(share=0.0, least_per_second=0.0), 0.0)
        assert [budget.spend(float(second)) for second in range(5)] == [False] * 5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("-5", None),
        ("5.5", None),
        ("\u0665", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 - UNIX),
        ("Fri, 32 Dec 2023 23:59:59 GMT", None),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
        ("Sun Nov  6 08:49:37 1994", 0.0),
        ("Tue Nov 14 22:13:25 2023", 5.0),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "XST+11"])
def test_how_a_time_is_named(text: str, seconds: float | None, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert named_wait(refusal(503, text), UNIX) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_it_opens_and_closes_what_it_stands_before() -> None:
    world = World(GuardRules())
    async with world.guarded:
        assert not world.closed
    assert world.closed
