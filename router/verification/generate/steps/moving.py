"""Steps that let other subgraphs resolve a field: move it, share it, override it.

Enters: a blueprint. Leaves: what was used, ``None`` where no field lent itself. Invariant: a field that is pinned stays
where it is, since something else relies on it.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan


def pick_field(blueprint: Blueprint, *, leaf: bool | None = None) -> tuple[TypePlan, FieldPlan] | None:
    """A random movable entity field with a single owner and no directive on it yet."""
    choices = [
        (plan, item)
        for plan in blueprint.entities()
        for item in plan.fields.values()
        if not item.pinned
        and len(item.owners) == 1
        and not (item.external or item.requires or item.override or item.provides)
        and (leaf is None or leaf == (item.core not in blueprint.types or item.core == "Mood"))
    ]
    return blueprint.random.choice(choices) if choices else None


def move_field(blueprint: Blueprint) -> str | None:
    """A field is resolved elsewhere, by the entity's key."""
    found = pick_field(blueprint)
    target = blueprint.random.choice(blueprint.subgraphs)
    if found is None or target in found[1].owners:
        return None
    plan, item = found
    if not _can_return(blueprint, item, target):
        return None
    blueprint.ensure_entity(plan, target)
    item.owners = [target]
    blueprint.ensure(item.core, target)
    return "key"


def share_field(blueprint: Blueprint) -> str | None:
    """A second subgraph resolves the same field."""
    found = pick_field(blueprint)
    if found is None or (found[1].owners[0] in blueprint.federation_1):
        return None
    plan, item = found
    target = blueprint.other(*item.owners)
    if target is None:
        return None
    returned = blueprint.types.get(item.core)
    if returned is not None and returned.members and returned.members.get(target) != returned.members[item.owners[0]]:
        # A field that several resolve must be able to return the same objects everywhere.
        return None
    blueprint.ensure_entity(plan, target)
    item.owners.append(target)
    item.pinned = True
    blueprint.ensure(item.core, target)
    return "shareable"


def share_root(blueprint: Blueprint) -> str | None:
    """A root field that a second subgraph resolves too, so that an operation may split it between them."""
    choices = [
        item
        for item in blueprint.query.fields.values()
        if len(item.owners) == 1 and item.owners[0] not in blueprint.federation_1 and not item.provides
    ]
    if not choices:
        return None
    item = blueprint.random.choice(choices)
    target = blueprint.other(*item.owners)
    returned = blueprint.types[item.core]
    if target is None or returned.interface_objects:
        return None
    if returned.members and returned.members.get(target) != returned.members.get(item.owners[0]):
        return None
    blueprint.ensure(item.core, target)
    item.owners.append(target)
    item.pinned = True
    return "shared root"


def override_field(blueprint: Blueprint) -> str | None:
    """A field moves by ``@override``, at once or by a label; both subgraphs know it."""
    found = pick_field(blueprint, leaf=True)
    if found is None:
        return None
    plan, item = found
    target = blueprint.other(*item.owners)
    if target is None:
        return None
    blueprint.ensure_entity(plan, target)
    _override(blueprint, item, target)
    return "override"


def override_relation(blueprint: Blueprint) -> str | None:
    """A field that leads on to other objects moves by ``@override``."""
    found = pick_field(blueprint, leaf=False)
    if found is None:
        return None
    plan, item = found
    target = blueprint.other(*item.owners)
    if target is None or not _can_return(blueprint, item, target):
        return None
    blueprint.ensure_entity(plan, target)
    blueprint.ensure(item.core, target)
    _override(blueprint, item, target)
    return "override of a relation"


def override_root(blueprint: Blueprint) -> str | None:
    """A root field moves by ``@override``."""
    choices = [
        item
        for item in blueprint.query.fields.values()
        if len(item.owners) == 1 and not (item.provides or item.override or item.pinned)
    ]
    if not choices:
        return None
    item = blueprint.random.choice(choices)
    target = blueprint.other(*item.owners)
    if target is None or not _can_return(blueprint, item, target):
        return None
    blueprint.ensure(item.core, target)
    _override(blueprint, item, target)
    return "override of a root field"


def _override(blueprint: Blueprint, item: FieldPlan, target: str) -> None:
    """Let a subgraph take a field over, often only for requests with a label."""
    label = blueprint.random.choice(("", "", ', label: "percent(0)"', ', label: "percent(100)"', ', label: "moving"'))
    item.override[target] = f'from: "{item.owners[0]}"{label}'
    item.owners.append(target)
    item.pinned = True
    if label:
        blueprint.used.add("override label")


def _can_return(blueprint: Blueprint, item: FieldPlan, target: str) -> bool:
    """Whether a subgraph would know every object that a field may return."""
    returned = blueprint.types.get(item.core)
    return returned is None or not (target in returned.members and blueprint.is_partial(returned, target))
