"""A step about chains of keys: an entity whose far fields are several hops away.

Enters: a blueprint. Leaves: what was used. Invariant: neighbours in the chain share one key, which tells the objects
apart; an object without the last key, or that the last subgraph doesn't know, has nothing beyond it.
"""

from __future__ import annotations

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.monolith_first import reference

_KINDS = ("plain", "plain", "object", "list", "entity", "null", "unknown")


def key_chain(blueprint: Blueprint) -> str | None:
    """Links are known by another key in every subgraph; two neighbours share one."""
    random = blueprint.random
    homes = [name for name in blueprint.subgraphs if name[0] == "s" and name not in blueprint.federation_1]
    if len(homes) < 2:
        return None
    random.shuffle(homes)
    plan = TypePlan("Link", "object", keys={home: [] for home in homes})
    blueprint.types["Link"] = plan
    for number in range(random.randint(1, 3)):
        blueprint.pool("Link").append({"id": f"link-{number}"})
    for number in range(len(homes) - 1):
        kind = random.choice(_KINDS)
        if kind in ("null", "unknown") and number < len(homes) - 2:
            kind = "plain"
        _join(blueprint, plan, (homes[number], homes[number + 1]), f"k{number}", kind)
    last_key = f"k{len(homes) - 2}"
    whole = [v for v in blueprint.pool("Link") if v[last_key] is not None and "$unknown" not in v]
    for number, home in enumerate(homes):
        last = number == len(homes) - 1
        _add_fields(blueprint, plan, home, number, whole if last else blueprint.pool("Link"))
    if random.random() < 0.5:
        _compute(blueprint, plan, homes, whole)
    _add_ways_in(blueprint, homes, whole)
    return "key chain"


def _join(blueprint: Blueprint, plan: TypePlan, homes: tuple[str, str], name: str, kind: str) -> None:
    """Let two subgraphs have one key in common."""
    pool = blueprint.pool(plan.name)
    text, type_text, core = name, "String!", "String"
    for number, values in enumerate(pool):
        values[name] = f"{name}-{number}"
    match kind:
        case "object":
            core = f"Tag{name}"
            text, type_text = f"{name} {{ tag }}", f"{core}!"
            tag = TypePlan(core, "value")
            tag.fields["tag"] = FieldPlan("tag", "String!", "String", owners=list(homes), pinned=True)
            tag.fields["note"] = FieldPlan("note", "String", "String", owners=[homes[0]], pinned=True)
            blueprint.types[core] = tag
            for values in pool:
                values[name] = {"tag": values[name], "note": blueprint.random.choice(("new", "old", None))}
        case "list":
            type_text = "[String!]!"
            for values in pool:
                values[name] = ["x", values[name]]
        case "entity":
            core = blueprint.random.choice([one.name for one in blueprint.entities() if one.name[0] == "T"])
            text, type_text = f"{name} {{ id }} {name}n", f"{core}!"
            plan.fields[f"{name}n"] = FieldPlan(f"{name}n", "Int!", "Int", owners=list(homes), pinned=True)
            for home in homes:
                blueprint.ensure_entity(blueprint.types[core], home)
                blueprint.declare_key(blueprint.types[core], "id", home)
            for number, values in enumerate(pool):
                values[name] = {"$ref": core, "id": blueprint.random.choice(blueprint.pool(core))["id"]}
                values[f"{name}n"] = number
        case "null":
            type_text = "String"
            for values in pool:
                if blueprint.random.random() < 0.4:
                    values[name] = None
        case "unknown":
            for values in pool:
                if blueprint.random.random() < 0.4:
                    values["$unknown"] = [homes[1]]
    plan.fields[name] = FieldPlan(name, type_text, core, owners=list(homes), pinned=True)
    for home in homes:
        plan.keys[home].append((text, True))
    blueprint.used.add(f"key chain, {kind}")


def _add_fields(blueprint: Blueprint, plan: TypePlan, home: str, number: int, known: list[dict[str, object]]) -> None:
    """A leaf and often a relation, which only this subgraph has; nothing for an object that it can't know."""
    random = blueprint.random
    leaf = FieldPlan(f"l{number}", "String", "String", owners=[home], pinned=True)
    plan.fields[leaf.name] = leaf
    for values in blueprint.pool(plan.name):
        values[leaf.name] = random.choice(("up", "down", None)) if values in known else None
    if random.random() < 0.5:
        target = random.choice([one for one in blueprint.entities() if one.name[0] == "T"])
        blueprint.ensure(target.name, home)
        kind = random.choice((target.name, f"[{target.name}!]"))
        relation = FieldPlan(f"to{number}", kind, target.name, owners=[home], pinned=True)
        plan.fields[relation.name] = relation
        for values in blueprint.pool(plan.name):
            values[relation.name] = reference(blueprint, relation) if values in known else None


def _compute(blueprint: Blueprint, plan: TypePlan, homes: list[str], whole: list[dict[str, object]]) -> None:
    """The far end computes a field from one of the near end, or the other way round."""
    near, far = (0, len(homes) - 1) if blueprint.random.random() < 0.5 else (len(homes) - 1, 0)
    needed = plan.fields[f"l{near}"]
    needed.external.add(homes[far])
    requires = {homes[far]: needed.name}
    plan.fields["told"] = FieldPlan("told", "String", "String", owners=[homes[far]], requires=requires, pinned=True)
    for values in blueprint.pool(plan.name):
        values["told"] = {"$template": f"<{{{needed.name}}}>"} if values in whole else None
    blueprint.used.add("requires over a key chain")


def _add_ways_in(blueprint: Blueprint, homes: list[str], whole: list[dict[str, object]]) -> None:
    random = blueprint.random
    links = FieldPlan("links", "[Link]", "Link", owners=[homes[0]], pinned=True)
    blueprint.query.fields["links"] = links
    blueprint.data["Query"]["links"] = [{"$ref": "Link", "id": values["id"]} for values in blueprint.pool("Link")]
    end = FieldPlan("linkEnd", "Link", "Link", owners=[homes[-1]], pinned=True)
    blueprint.query.fields["linkEnd"] = end
    chosen = random.choice(whole)["id"] if whole else None
    blueprint.data["Query"]["linkEnd"] = {"$ref": "Link", "id": chosen} if chosen else None
    plan = random.choice([one for one in blueprint.entities() if one.name[0] == "T"])
    blueprint.ensure_entity(plan, homes[0])
    relation = FieldPlan("link", random.choice(("Link", "[Link]")), "Link", owners=[homes[0]], pinned=True)
    plan.fields["link"] = relation
    for values in blueprint.pool(plan.name):
        values["link"] = reference(blueprint, relation)
