"""A step about subscriptions: fields whose events are objects of the world.

Enters: a blueprint. Leaves: what was used. Invariant: a subscription's events come from one subgraph.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan
from router.verification.generate.monolith_first import reference


def subscribe(blueprint: Blueprint) -> str | None:
    """One or two subscription fields, in any subgraph that knows their type."""
    random = blueprint.random
    events: dict[str, object] = {}
    for number in range(random.randint(1, 2)):
        plan = random.choice(blueprint.of_kind("object", "interface", "union"))
        whole = [name for name in plan.members if not blueprint.is_partial(plan, name)]
        choices = whole if plan.members else [*plan.keys]
        if plan.name in ("Shape", "Figure", "Slip", "Link", "Holder") or not choices:
            continue
        wrapper = random.choice(("{}", "[{}]"))
        home = random.choice(choices)
        item = FieldPlan(f"on{number}", wrapper.format(plan.name), plan.name, owners=[home], pinned=True)
        blueprint.subscription.fields[item.name] = item
        found: list[object] = [reference(blueprint, item) for _ in range(random.randint(1, 3))]
        if random.random() < 0.2:
            found.append({"$error": "no event"})
        events[item.name] = {"$events": found}
    if not events:
        return None
    blueprint.data["Subscription"] = events
    return "subscription"
