"""Whether a request is sent again, and when.

Enters: how it ended, and when. Leaves: seconds to wait, or no. Invariant: over any longer time the retries are at most
a share of the requests, besides a few a second; a time that a subgraph names (RFC 9110, section 10.2.3) is obeyed, or
nothing is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError

#: Seconds before a retry for which no time is named: somewhere in between, so that not all come back at once.
_SHORTEST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.1
#: By how much of it a named time is exceeded at most, for the same reason.
_SPREAD: Final = 0.1
#: Seconds for which retries can be saved up.
_SAVED: Final = 10.0
#: Statuses that tell that something before the subgraph, or its load, is why there is no answer.
_FOR_NOW: Final = frozenset({502, 503})
_NAMES_TIME: Final = frozenset({429, 503})
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class RetryRules:
    """At most ``share`` of the requests are sent again, besides ``least_per_second``.

    A subgraph that names a time is asked again after it, unless it is longer than ``longest_wait`` (seconds).
    """

    share: float = 0.2
    least_per_second: float = 10.0
    longest_wait: float = 2.0


class RetryBudget:
    """What one subgraph's retries may spend: each request earns a part of a retry, each second a few whole ones."""

    __slots__ = ("_capacity", "_left", "_rules", "_since")

    def __init__(self, rules: RetryRules, now: float) -> None:
        self._rules = rules
        self._since = now
        self._left = rules.least_per_second
        self._capacity = max(1.0, rules.least_per_second * _SAVED)

    def earn(self) -> None:
        """Count a request."""
        if self._left < self._capacity:
            self._left += self._rules.share

    def spend(self, now: float) -> bool:
        """Take one retry, if there is one."""
        earned = (now - self._since) * self._rules.least_per_second
        self._since = now
        self._left = min(self._capacity, self._left + earned)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def wait_before_retry(
    request: SubgraphRequest,
    outcome: SubgraphResponse | TransportError,
    rules: RetryRules,
    wall_clock: float,
    chance: float,
) -> float | None:
    """Return the seconds to wait before the request is sent again; ``None`` where it isn't.

    Only a query that was sent once is. ``wall_clock`` is Unix time; ``chance`` from 0 to 1 spreads the retries.
    """
    if request.kind != "query" or request.resends or outcome.resends:
        return None
    pause = _SHORTEST_PAUSE + (_LONGEST_PAUSE - _SHORTEST_PAUSE) * chance
    if isinstance(outcome, TransportError):
        return pause if outcome.repeatable else None
    named = named_wait(outcome, wall_clock)
    if named is None:
        return pause if outcome.status in _FOR_NOW else None
    return None if named > rules.longest_wait else max(pause, named * (1 + _SPREAD * chance))


def named_wait(response: SubgraphResponse, wall_clock: float) -> float | None:
    """Return the seconds that a refusal (429, 503) asks to wait; ``None`` where it doesn't say, or not properly."""
    if response.status not in _NAMES_TIME:
        return None
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:_MOST_DIGITS])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    # Without a zone it is in UTC: the specification allows no other.
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - wall_clock)
