"""Override labels of which something is known.

Enters: labels that are assumed on or off. Leaves: whether a move that depends on one surely exists.
"""

from __future__ import annotations

from typing import NamedTuple

from router.supergraph.views import OverrideCondition


class Labels(NamedTuple):
    """Override labels that are known to be on, and to be off; ``off`` is ``None`` where all others are off."""

    on: frozenset[str] = frozenset()
    off: frozenset[str] | None = None

    def meet(self, condition: OverrideCondition | None) -> bool:
        """Tell whether a move with this condition surely exists."""
        if condition is None:
            return True
        if condition.active:
            return condition.label in self.on
        return condition.label not in self.on if self.off is None else condition.label in self.off

    def assume(self, label: str, active: bool) -> Labels:
        """Return these labels with one more known."""
        if active:
            return Labels(self.on | {label}, self.off)
        return Labels(self.on, None if self.off is None else self.off | {label})

    def knows(self, label: str) -> bool:
        """Tell whether it is settled if ``label`` is on."""
        return label in self.on or self.off is None or label in self.off
