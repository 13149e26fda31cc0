"""A whole query plan: what planning leaves and execution enters."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.query_plan.nodes import PlanNode
from router.query_plan.text import print_plan


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A plan. ``node`` is ``None`` where nothing has to be fetched (introspection, ``__typename``).

    ``str(plan)`` is the text form.
    """

    node: PlanNode | None
    metadata: dict[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return print_plan(self.node)
