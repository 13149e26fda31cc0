"""A step about arguments: input objects, lists, enums and custom scalars, of which subgraphs know different parts.

Enters: a blueprint. Leaves: what was used. Invariant: the data is the arguments themselves, so one that is lost or
changed on the way shows.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan

_ARGUMENTS = "where: Where, list: [Where!], moods: [Mood!], limit: Int = 2, any: JSON"
_MORE = ", only: Int"


def take_arguments(blueprint: Blueprint) -> str | None:
    """A root field, often shared, and a field of an entity tell what they are asked with."""
    random = blueprint.random
    homes = [name for name in blueprint.subgraphs if name[0] == "s" and name not in blueprint.federation_1]
    if not homes:
        return None
    random.shuffle(homes)
    owners = homes[: random.randint(1, 2)]
    item = FieldPlan("asked", "String", "String", f"({_ARGUMENTS})", owners=list(owners), pinned=True)
    blueprint.query.fields["asked"] = item
    blueprint.data["Query"]["asked"] = {"$arguments": True}
    plan = random.choice([one for one in blueprint.entities() if one.name[0] == "T"])
    home = random.choice(homes)
    blueprint.ensure_entity(plan, home)
    needed = FieldPlan("answered", "String", "String", "(where: Where!, any: JSON)", owners=[home], pinned=True)
    plan.fields["answered"] = needed
    for values in blueprint.pool(plan.name):
        values["answered"] = {"$arguments": True}
    declaring = list(dict.fromkeys((*owners, home)))
    for number, owner in enumerate(declaring):
        only = f"  only{number}: Int\n" if len(declaring) > 1 else ""
        fields = f"  text: String\n  min: Int = 1\n  mood: Mood\n  tags: [String!]\n  inner: Where\n{only}"
        blueprint.more.setdefault(owner, []).append(f"input Where {{\n{fields}}}")
        blueprint.moody.add(owner)
    if len(owners) > 1 and random.random() < 0.5:
        item.argument_texts[owners[1]] = f"({_ARGUMENTS}{_MORE})"
    if len(declaring) > 1:
        blueprint.used.add("input objects known in part")
    return "input objects"
