"""The second half of a world: steps that spread it over subgraphs without changing its meaning.

Each step takes a blueprint and returns the name of the directive (or case) that it used, or ``None`` where it found no
place. Fields marked ``pinned`` stay as they are, since something else relies on where they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from router.verification.generate.blueprint import Blueprint
from router.verification.generate.steps.chains import key_chain
from router.verification.generate.steps.contexts import set_context
from router.verification.generate.steps.events import subscribe
from router.verification.generate.steps.inputs import take_arguments
from router.verification.generate.steps.interfaces import entity_interface, interface_field, interface_object
from router.verification.generate.steps.keys import reference_only, second_key
from router.verification.generate.steps.moving import (
    move_field,
    override_field,
    override_relation,
    override_root,
    share_field,
    share_root,
)
from router.verification.generate.steps.narrowing import narrow_fields
from router.verification.generate.steps.providing import provide_below, provide_field, provide_of_interface
from router.verification.generate.steps.requiring import require_field, require_of_members, require_through
from router.verification.generate.steps.shapes import add_shapes
from router.verification.generate.steps.values import (
    hide_field,
    loosen_field,
    partial_union,
    split_value_type,
    widen_relation,
)

Step: TypeAlias = Callable[[Blueprint], "str | None"]

#: The steps with how often each is tried; the order is shuffled in every world.
STEPS: tuple[tuple[Step, int], ...] = (
    (move_field, 4),
    (share_field, 2),
    (share_root, 1),
    (override_field, 2),
    (override_relation, 1),
    (override_root, 1),
    (provide_field, 2),
    (provide_below, 3),
    (provide_of_interface, 1),
    (require_field, 3),
    (require_through, 1),
    (require_of_members, 1),
    (split_value_type, 1),
    (second_key, 2),
    (interface_field, 1),
    (hide_field, 1),
    (reference_only, 1),
    (partial_union, 1),
)

#: Steps that come last, with their probability: what they add is theirs alone.
LAST_STEPS: tuple[tuple[Step, float], ...] = (
    (loosen_field, 0.4),
    (widen_relation, 1.0),
    (entity_interface, 0.3),
    (interface_object, 0.5),
    (set_context, 0.25),
    (key_chain, 0.3),
    (add_shapes, 0.3),
    (take_arguments, 0.25),
    (narrow_fields, 0.3),
    (subscribe, 0.25),
)


def split(blueprint: Blueprint) -> None:
    """Take a random number of steps in a random order, and note what was used."""
    random = blueprint.random
    plan = [step for step, times in STEPS for _ in range(times) if random.random() < 0.7]
    random.shuffle(plan)
    plan.extend(step for step, chance in LAST_STEPS if random.random() < chance)
    for step in plan:
        used = step(blueprint)
        if used is not None:
            blueprint.used.add(used)
    if blueprint.federation_1:
        blueprint.used.add("federation 1")
