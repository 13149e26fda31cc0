"""Steps about interfaces: fields that only some subgraphs know of them, keys, and interfaces that are objects.

Enters: a blueprint. Leaves: what was used, ``None`` where there is no interface that lends itself. Invariant: a
subgraph that knows only some implementations of an interface has no key on it, and never returns the interface.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.monolith_first import reference


def interface_field(blueprint: Blueprint) -> str | None:
    """A field of the interface that each implementation has from another subgraph.

    Only a subgraph whose implementations all have it there can declare it on the interface: one that knows but these.
    """
    random = blueprint.random
    plan = blueprint.types.get("Named")
    if plan is None or "tone" in plan.fields:
        return None
    members = [blueprint.types[name] for name in blueprint.all_members(plan)]
    homes = {member.name: _home(blueprint, member) for member in members}
    core = random.choice(("String", "Int", members[0].name))
    for member in members:
        home = homes[member.name]
        blueprint.ensure_entity(member, home)
        blueprint.ensure(core, home)
        item = FieldPlan("tone", core, core, owners=[home], pinned=True)
        member.fields["tone"] = item
        for values in blueprint.pool(member.name):
            values["tone"] = _tone(blueprint, item)
    declared = FieldPlan("tone", core, core, pinned=True)
    for subgraph in dict.fromkeys(homes.values()):
        here = [member.name for member in members if homes[member.name] == subgraph]
        if _declare_partly(blueprint, plan, subgraph, here):
            declared.owners.append(subgraph)
    if not declared.owners:
        _share_with_home(blueprint, plan, declared)
    plan.fields["tone"] = declared
    return "interface field split"


def _home(blueprint: Blueprint, member: TypePlan) -> str:
    """A subgraph for a field of an entity: one that has the entity, or another."""
    known = [name for name in member.keys if name not in blueprint.federation_1]
    choices = [*known, *(name for name in blueprint.subgraphs if name not in blueprint.federation_1)]
    return blueprint.random.choice(choices or [*member.keys])


def _tone(blueprint: Blueprint, item: FieldPlan) -> object:
    if item.core in blueprint.types:
        return reference(blueprint, item)
    return blueprint.random.choice((None, 1, 2, 3) if item.core == "Int" else (None, "low", "high"))


def _declare_partly(blueprint: Blueprint, plan: TypePlan, subgraph: str, here: list[str]) -> bool:
    """Let a subgraph know the interface with the implementations that have the field there."""
    if subgraph in plan.members:
        return set(plan.members[subgraph]) <= set(here)
    if subgraph in blueprint.federation_1:
        return False
    plan.members[subgraph] = here
    blueprint.own(plan.fields["id"], subgraph)
    for name in here:
        blueprint.own(blueprint.types[name].fields["id"], subgraph)
    return True


def _share_with_home(blueprint: Blueprint, plan: TypePlan, declared: FieldPlan) -> None:
    """Let the interface's own subgraph resolve the field of all implementations too."""
    home = next(iter(plan.members))
    blueprint.ensure(declared.core, home)
    for name in plan.members[home]:
        blueprint.own(blueprint.types[name].fields["tone"], home)
    declared.owners.append(home)


def entity_interface(blueprint: Blueprint) -> str | None:
    """The interface has a key wherever all its implementations are."""
    plan = blueprint.types.get("Named")
    if plan is None or not _add_keys(blueprint, plan):
        return None
    return "entity interface"


def _add_keys(blueprint: Blueprint, plan: TypePlan) -> bool:
    """Make the interface an entity; its key must be one of every implementation beside it."""
    whole = [name for name in plan.members if not blueprint.is_partial(plan, name)]
    if not whole or any(name in blueprint.federation_1 for name in whole):
        return False
    for subgraph in whole:
        plan.keys[subgraph] = [("id", True)]
        for member in (blueprint.types[name] for name in plan.members[subgraph]):
            blueprint.ensure_entity(member, subgraph)
            if ("id", True) not in member.keys[subgraph]:
                member.keys[subgraph].append(("id", True))
                blueprint.declare_key(member, "id", subgraph)
    return True


def interface_object(blueprint: Blueprint) -> str | None:
    """A subgraph knows the interface only as an object, and adds fields to all its implementations at once."""
    plan = blueprint.types.get("Named")
    if plan is None or plan.interface_objects or not _add_keys(blueprint, plan):
        return None
    random = blueprint.random
    # A subgraph of its own: one that has an implementation too could not have the interface as an object.
    target = _add_object_form(blueprint, plan, "objects", resolvable=True)
    _add_field(blueprint, plan, FieldPlan("rating", "Int", "Int", owners=[target]), (1, 2, 3, None))
    if random.random() < 0.9:
        _require_of_interface(blueprint, plan, target)
    if random.random() < 0.3:
        peer = FieldPlan("peer", random.choice(("Named", "[Named]")), "Named", owners=[target])
        plan.fields["peer"] = peer
        for values in blueprint.objects("Named"):
            values["peer"] = reference(blueprint, peer)
    if random.random() < 0.5:
        _add_root(blueprint, FieldPlan("rated", "[Named]", "Named", owners=[target]))
    if random.random() < 0.3:
        _add_second_form(blueprint, plan)
    if random.random() < 0.4:
        target = _add_object_form(blueprint, plan, "refers", resolvable=False)
        _add_root(blueprint, FieldPlan("referred", random.choice(("Named", "[Named!]")), "Named", owners=[target]))
        blueprint.used.add("interfaceObject, resolvable: false")
    return "interfaceObject"


def _add_second_form(blueprint: Blueprint, plan: TypePlan) -> None:
    """Another subgraph that has the interface as an object; it computes from a field of the first one."""
    other = _add_object_form(blueprint, plan, "ranks", resolvable=True)
    plan.fields["rating"].external.add(other)
    rank = FieldPlan("rank", "String", "String", owners=[other], requires={other: "rating"})
    _add_field(blueprint, plan, rank, ({"$template": "rank {rating}"},))
    _add_root(blueprint, FieldPlan("ranked", "[Named!]", "Named", owners=[other]))
    blueprint.used.add("requires between object forms")


def _add_object_form(blueprint: Blueprint, plan: TypePlan, subgraph: str, *, resolvable: bool) -> str:
    blueprint.subgraphs.append(subgraph)
    plan.interface_objects.add(subgraph)
    plan.keys[subgraph] = [("id", resolvable)]
    plan.fields["id"].owners.append(subgraph)
    return subgraph


def _add_field(blueprint: Blueprint, plan: TypePlan, item: FieldPlan, values: tuple[object, ...]) -> None:
    plan.fields[item.name] = item
    for stored in blueprint.objects(plan.name):
        stored[item.name] = blueprint.random.choice(values)


def _require_of_interface(blueprint: Blueprint, plan: TypePlan, subgraph: str) -> None:
    """A field of the object form that is computed from one that the implementations have elsewhere."""
    inputs = [n for n, item in plan.fields.items() if n in ("label", "tone") and item.core not in blueprint.types]
    if not inputs:
        return
    name = blueprint.random.choice(inputs)
    plan.fields[name].external.add(subgraph)
    template = ({"$template": f"{{{name}}}!"},)
    grade = FieldPlan("grade", "String", "String", owners=[subgraph], requires={subgraph: name})
    _add_field(blueprint, plan, grade, template)
    blueprint.used.add("requires of an interface object")


def _add_root(blueprint: Blueprint, item: FieldPlan) -> None:
    blueprint.query.fields[item.name] = item
    blueprint.data["Query"][item.name] = reference(blueprint, item)
