"""The circuit breaker by itself: when it opens, for how long it holds back, and what closes it."""

from __future__ import annotations

import random

import pytest

from router.execution.transports.circuit_breaker import BreakerRules, CircuitBreaker

RULES = BreakerRules(failure_share=0.5, least_calls=10, window=2.0, hold=1.0, longest_hold=5.0)


def opened(now: float = 100.0, rules: BreakerRules = RULES) -> CircuitBreaker:
    breaker = CircuitBreaker(rules)
    for _ in range(rules.least_calls):
        breaker.failed(now)
    assert breaker.state == "open"
    return breaker


def test_few_calls_open_nothing() -> None:
    breaker = CircuitBreaker(RULES)
    assert [breaker.failed(100.0) for _ in range(9)] == [False] * 9
    assert breaker.failed(100.0)
    assert breaker.state == "open"


@pytest.mark.parametrize(("good", "bad", "opens"), [(50, 49, False), (50, 50, True), (1000, 10, False)])
def test_a_share_of_the_calls_must_have_failed(good: int, bad: int, opens: bool) -> None:
    breaker = CircuitBreaker(RULES)
    for _ in range(good):
        breaker.succeeded(100.0)
    results = [breaker.failed(100.1) for _ in range(bad)]
    assert results == [False] * (bad - 1) + [opens]


def test_what_is_older_than_the_window_is_forgotten() -> None:
    breaker = CircuitBreaker(RULES)
    for _ in range(9):
        breaker.failed(100.0)
    assert not breaker.failed(102.1)
    assert (breaker.calls, breaker.failures) == (1, 1)
    breaker.succeeded(500.0)
    assert (breaker.calls, breaker.failures) == (1, 0)


def test_a_subgraph_that_fails_from_one_moment_on_is_held_back_within_two_seconds() -> None:
    breaker = CircuitBreaker(BreakerRules())
    for step in range(10_000):
        breaker.succeeded(100 + step / 100)
    assert next(step / 100 for step in range(1, 1000) if breaker.failed(200 + step / 100)) <= 2.0


def test_the_window_counts_what_a_list_of_moments_would() -> None:
    draw = random.Random(11)
    rules = BreakerRules(failure_share=1.0, least_calls=10**6, window=2.0)
    breaker, moments, now = CircuitBreaker(rules), [], 50.0
    for _ in range(3000):
        now += draw.choice([0.0, 0.001, 0.05, 0.3, 1.0, 9.0])
        failed = draw.random() < 0.4
        (breaker.failed if failed else breaker.succeeded)(now)
        moments.append((int(now / 0.2), failed))
        alive = [item for item in moments if item[0] > int(now / 0.2) - 10]
        assert (breaker.calls, breaker.failures) == (len(alive), sum(failed for _, failed in alive))


def test_one_probe_after_the_time() -> None:
    breaker = opened()
    assert breaker.wait(100.4) == pytest.approx(0.6)
    assert breaker.wait(101.0) == 0.0
    assert breaker.state == "half_open"
    assert breaker.wait(101.0) == pytest.approx(1.0)
    breaker.probe_succeeded()
    assert breaker.state == "closed"
    assert (breaker.calls, breaker.failures) == (0, 0)


def test_each_probe_that_fails_doubles_the_time_up_to_a_bound() -> None:
    breaker, now, waits = opened(), 100.0, []
    for _ in range(5):
        now = breaker.until
        assert breaker.wait(now) == 0.0
        breaker.probe_failed(now)
        waits.append(breaker.until - now)
    assert waits == [2.0, 4.0, 5.0, 5.0, 5.0]
    breaker.probe_succeeded()
    for _ in range(10):
        breaker.failed(now)
    assert breaker.until - now == 1.0


def test_a_probe_that_never_ends_holds_nobody_back_for_ever() -> None:
    breaker = opened()
    assert breaker.wait(101.0) == 0.0
    assert breaker.wait(101.9) > 0
    assert breaker.wait(102.0) == 0.0


def test_a_probe_that_says_nothing_leaves_its_place_to_the_next() -> None:
    breaker = opened()
    breaker.wait(101.0)
    breaker.probe_ended(101.2)
    assert breaker.state == "open"
    assert breaker.wait(101.2) == 0.0


@pytest.mark.parametrize(("named", "held"), [(0.0, 1.0), (3.0, 3.0), (3600.0, 5.0)])
def test_the_subgraphs_own_wish_counts_up_to_the_bound(named: float, held: float) -> None:
    breaker = CircuitBreaker(RULES)
    for _ in range(10):
        breaker.failed(100.0, named)
    assert breaker.until == 100.0 + held


def test_the_era_tells_states_apart() -> None:
    breaker = CircuitBreaker(RULES)
    eras = [breaker.era]
    for _ in range(10):
        breaker.failed(100.0)
    eras.append(breaker.era)
    breaker.wait(101.0)
    breaker.probe_succeeded()
    eras.append(breaker.era)
    assert eras == [0, 1, 2]
