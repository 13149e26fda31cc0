"""A step about implementations whose fields are of narrower types than the interface's.

Enters: a blueprint. Leaves: what was used, ``None`` where no subgraph can return several types. Invariant: what a field
returns is of the narrower type.
"""

from __future__ import annotations

from typing import Any

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan
from router.verification.generate.monolith_first import reference


def narrow_fields(blueprint: Blueprint) -> str | None:
    """Holders hold things, each kind of holder one kind of them; often there is but one kind of holder."""
    random = blueprint.random
    choices = [
        (wider, home)
        for wider in blueprint.of_kind("interface", "union")
        if wider.name in ("Named", "Thing")
        for home in wider.members
        if home not in blueprint.federation_1
    ]
    if not choices:
        return None
    wider, home = random.choice(choices)
    names = random.choice((["Bag"], ["Bag"], ["Bag", "Pot"]))
    wrapper = random.choice(("{}", "[{}]", "[{}!]!"))
    holder = TypePlan("Holder", "interface", members={home: names})
    holder.fields["held"] = FieldPlan("held", wrapper.format(wider.name), wider.name, owners=[home], pinned=True)
    blueprint.types["Holder"] = holder
    found: list[dict[str, Any]] = []
    for name in names:
        core = random.choice(wider.members[home])
        held = FieldPlan("held", wrapper.format(core), core, owners=[home], pinned=True)
        blueprint.types[name] = TypePlan(name, "value", fields={"held": held})
        found += [{"__typename": name, "held": reference(blueprint, held)} for _ in range(random.randint(1, 2))]
    for root, kind, value in (("holders", "[Holder]", found), ("holderOne", "Holder", random.choice(found))):
        blueprint.query.fields[root] = FieldPlan(root, kind, "Holder", owners=[home], pinned=True)
        blueprint.data["Query"][root] = value
    return "narrower fields"
