"""When a subgraph is asked, and when it is left alone: a circuit breaker.

Closed, it counts calls and failures of the last moments. Where too many failed it opens: nothing is asked for a while.
Then one call may go through, a probe (half open). If it succeeds the breaker closes; if not, it stays open for twice as
long, up to a bound.

Enters: the time of each call and how it ended. Leaves: whether to call. Invariant: while it is open at most one call
for each time of holding back goes through, and what began before a change of state says nothing about the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

State: TypeAlias = Literal["closed", "open", "half_open"]
STATES: Final[tuple[State, ...]] = ("closed", "open", "half_open")

#: Into how many parts the window is cut; the oldest is dropped as a whole.
_SLOTS: Final = 10


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """It opens where at least ``failure_share`` of the calls that ended within ``window`` failed, and these were at
    least ``least_calls``. It holds back for ``hold``, which doubles with each probe that fails up to ``longest_hold``.
    Times in seconds.
    """

    failure_share: float = 0.6
    least_calls: int = 20
    window: float = 2.0
    hold: float = 1.0
    longest_hold: float = 10.0


class CircuitBreaker:
    """One subgraph's. ``now`` is on any clock that never goes back; ``era`` counts the changes of state."""

    __slots__ = (
        "_calls",
        "_failures",
        "_hold",
        "_rules",
        "_seconds",
        "_slot",
        "calls",
        "era",
        "failures",
        "since",
        "state",
        "until",
    )

    def __init__(self, rules: BreakerRules) -> None:
        self._rules = rules
        self._seconds = rules.window / _SLOTS
        self._hold = 0.0
        self.state: State = "closed"
        self.era = 0
        #: When it opened, and until when it holds back.
        self.since = self.until = 0.0
        self._close()

    def succeeded(self, now: float) -> None:
        """Count a call that ended well while the breaker was closed."""
        slot = int(now / self._seconds)
        if slot != self._slot:
            self._turn(slot)
        self._calls[slot % _SLOTS] += 1
        self.calls += 1

    def failed(self, now: float, hold: float = 0.0) -> bool:
        """Count a call that failed while the breaker was closed; return whether it opened.

        ``hold`` is how long the subgraph itself asks to be left alone; it counts up to the bound.
        """
        self.succeeded(now)
        self._failures[self._slot % _SLOTS] += 1
        self.failures += 1
        rules = self._rules
        if self.calls < rules.least_calls or self.failures < rules.failure_share * self.calls:
            return False
        self.state = "open"
        self.era += 1
        self.since = now
        self._hold_back(now, hold)
        return True

    def wait(self, now: float) -> float:
        """How many seconds the breaker holds back yet. Where there are none, the caller is the probe."""
        if now < self.until:
            return self.until - now
        # A probe that never ends must not hold back for ever: after the time for one comes another.
        self.state = "half_open"
        self.until = now + self._hold
        return 0.0

    def probe_succeeded(self) -> None:
        """Close."""
        self.state = "closed"
        self.era += 1
        self._close()

    def probe_failed(self, now: float, hold: float = 0.0) -> None:
        """Hold back again, for longer; ``hold`` as for :meth:`failed`."""
        self.state = "open"
        self._hold = min(2 * self._hold, self._rules.longest_hold)
        self._hold_back(now, hold)

    def probe_ended(self, now: float) -> None:
        """Let another call be the probe: this one ended in a way that says nothing of the subgraph."""
        self.state = "open"
        self.until = now

    def _hold_back(self, now: float, hold: float) -> None:
        self.until = now + max(self._hold, min(hold, self._rules.longest_hold))

    def _close(self) -> None:
        self._hold = min(self._rules.hold, self._rules.longest_hold)
        self._calls = [0] * _SLOTS
        self._failures = [0] * _SLOTS
        self._slot = 0
        self.calls = self.failures = 0

    def _turn(self, slot: int) -> None:
        """Drop the parts of the window that are over."""
        for number in range(max(self._slot, slot - _SLOTS) + 1, slot + 1):
            place = number % _SLOTS
            self.calls -= self._calls[place]
            self.failures -= self._failures[place]
            self._calls[place] = self._failures[place] = 0
        self._slot = slot
