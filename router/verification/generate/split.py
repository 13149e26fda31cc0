"""The second half of a world: steps that spread it over subgraphs without changing its meaning.

Each step takes a blueprint and returns the name of the directive (or case) that it used, or ``None`` where it found no
place. Fields marked ``pinned`` stay as they are, since something else relies on where they stand.
"""

from __future__ import annotations

from collections.abc import Callable

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.monolith_first import reference

Step = Callable[[Blueprint], "str | None"]


def _pick(blueprint: Blueprint, *, leaf: bool | None = None) -> tuple[TypePlan, FieldPlan] | None:
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
    found = _pick(blueprint)
    target = blueprint.random.choice(blueprint.subgraphs)
    if found is None or target in found[1].owners:
        return None
    plan, item = found
    returned = blueprint.types.get(item.core)
    if returned is not None and target in returned.members and blueprint.is_partial(returned, target):
        return None
    blueprint.ensure_entity(plan, target)
    item.owners = [target]
    blueprint.ensure(item.core, target)
    return "key"


def share_field(blueprint: Blueprint) -> str | None:
    """A second subgraph resolves the same field."""
    found = _pick(blueprint)
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
    found = _pick(blueprint, leaf=True)
    if found is None:
        return None
    plan, item = found
    target = blueprint.other(*item.owners)
    if target is None:
        return None
    blueprint.ensure_entity(plan, target)
    label = blueprint.random.choice(("", "", ', label: "percent(0)"', ', label: "percent(100)"', ', label: "moving"'))
    item.override[target] = f'from: "{item.owners[0]}"{label}'
    item.owners.append(target)
    item.pinned = True
    return "override label" if label else "override"


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
        and not item.inaccessible
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


def interface_object(blueprint: Blueprint) -> str | None:
    """A subgraph knows an interface only as an object, and adds a field to all its members at once."""
    plan = blueprint.types.get("Named")
    if plan is None or plan.interface_objects:
        return None
    if any(subgraph in blueprint.federation_1 for subgraph in plan.members):
        return None
    # A subgraph of its own: one that has an implementation too could not have the interface as an object.
    target = "objects"
    blueprint.subgraphs.append(target)
    plan.interface_objects.add(target)
    for subgraph, members in plan.members.items():
        plan.keys[subgraph] = [("id", True)]
        for member in members:
            blueprint.ensure_entity(blueprint.types[member], subgraph)
            # The interface's key must be a key of every implementation beside it.
            if ("id", True) not in blueprint.types[member].keys[subgraph]:
                blueprint.types[member].keys[subgraph].append(("id", True))
                blueprint.declare_key(blueprint.types[member], "id", subgraph)
    plan.keys[target] = [("id", True)]
    plan.fields["id"].owners.append(target)
    extra = FieldPlan("rating", "Int", "Int", owners=[target])
    plan.fields["rating"] = extra
    for values in blueprint.objects("Named"):
        values["rating"] = blueprint.random.choice((1, 2, 3, None))
    if blueprint.random.random() < 0.5:
        root = FieldPlan("rated", "[Named]", "Named", owners=[target])
        blueprint.query.fields["rated"] = root
        blueprint.data["Query"]["rated"] = reference(blueprint, root)
    return "interfaceObject"


def hide_field(blueprint: Blueprint) -> str | None:
    """A field stays in its subgraphs and leaves the API."""
    found = _pick(blueprint, leaf=True)
    if found is None or found[1].owners[0] in blueprint.federation_1:
        return None
    found[1].inaccessible = True
    return "inaccessible"


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


#: The steps with how often each is tried; the order is shuffled in every world.
STEPS: tuple[tuple[Step, int], ...] = (
    (move_field, 4),
    (share_field, 2),
    (share_root, 1),
    (override_field, 2),
    (provide_field, 2),
    (provide_below, 1),
    (require_field, 3),
    (require_through, 1),
    (split_value_type, 1),
    (second_key, 2),
    (hide_field, 1),
    (reference_only, 1),
    (partial_union, 1),
)


def split(blueprint: Blueprint) -> None:
    """Take a random number of steps in a random order, and note what was used."""
    random = blueprint.random
    plan = [step for step, times in STEPS for _ in range(times) if random.random() < 0.7]
    random.shuffle(plan)
    if random.random() < 0.4:
        plan.append(interface_object)
    for step in plan:
        used = step(blueprint)
        if used is not None:
            blueprint.used.add(used)
    if blueprint.federation_1:
        blueprint.used.add("federation 1")
