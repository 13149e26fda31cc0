"""Steps that add a field which a subgraph computes from fields of others by ``@requires``.

Enters: a blueprint. Leaves: what was used, ``None`` where no field lent itself. Invariant: the data says how the field
is computed, so a wrong input gives a wrong value.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan


def require_field(blueprint: Blueprint) -> str | None:
    """A new field is computed, in another subgraph, from leaves of the same entity."""
    random = blueprint.random
    plan = random.choice(blueprint.entities())
    target = random.choice(blueprint.subgraphs)
    if target in blueprint.federation_1 and not plan.keys.get(target):
        return None
    inputs = [
        item
        for item in plan.fields.values()
        if target not in item.owners
        and not item.override
        and (item.core not in blueprint.types or item.core == "Size")
        and item.name not in ("id", "code", "issue")
    ]
    if not inputs:
        return None
    chosen = random.sample(inputs, min(len(inputs), random.randint(1, 2)))
    blueprint.ensure_entity(plan, target)
    parts, templates = [], []
    for item in chosen:
        item.external.add(target)
        item.pinned = True
        if item.core == "Size":
            parts.append(f"{item.name} {{ unit }}")
            templates.append(f"{{{item.name}.unit}}")
            blueprint.ensure("Size", target)
        elif item.arguments:
            parts.append(f'{item.name}(currency: "EUR")')
            templates.append(f'{{{item.name}(currency="EUR")}}')
        else:
            parts.append(item.name)
            templates.append(f"{{{item.name}}}")
    name = f"q{sum(n.startswith('q') for n in plan.fields)}"
    computed = FieldPlan(name, "String", "String", owners=[target], requires={target: " ".join(parts)}, pinned=True)
    # A computed field may be required in turn by a later step, which makes chains.
    computed.pinned = random.random() < 0.5
    plan.fields[name] = computed
    for values in blueprint.pool(plan.name):
        values[name] = {"$template": "/".join(templates)}
    return "requires"


def require_through(blueprint: Blueprint) -> str | None:
    """A field is computed, in another subgraph, from a leaf of the entity that a relation leads to."""
    random = blueprint.random
    choices = [
        (plan, relation, leaf)
        for plan in blueprint.entities()
        for relation in plan.fields.values()
        if not (relation.override or relation.inaccessible or relation.provides) and relation.core in blueprint.types
        for returned in [blueprint.types[relation.core]]
        if returned.kind == "object"
        for leaf in returned.fields.values()
        if leaf.core in ("String", "Int", "ID", "Boolean")
        and not (leaf.arguments or leaf.override or leaf.inaccessible or leaf.requires)
        if leaf.name != "id"
    ]
    if not choices:
        return None
    plan, relation, leaf = random.choice(choices)
    target = blueprint.other(*relation.owners, *leaf.owners)
    if target is None or any(owner in blueprint.federation_1 for owner in (*relation.owners, *leaf.owners)):
        return None
    blueprint.ensure_entity(plan, target)
    blueprint.ensure_entity(blueprint.types[relation.core], target, resolvable=False)
    relation.external.add(target)
    leaf.external.add(target)
    relation.pinned = leaf.pinned = True
    name = f"q{sum(n.startswith('q') for n in plan.fields)}"
    selection = f"{relation.name} {{ {leaf.name} }}"
    plan.fields[name] = FieldPlan(name, "String", "String", owners=[target], requires={target: selection}, pinned=True)
    for values in blueprint.pool(plan.name):
        values[name] = {"$template": f"{{{relation.name}.{leaf.name}}}"}
    return "requires through an entity"


def require_of_members(blueprint: Blueprint) -> str | None:
    """A field is computed, in another subgraph, from a leaf of whatever a relation of abstract type leads to."""
    random = blueprint.random
    choices = [
        (plan, relation, returned)
        for plan in blueprint.entities()
        for relation in plan.fields.values()
        if not (relation.override or relation.inaccessible or relation.provides)
        for returned in [blueprint.types.get(relation.core)]
        if returned is not None and returned.members and not returned.interface_objects
    ]
    if not choices:
        return None
    plan, relation, returned = random.choice(choices)
    members = [blueprint.types[name] for name in blueprint.all_members(returned)]
    labels = [member.fields["label"] for member in members]
    target = blueprint.other(*relation.owners, *returned.members, *(owner for item in labels for owner in item.owners))
    owners = (*relation.owners, *(owner for item in labels for owner in item.owners))
    if target is None or any(owner in blueprint.federation_1 for owner in owners):
        return None
    blueprint.ensure_entity(plan, target)
    blueprint.ensure(returned.name, target)
    relation.external.add(target)
    for item in labels:
        item.external.add(target)
    relation.pinned = True
    parts = " ".join(f"... on {member.name} {{ label }}" for member in members)
    name = f"q{sum(n.startswith('q') for n in plan.fields)}"
    requires = {target: f"{relation.name} {{ {parts} }}"}
    plan.fields[name] = FieldPlan(name, "String", "String", owners=[target], requires=requires, pinned=True)
    for values in blueprint.pool(plan.name):
        values[name] = {"$template": f"{{{relation.name}.label}}"}
    return "requires through members"
