"""The fetches of a plan.

Enters: a plan. Leaves: its :class:`~router.query_plan.nodes.FetchNode` s in the order in which they are written.
Invariant: every fetch comes once, whichever branch it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    FetchNode,
    ParallelNode,
    PlanNode,
    SequenceNode,
    SubscriptionNode,
)
from router.query_plan.plan import QueryPlan


def fetches_of(plan: QueryPlan) -> tuple[FetchNode, ...]:
    """Return all fetches of a plan, those of untaken branches and deferred parts included."""
    return tuple(_walk(plan.node))


def _walk(node: PlanNode | None) -> Iterator[FetchNode]:
    match node:
        case None:
            return
        case FetchNode():
            yield node
        case SequenceNode(nodes) | ParallelNode(nodes):
            for child in nodes:
                yield from _walk(child)
        case ConditionNode():
            yield from _walk(node.if_clause)
            yield from _walk(node.else_clause)
        case DeferNode():
            yield from _walk(node.primary)
            for deferred in node.deferred:
                yield from _walk(deferred.node)
        case SubscriptionNode():
            yield node.primary
            yield from _walk(node.rest)
        case _:
            assert_never(node)
