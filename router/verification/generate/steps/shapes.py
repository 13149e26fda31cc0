"""A step about abstract types whose members are no entities: an interface and a union of value types.

Enters: a blueprint. Leaves: what was used. Invariant: whoever resolves a shared field of such a type knows all that it
can be; what a subgraph doesn't know of a member comes from another that resolves the same field.
"""

from __future__ import annotations

from typing import Any

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.monolith_first import reference


def add_shapes(blueprint: Blueprint) -> str | None:
    """An entity has a shape (round or flat), and often figures, of which some are entities."""
    random = blueprint.random
    homes = [name for name in blueprint.subgraphs if name[0] == "s" and name not in blueprint.federation_1]
    plans = [plan for plan in blueprint.entities() if plan.name[0] == "T"]
    if not homes:
        return None
    random.shuffle(homes)
    plan, inner = random.choice(plans), random.choice(plans)
    owners = homes[: random.randint(1, 2)]
    for owner in owners:
        blueprint.ensure_entity(plan, owner)
        blueprint.ensure_entity(inner, owner)
    _add_types(blueprint, owners, inner)
    wrapper = random.choice(("{}", "{}", "[{}!]", "[{}]!", "[[{}]]"))
    _add_field(blueprint, plan, FieldPlan("shape", wrapper.format("Shape"), "Shape", owners=owners, pinned=True))
    if random.random() < 0.6:
        figures = FieldPlan("figures", random.choice(("[Figure]", "Figure")), "Figure", owners=owners, pinned=True)
        members = ["Round", "Flat", inner.name]
        blueprint.types["Figure"] = TypePlan("Figure", "union", members=dict.fromkeys(owners, members))
        _add_field(blueprint, plan, figures)
    if len(homes) > len(owners) and random.random() < 0.7:
        _require(blueprint, plan, homes[len(owners)])
    return "abstract value types, shared" if len(owners) > 1 else "abstract value types"


def _add_types(blueprint: Blueprint, owners: list[str], inner: TypePlan) -> None:
    random = blueprint.random
    shape = TypePlan("Shape", "interface", members={owner: ["Round", "Flat"] for owner in owners})
    shape.fields["area"] = FieldPlan("area", "Int", "Int", owners=list(owners), pinned=True)
    round_, flat = TypePlan("Round", "value"), TypePlan("Flat", "value")
    for plan in (round_, flat):
        plan.fields["area"] = FieldPlan("area", random.choice(("Int", "Int!")), "Int", owners=list(owners), pinned=True)
        # One response name, another type in each member.
        core = "String" if plan is round_ else "Int"
        plan.fields["name"] = FieldPlan("name", core, core, owners=[random.choice(owners)], pinned=True)
    round_.fields["radius"] = FieldPlan("radius", "Float", "Float", owners=[owners[0]], pinned=True)
    round_.fields["tint"] = FieldPlan("tint", "String", "String", owners=[owners[-1]], pinned=True)
    round_.fields["of"] = FieldPlan("of", inner.name, inner.name, owners=[owners[0]], pinned=True)
    flat.fields["mood"] = FieldPlan("mood", "Mood", "Mood", owners=[owners[-1]], pinned=True)
    if random.random() < 0.5:
        flat.fields["inside"] = FieldPlan("inside", "Shape", "Shape", owners=list(owners), pinned=True)
    for plan in (shape, round_, flat):
        blueprint.types[plan.name] = plan


def _add_field(blueprint: Blueprint, plan: TypePlan, item: FieldPlan) -> None:
    plan.fields[item.name] = item
    for values in blueprint.pool(plan.name):
        values[item.name] = _value(blueprint, item.type.rstrip("!"), item.core, item.type.endswith("!"))


def _value(blueprint: Blueprint, type_text: str, core: str, non_null: bool) -> Any:
    random = blueprint.random
    if not non_null and random.random() < 0.15:
        return None
    if type_text.startswith("["):
        inner = type_text[1:-1]
        count = random.randint(0, 3)
        return [_value(blueprint, inner.rstrip("!"), core, inner.endswith("!")) for _ in range(count)]
    if core == "Figure" and random.random() < 0.4:
        member = blueprint.types["Figure"].members
        name = next(iter(member.values()))[-1]
        return {"$ref": name, "id": random.choice(blueprint.pool(name))["id"]}
    return _shape(blueprint, 0)


def _shape(blueprint: Blueprint, depth: int) -> dict[str, Any]:
    random = blueprint.random
    values: dict[str, Any] = {"area": random.randint(1, 9)}
    if random.random() < 0.5:
        of = blueprint.types["Round"].fields["of"]
        made = {"radius": random.choice((0.5, None)), "tint": random.choice(("red", None)), "name": "ring"}
        return {"__typename": "Round", **values, **made, "of": reference(blueprint, of)}
    mood = random.choice([*blueprint.types["Mood"].values, None])
    inside = _shape(blueprint, depth + 1) if depth < 2 and random.random() < 0.5 else None
    return {"__typename": "Flat", **values, "mood": mood, "name": random.choice((7, None)), "inside": inside}


def _require(blueprint: Blueprint, plan: TypePlan, target: str) -> None:
    """Another subgraph computes a field from the shape, through the interface or through its members."""
    blueprint.ensure_entity(plan, target)
    shape = blueprint.types["Shape"]
    shape.members[target] = ["Round", "Flat"]
    plan.fields["shape"].external.add(target)
    for name in ("Shape", "Round", "Flat"):
        blueprint.types[name].fields["area"].owners.append(target)
    text = "area" if blueprint.random.random() < 0.5 else "... on Round { area } ... on Flat { area }"
    requires = {target: f"shape {{ {text} }}"}
    plan.fields["sized"] = FieldPlan("sized", "String", "String", owners=[target], requires=requires, pinned=True)
    for values in blueprint.pool(plan.name):
        values["sized"] = {"$template": "{shape.area}"}
    blueprint.used.add("requires through an abstract value type")
