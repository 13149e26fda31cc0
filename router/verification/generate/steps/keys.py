"""Steps about the keys of entities: another one, and one that isn't resolved.

Enters: a blueprint. Leaves: what was used, ``None`` where no entity lent itself. Invariant: a key's values tell the
objects of a type apart.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan
from router.verification.generate.monolith_first import reference


def second_key(blueprint: Blueprint) -> str | None:
    """Another key; some subgraphs know only that one, so that the way leads over a subgraph that knows both."""
    random = blueprint.random
    plan = random.choice(blueprint.entities())
    if "code" in plan.fields:
        return None
    home = next(iter(plan.keys))
    compound = random.random() < 0.4 and home not in blueprint.federation_1
    plan.fields["code"] = FieldPlan("code", "String!", "String", owners=[home], pinned=True)
    for number, values in enumerate(blueprint.pool(plan.name)):
        values["code"] = f"c{number}"
    text = "code"
    if random.random() < 0.2 and home not in blueprint.federation_1:
        plan.fields["code"].inaccessible = True
        blueprint.used.add("inaccessible key")
    if compound:
        plan.fields["issue"] = FieldPlan("issue", "Int!", "Int", owners=[home], pinned=True)
        text = "code issue"
        for number, values in enumerate(blueprint.pool(plan.name)):
            values["issue"] = number
    plan.keys[home] = [*plan.keys[home], (text, True)]
    target = next((name for name in blueprint.subgraphs if name not in plan.keys), None)
    if target is not None:
        plan.keys[target] = [(text, True)]
        blueprint.declare_key(plan, text, target)
        number = len(plan.fields)
        extra = FieldPlan(f"k{number}", "String", "String", owners=[target])
        plan.fields[extra.name] = extra
        for values in blueprint.pool(plan.name):
            values[extra.name] = random.choice(("near", "far", None))
    return "compound key" if compound else "several keys"


def reference_only(blueprint: Blueprint) -> str | None:
    """A subgraph only refers to an entity, by a key that it doesn't resolve."""
    random = blueprint.random
    plan = random.choice(blueprint.entities())
    target = blueprint.other(*plan.keys)
    if target is None:
        return None
    blueprint.ensure_entity(plan, target, resolvable=False)
    root = FieldPlan(f"refer{plan.name}", plan.name, plan.name, owners=[target])
    blueprint.query.fields[root.name] = root
    blueprint.data["Query"][root.name] = reference(blueprint, root)
    return "resolvable: false"
