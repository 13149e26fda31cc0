"""A step about contexts: fields whose arguments come from an object above them.

Enters: a blueprint. Leaves: what was used. Invariant: a field with such an argument can be reached only through objects
that set its context, so nothing else in the world returns its type.
"""

from __future__ import annotations

from typing import Any

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.monolith_first import reference

_TINTS = ("red", "blue", "grey", None)


def set_context(blueprint: Blueprint) -> str | None:
    """Desks, and often shelves, set a context that the slips on them read."""
    random = blueprint.random
    home = blueprint.other()
    if home is None:
        return None
    setters = [_add_setter(blueprint, home, "Desk", "tint")]
    selection = "{ tint }"
    if random.random() < 0.5:
        setters.append(_add_setter(blueprint, home, "Shelf", "hue"))
        selection = "... on Desk { tint } ... on Shelf { hue }"
    slip = _add_entity(blueprint, home, "Slip")
    _add_marks(blueprint, slip, home, selection)
    if random.random() < 0.4:
        _add_relation(blueprint, slip, FieldPlan("next", "Slip", "Slip", owners=[home]))
    if random.random() < 0.4:
        _add_relation(blueprint, slip, FieldPlan("desk", "Desk", "Desk", owners=[home]))
    for setter in setters:
        kind = random.choice(("Slip", "[Slip]", "[Slip!]!", "[[Slip]]"))
        _add_relation(blueprint, setter, FieldPlan("slips", kind, "Slip", owners=[home]))
        root = FieldPlan(f"{setter.name.lower()}s", f"[{setter.name}]", setter.name, owners=[home])
        blueprint.query.fields[root.name] = root
        blueprint.data["Query"][root.name] = reference(blueprint, root)
    _add_way_in(blueprint, home)
    other = blueprint.other(home)
    if other is not None:
        _spread(blueprint, [*setters, slip], (home, other))
    return "context"


def _add_entity(blueprint: Blueprint, home: str, name: str) -> TypePlan:
    plan = TypePlan(name, "object", keys={home: [("id", True)]})
    plan.fields["id"] = FieldPlan("id", "ID!", "ID", owners=[home], pinned=True)
    blueprint.types[name] = plan
    for number in range(blueprint.random.randint(1, 3)):
        blueprint.pool(name).append({"id": f"{name.lower()}-{number}"})
    return plan


def _add_setter(blueprint: Blueprint, home: str, name: str, field: str) -> TypePlan:
    plan = _add_entity(blueprint, home, name)
    plan.contexts[home] = "place"
    plan.fields[field] = FieldPlan(field, "String", "String", owners=[home], pinned=True)
    for values in blueprint.pool(name):
        values[field] = blueprint.random.choice(_TINTS)
    return plan


def _add_marks(blueprint: Blueprint, slip: TypePlan, home: str, selection: str) -> None:
    given = f'tint: String @fromContext(field: "$place {selection}")'
    slip.fields["mark"] = FieldPlan("mark", "String", "String", f"({given})", owners=[home], pinned=True)
    templates = {"mark": "{id} in {$tint}"}
    if blueprint.random.random() < 0.4:
        arguments = f"({given}, currency: String)"
        slip.fields["price"] = FieldPlan("price", "String", "String", arguments, owners=[home], pinned=True)
        templates["price"] = "{$currency} for {$tint}"
    for values in blueprint.pool("Slip"):
        values.update({name: {"$template": template} for name, template in templates.items()})


def _add_relation(blueprint: Blueprint, plan: TypePlan, item: FieldPlan) -> None:
    item.pinned = True
    plan.fields[item.name] = item
    for values in blueprint.pool(plan.name):
        values[item.name] = reference(blueprint, item)


def _add_way_in(blueprint: Blueprint, home: str) -> None:
    """Let an entity that was there before lead to a desk."""
    before = [
        plan
        for plan in blueprint.entities()
        if plan.name[0] == "T" and any(resolvable for _, resolvable in plan.keys.get(home, ()))
    ]
    if before:
        _add_relation(blueprint, blueprint.random.choice(before), FieldPlan("desk", "Desk", "Desk", owners=[home]))


def _spread(blueprint: Blueprint, plans: list[TypePlan], subgraphs: tuple[str, str]) -> None:
    """Another subgraph has more fields of these types, sometimes the context's own, and a root field."""
    random = blueprint.random
    home, other = subgraphs
    for plan in plans:
        if random.random() < 0.3:
            continue
        blueprint.ensure_entity(plan, other)
        extra = FieldPlan("note", "String", "String", owners=[other])
        plan.fields["note"] = extra
        for values in blueprint.pool(plan.name):
            values["note"] = random.choice(("new", "old", None))
        setting = next((item for name, item in plan.fields.items() if name in ("tint", "hue")), None)
        if setting is not None and random.random() < 0.5:
            setting.owners, setting.external = [other], {home}
        if setting is not None and random.random() < 0.5:
            root = FieldPlan(f"other{plan.name}", plan.name, plan.name, owners=[other])
            blueprint.query.fields[root.name] = root
            value: Any = reference(blueprint, root)
            blueprint.data["Query"][root.name] = value
