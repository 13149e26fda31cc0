"""The first half of a world: types and data as one server would have them, all in each type's home subgraph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan

_SCALARS = ("String", "Int", "Boolean", "Float", "ID")
#: Values of a custom scalar, some of which look like what a router works with.
_ANYTHING: tuple[Any, ...] = (
    {"deep": [{"er": [1, {"id": "t0-0"}]}, None]},
    {"__typename": "T0", "id": "t0-0", "label": "none"},
    {"_a0": 1, "f0": {"f0": 2}, "__typename": 3},
    [[1, [2]], "x", True],
    [],
    {},
    "text",
    1.5,
    False,
)
_WORDS = ("oak", "elm", "fir", "ash", "yew", "bay", "box", "may")


def build_monolith(blueprint: Blueprint) -> None:
    """Fill a blueprint with types, data and root fields."""
    random = blueprint.random
    blueprint.types["Mood"] = TypePlan("Mood", "enum", values=["CALM", "GLAD", "GRIM"])
    if random.random() < 0.3 and len(blueprint.federation_1) < len(blueprint.subgraphs):
        blueprint.types["Mood"].values.append("SECRET")
        blueprint.hidden = "SECRET"
        blueprint.used.add("inaccessible enum value")
    _add_value_type(blueprint)
    homes = {f"T{number}": random.choice(blueprint.subgraphs) for number in range(random.randint(2, 4))}
    for name, home in homes.items():
        _add_entity(blueprint, name, home)
    _add_interface(blueprint)
    _add_union(blueprint)
    for name in homes:
        _add_relations(blueprint, name, homes[name])
    _add_roots(blueprint)


def _add_value_type(blueprint: Blueprint) -> None:
    plan = TypePlan("Size", "value")
    for name, type_text in (("width", "Int"), ("unit", "String!"), ("mood", "Mood")):
        plan.fields[name] = FieldPlan(name, type_text, type_text.rstrip("!"))
    blueprint.types["Size"] = plan


def _add_entity(blueprint: Blueprint, name: str, home: str) -> None:
    random = blueprint.random
    plan = TypePlan(name, "object", keys={home: [("id", True)]})
    plan.fields["id"] = FieldPlan("id", "ID!", "ID", owners=[home], pinned=True)
    plan.fields["label"] = FieldPlan("label", "String", "String", owners=[home], pinned=True)
    for number in range(random.randint(2, 5)):
        core = random.choice((*_SCALARS, "Mood"))
        wrapper = random.choice(("{}", "{}", "{}!", "[{}]", "[{}!]!", "[[{}!]]"))
        field_name = f"f{number}"
        plan.fields[field_name] = FieldPlan(field_name, wrapper.format(core), core, owners=[home])
    if random.random() < 0.6:
        plan.fields["priced"] = FieldPlan("priced", "String", "String", "(currency: String)", owners=[home])
    if random.random() < 0.3:
        plan.fields["json"] = FieldPlan("json", random.choice(("JSON", "[JSON]", "JSON!")), "JSON", owners=[home])
        blueprint.used.add("custom scalar")
    if random.random() < 0.5:
        plan.fields["size"] = FieldPlan("size", random.choice(("Size", "Size!")), "Size", owners=[home])
        _own(blueprint, "Size", home)
    blueprint.types[name] = plan
    for number in range(random.randint(1, 3)):
        values = {item.name: _value(blueprint, item) for item in plan.fields.values()}
        values["id"] = f"{name.lower()}-{number}"
        if "priced" in plan.fields:
            values["priced"] = {"$template": f"{values['id']} in {{$currency}}"}
        blueprint.pool(name).append(values)


def _own(blueprint: Blueprint, type_name: str, subgraph: str) -> None:
    for item in blueprint.types[type_name].fields.values():
        if subgraph not in item.owners:
            item.owners.append(subgraph)


def _value(blueprint: Blueprint, item: FieldPlan) -> Any:
    random = blueprint.random
    nullable = not item.type.endswith("!")
    if nullable and random.random() < 0.2:
        return None
    return _wrapped(blueprint, item.type.rstrip("!"), lambda: _leaf(blueprint, item.core))


def _wrapped(blueprint: Blueprint, type_text: str, make: Callable[[], Any]) -> Any:
    """A value of a type without its own ``!``: lists of some length, with nulls in them where they may be."""
    random = blueprint.random
    if not type_text.startswith("["):
        return make()
    inner = type_text[1:-1]
    return [
        None if not inner.endswith("!") and random.random() < 0.2 else _wrapped(blueprint, inner.rstrip("!"), make)
        for _ in range(random.randint(0, 3))
    ]


def _leaf(blueprint: Blueprint, core: str) -> Any:
    random = blueprint.random
    match core:
        case "Int":
            return random.randint(-5, 99)
        case "Float":
            return random.randint(0, 99) + 0.5
        case "Boolean":
            return random.random() < 0.5
        case "Mood":
            return random.choice(blueprint.types["Mood"].values)
        case "Size":
            return {
                "width": random.choice((None, 1, 2)),
                "unit": random.choice(("cm", "in")),
                "mood": random.choice((None, "CALM")),
            }
        case "JSON":
            return {"$json": random.choice(_ANYTHING)}
        case _:
            return random.choice(_WORDS)


def _add_interface(blueprint: Blueprint) -> None:
    """An entity interface over some entities; it stands in one subgraph that has all its members."""
    random = blueprint.random
    entities = blueprint.entities()
    members = [plan for plan in entities if random.random() < 0.7]
    if len(members) < 2:
        return
    home = random.choice(blueprint.subgraphs)
    plan = TypePlan("Named", "interface", members={home: [member.name for member in members]})
    plan.fields["id"] = FieldPlan("id", "ID!", "ID", owners=[home])
    blueprint.types["Named"] = plan
    for member in members:
        blueprint.ensure_entity(member, home)
        if home not in member.fields["id"].owners:
            member.fields["id"].owners.append(home)
    if random.random() < 0.6 and all(home in member.fields["label"].owners for member in members):
        plan.fields["label"] = FieldPlan("label", "String", "String", owners=[home])


def _add_union(blueprint: Blueprint) -> None:
    random = blueprint.random
    entities = blueprint.entities()
    members = [plan for plan in entities if random.random() < 0.7] or entities[:1]
    home = random.choice(blueprint.subgraphs)
    blueprint.types["Thing"] = TypePlan("Thing", "union", members={home: [member.name for member in members]})
    for member in members:
        blueprint.ensure(member.name, home)


def _add_relations(blueprint: Blueprint, name: str, home: str) -> None:
    random = blueprint.random
    plan = blueprint.types[name]
    for number in range(random.randint(1, 2)):
        target = random.choice([p.name for p in blueprint.of_kind("object", "interface", "union")])
        wrapper = random.choice(("{}", "{}", "[{}]", "[{}!]!", "[[{}]!]"))
        item = FieldPlan(f"r{number}", wrapper.format(target), target, owners=[home])
        plan.fields[item.name] = item
        blueprint.ensure(target, home)
        for values in blueprint.pool(name):
            values[item.name] = reference(blueprint, item)


def reference(blueprint: Blueprint, item: FieldPlan) -> Any:
    """A random value of a field that returns entities."""
    random = blueprint.random
    found = [
        {"$ref": owner, "id": values["id"]}
        for owner in _object_types(blueprint, item.core)
        for values in blueprint.pool(owner)
    ]
    if item.is_list:
        return _wrapped(blueprint, item.type.rstrip("!"), lambda: random.choice(found)) if found else []
    return random.choice(found) if found and random.random() < 0.9 else None


def _object_types(blueprint: Blueprint, name: str) -> list[str]:
    plan = blueprint.types[name]
    return blueprint.all_members(plan) if plan.kind in ("interface", "union") else [name]


def _add_roots(blueprint: Blueprint) -> None:
    random = blueprint.random
    roots: dict[str, Any] = {}
    for plan in blueprint.of_kind("object", "interface", "union"):
        lower = plan.name.lower()
        home = next(iter(plan.keys or plan.members))
        wrapper = random.choice(("[{}]", "[{}!]!", "[{}!]"))
        many = FieldPlan(f"{lower}s", wrapper.format(plan.name), plan.name, owners=[home])
        one = FieldPlan(f"{lower}One", plan.name, plan.name, owners=[home])
        blueprint.query.fields |= {many.name: many, one.name: one}
        roots[many.name] = [
            {"$ref": owner, "id": values["id"]}
            for owner in _object_types(blueprint, plan.name)
            for values in blueprint.pool(owner)
        ]
        roots[one.name] = reference(blueprint, one)
        if plan.kind in ("object", "interface"):
            by_id = FieldPlan(f"{lower}ById", plan.name, plan.name, "(id: ID!)", owners=[home])
            blueprint.query.fields[by_id.name] = by_id
            roots[by_id.name] = {"$find": plan.name}
    blueprint.data["Query"] = roots
    if random.random() < 0.4:
        _add_mutations(blueprint)


def _add_payload(blueprint: Blueprint, name: str, item: FieldPlan, home: str) -> dict[str, Any]:
    """A value type that a mutation returns, with an entity in it and the way back to the query."""
    payload = TypePlan(name, "value")
    payload.fields["done"] = FieldPlan("done", item.type, item.core, owners=[home], pinned=True)
    payload.fields["note"] = FieldPlan("note", "String", "String", "(where: String)", owners=[home], pinned=True)
    values: dict[str, Any] = {"done": reference(blueprint, item), "note": {"$arguments": True}}
    if any(home in root.owners for root in blueprint.query.fields.values()):
        payload.fields["query"] = FieldPlan("query", "Query", "Query", owners=[home], pinned=True)
        values["query"] = {"$root": "Query"}
        blueprint.used.add("query in a mutation's payload")
    blueprint.types[name] = payload
    return {"__typename": name, **values}


def _add_mutations(blueprint: Blueprint) -> None:
    """Mutations that return entities, in some of the subgraphs; what they would change isn't looked at."""
    random = blueprint.random
    written: dict[str, Any] = {}
    for number in range(random.randint(2, 4)):
        plan = random.choice(blueprint.of_kind("object", "interface", "union"))
        home = random.choice([*(plan.keys or plan.members)])
        item = FieldPlan(f"do{number}", random.choice(("{}", "[{}!]")).format(plan.name), plan.name, owners=[home])
        blueprint.mutation.fields[item.name] = item
        written[item.name] = reference(blueprint, item)
        if random.random() < 0.3:
            made = FieldPlan(
                f"made{number}", f"Made{number}", f"Made{number}", "(id: ID!, where: String)", owners=[home]
            )
            blueprint.mutation.fields[made.name] = made
            written[made.name] = _add_payload(blueprint, made.core, item, home)
    blueprint.data["Mutation"] = written
    blueprint.used.add("mutation")
