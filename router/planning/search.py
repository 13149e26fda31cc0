"""What all parts of a search share: spots and prices, and its bounds.

Enters: questions by what they depend on, and how to solve them. Leaves: their alternatives, remembered. Invariant: each
question is solved once, all work counts against a budget, and a result that leans on a question which is still open
isn't kept, since it may be better once that is solved.
"""

from __future__ import annotations

from collections.abc import Callable

from router.errors import PlanningBudgetExceeded
from router.planning.alternatives import Alternative, Costs
from router.planning.places import Arrivals
from router.planning.single_subgraph import SingleSubgraph
from router.planning.spots import Spots


class Search:
    """One a planned operation. ``budget`` is in paths looked at; ``should_stop`` tells whether time is up.

    ``alone`` knows what single subgraphs answer; ``failed`` is the first coordinate that nobody could answer.
    """

    def __init__(
        self, spots: Spots, labels: frozenset[str], budget: int, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.spots = spots
        self.costs = Costs(len(spots.subgraphs))
        self.alone = SingleSubgraph(spots, labels, self.spend)
        self.failed: str | None = None
        #: The arrivals of the operation's own root, from which no other root is entered.
        self.root_arrivals: Arrivals = ()
        self.spent = 0
        self._budget = budget
        self._should_stop = should_stop
        self._memo: dict[object, list[Alternative]] = {}
        self._open: dict[object, int] = {}
        self._lowest = 1 << 30

    def remember(self, key: object, solve: Callable[[], list[Alternative]]) -> list[Alternative]:
        """Return a remembered result, or find it. A question that is asked within itself has no answer there."""
        found = self._memo.get(key)
        if found is not None:
            return found
        depth = self._open.get(key)
        if depth is not None:
            self._lowest = min(self._lowest, depth)
            return []
        self.spend(1)
        depth = self._open[key] = len(self._open)
        try:
            found = solve()
        finally:
            del self._open[key]
        if self._lowest >= depth:  # otherwise the result leans on a question that is still open
            self._lowest = 1 << 30
            self._memo[key] = found
        return found

    def spend(self, amount: int) -> None:
        """Count work against the budget; ask the deadline now and then."""
        before, self.spent = self.spent, self.spent + amount
        if self.spent > self._budget:
            raise PlanningBudgetExceeded(f"Planning would look at more than {self._budget} paths.")
        if self._should_stop is not None and before >> 6 != self.spent >> 6 and self._should_stop():
            raise PlanningBudgetExceeded("Planning took longer than allowed.")
