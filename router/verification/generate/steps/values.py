"""Steps about what is no entity's field alone: parts of value types, members of unions, what the API doesn't show.

Enters: a blueprint. Leaves: what was used, ``None`` where nothing lent itself.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.steps.moving import pick_field


def split_value_type(blueprint: Blueprint) -> str | None:
    """A field that two subgraphs share returns a value type of which each knows a part."""
    random = blueprint.random
    plan = random.choice(blueprint.entities())
    home = next(iter(plan.keys))
    target = blueprint.other(home)
    name = f"Part{plan.name}"
    if home in blueprint.federation_1 or target is None or name in blueprint.types:
        return None
    blueprint.ensure_entity(plan, target)
    part = TypePlan(name, "value")
    for field, owners in (("left", [home]), ("both", [home, target]), ("right", [target])):
        part.fields[field] = FieldPlan(field, "String", "String", owners=list(owners), pinned=True)
    blueprint.types[name] = part
    wrapper = random.choice(("{}", "[{}!]"))
    plan.fields["part"] = FieldPlan("part", wrapper.format(name), name, owners=[home, target], pinned=True)
    for values in blueprint.pool(plan.name):
        made = [{key: random.choice(("x", "y", None)) for key in part.fields} for _ in range(random.randint(1, 2))]
        values["part"] = made if plan.fields["part"].is_list else made[0]
    return "split value type"


def hide_field(blueprint: Blueprint) -> str | None:
    """A field stays in its subgraphs and leaves the API."""
    found = pick_field(blueprint, leaf=True)
    if found is None or found[1].owners[0] in blueprint.federation_1:
        return None
    found[1].inaccessible = True
    return "inaccessible"


def loosen_field(blueprint: Blueprint) -> str | None:
    """Of two subgraphs that share a field, one promises less: the API has what all of them promise."""
    random = blueprint.random
    choices = [
        item
        for plan in blueprint.entities()
        for item in plan.fields.values()
        if len(item.owners) > 1 and "!" in item.type and item.name[0] in "fr" and not (item.override or item.types)
    ]
    if not choices:
        return None
    item = random.choice(choices)
    text = item.type
    for _ in range(random.randint(1, text.count("!"))):
        place = random.choice([number for number, character in enumerate(text) if character == "!"])
        text = text[:place] + text[place + 1 :]
    item.types[random.choice(item.owners)] = text
    return "types of different strictness"


def widen_relation(blueprint: Blueprint) -> str | None:
    """Of two subgraphs that share a relation, one says no more than the interface or union that its type belongs to."""
    random = blueprint.random
    choices = [
        (item, owner, wider.name)
        for plan in blueprint.entities()
        for item in plan.fields.values()
        if len(item.owners) > 1 and item.name[0] == "r"
        if not (item.override or item.types or item.provides or item.external)
        for wider in blueprint.of_kind("interface", "union")
        if not wider.interface_objects
        for owner in item.owners
        if item.core in wider.members.get(owner, ())
    ]
    if not choices:
        return None
    item, owner, name = random.choice(choices)
    item.types[owner] = item.type.replace(item.core, name)
    return "wider type in one subgraph"


def partial_union(blueprint: Blueprint) -> str | None:
    """Another subgraph knows only some members of the union, and returns only those."""
    random = blueprint.random
    plan = blueprint.types["Thing"]
    members = blueprint.all_members(plan)
    target = blueprint.other(*plan.members)
    if target is None or len(members) < 2:
        return None
    known = random.sample(members, len(members) - 1)
    plan.members[target] = known
    for member in known:
        blueprint.ensure(member, target)
    root = FieldPlan("someThings", "[Thing]", "Thing", owners=[target])
    blueprint.query.fields["someThings"] = root
    blueprint.data["Query"]["someThings"] = [
        {"$ref": name, "id": values["id"]} for name in known for values in blueprint.pool(name)
    ]
    return "partial union"
