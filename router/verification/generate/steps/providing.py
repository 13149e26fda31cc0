"""Steps that bring copies of fields along by ``@provides``.

Enters: a blueprint. Leaves: what was used, ``None`` where no field lent itself. Invariant: a copy is one of a field
that another subgraph resolves, and stays its copy: it is pinned.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan


def provide_field(blueprint: Blueprint) -> str | None:
    """A field that returns an entity brings a copy of one of its leaves along."""
    random = blueprint.random
    choices = [
        (relation, relation.owners[0], target)
        for plan in (*blueprint.entities(), blueprint.query)
        for relation in plan.fields.values()
        if len(relation.owners) == 1 and relation.owners[0] not in blueprint.federation_1 and not relation.provides
        for target in [blueprint.types.get(relation.core)]
        if target is not None and target.kind == "object"
    ]
    random.shuffle(choices)
    for relation, subgraph, target in choices:
        for leaf in target.fields.values():
            free = subgraph not in leaf.owners and not (leaf.override or leaf.requires or leaf.inaccessible)
            if not leaf.pinned and free and leaf.core not in blueprint.types and not leaf.arguments:
                if any(owner in blueprint.federation_1 for owner in leaf.owners):
                    continue
                leaf.external.add(subgraph)
                leaf.pinned = relation.pinned = True
                relation.provides[subgraph] = leaf.name
                return "provides"
    return None


def provide_below(blueprint: Blueprint) -> str | None:
    """A field brings a leaf of the entity that a relation of its entity leads to, or leaves of its possible types."""
    random = blueprint.random
    relations = [
        (relation, relation.owners[0])
        for plan in (*blueprint.entities(), blueprint.query)
        for relation in plan.fields.values()
        if len(relation.owners) == 1 and relation.owners[0] not in blueprint.federation_1 and not relation.provides
    ]
    random.shuffle(relations)
    for relation, subgraph in relations:
        returned = blueprint.types.get(relation.core)
        if returned is None or returned.interface_objects:
            continue
        if returned.kind == "object":
            selection = _provide_relation(blueprint, returned, subgraph)
        else:
            members = [blueprint.types[name] for name in returned.members.get(subgraph, ())]
            found = [(member, _provide_leaf(blueprint, member, subgraph)) for member in members]
            selection = " ".join(f"... on {member.name} {{ {leaf} }}" for member, leaf in found if leaf)
        if selection:
            relation.pinned = True
            relation.provides[subgraph] = selection
            return "provides below" if returned.kind == "object" else "provides on members"
    return None


def provide_of_interface(blueprint: Blueprint) -> str | None:
    """A field that returns the interface brings a field of the interface along, for whatever object it is."""
    random = blueprint.random
    plan = blueprint.types.get("Named")
    if plan is None or plan.interface_objects:
        return None
    label = plan.fields.setdefault("label", FieldPlan("label", "String", "String", pinned=True))
    choices = []
    for relation in (item for one in (*blueprint.entities(), blueprint.query) for item in one.fields.values()):
        subgraph = relation.owners[0]
        labels = [blueprint.types[name].fields["label"] for name in plan.members.get(subgraph, ())]
        owners = {owner for item in labels for owner in item.owners}
        fits = relation.core == "Named" and len(relation.owners) == 1 and not relation.provides and labels
        if fits and subgraph not in label.owners and not owners & {subgraph, *blueprint.federation_1}:
            choices.append((relation, subgraph, labels))
    if not choices:
        if not label.owners:
            del plan.fields["label"]
        return None
    relation, subgraph, labels = random.choice(choices)
    if subgraph in blueprint.federation_1:
        return None
    label.owners.append(subgraph)
    for item in labels:
        item.external.add(subgraph)
    relation.pinned = True
    relation.provides[subgraph] = " ".join(f"... on {name} {{ label }}" for name in plan.members[subgraph])
    return "provides of an interface"


def _provide_relation(blueprint: Blueprint, plan: TypePlan, subgraph: str) -> str:
    for inner in plan.fields.values():
        target = blueprint.types.get(inner.core)
        movable = target is not None and target.kind == "object" and _can_provide(blueprint, inner, subgraph)
        if not movable or target is None:
            continue
        blueprint.ensure_entity(target, subgraph)
        leaf = _provide_leaf(blueprint, target, subgraph)
        if leaf:
            inner.external.add(subgraph)
            inner.pinned = True
            return f"{inner.name} {{ {leaf} }}"
    return ""


def _provide_leaf(blueprint: Blueprint, plan: TypePlan, subgraph: str) -> str:
    for leaf in plan.fields.values():
        if leaf.core not in blueprint.types and not leaf.arguments and _can_provide(blueprint, leaf, subgraph):
            leaf.external.add(subgraph)
            leaf.pinned = True
            return leaf.name
    return ""


def _can_provide(blueprint: Blueprint, item: FieldPlan, subgraph: str) -> bool:
    fixed = item.pinned or item.override or item.requires or item.inaccessible or subgraph in item.owners
    return not fixed and not any(owner in blueprint.federation_1 for owner in item.owners)
