"""The differences that docs/planning.md lists, as far as a run can tell them from its two plans.

Enters: a :class:`Comparison`. Leaves: the heading that lists the difference, or ``None``. Invariant: every heading that
stands here stands on the page, which a test checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.differential.planning.comparison import Comparison, measure, primary_of


def _asks_in_vain(comparison: Comparison) -> bool:
    return bool(comparison.unanswerable) and not comparison.problems


def _leaves_out(comparison: Comparison) -> bool:
    ours, theirs = comparison.ours, comparison.theirs
    if not comparison.empty or comparison.problems or ours is None or theirs is None:
        return False
    return comparison.executed and theirs.fetches < ours.fetches


def _defers_keys(comparison: Comparison) -> bool:
    if not comparison.operation.deferred or comparison.problems or len(comparison.plans) < 2:
        return False
    ours, theirs = (measure(primary_of(comparison.plans[name])) for name in ("ours", "reference"))
    return ours.fetches <= theirs.fetches and ours.requests <= theirs.requests


#: A heading of the page, and how to recognise what it lists.
LISTED: Mapping[str, Callable[[Comparison], bool]] = {
    "The reference asks what a subgraph can't answer": _asks_in_vain,
    "A field of which everything is skipped": _leaves_out,
    "What only a deferred part needs comes with it": _defers_keys,
}


def heading_of(comparison: Comparison) -> str | None:
    """Return the heading that lists a difference."""
    return next((heading for heading, recognises in LISTED.items() if recognises(comparison)), None)
