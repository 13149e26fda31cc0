"""Ask an interface itself for what every one of its members is asked for.

Enters: a step's selections. Leaves: the same, with equal fields of all members moved out of their fragments. Invariant:
a field moves only where the subgraph's interface has it and every member resolves it, so the answer stays the same.
"""

from __future__ import annotations

from router.planning.fetch_graph import Head, Selections
from router.planning.passes.join_paths import selections_key
from router.planning.spots import Spots


def fold_fragments(selections: Selections, subgraph: str, spots: Spots) -> bool:
    """Fold fragments here and below; shared selections were made without need of it."""
    if selections.frozen:
        return False
    changed = False
    for below in list(selections.items.values()):
        if below is not None:
            changed = fold_fragments(below, subgraph, spots) or changed
    node = spots.graph.node(subgraph, selections.type_name)
    if node is None:
        return changed
    spot = spots.spot(node.index)
    if not spot.abstract or not spot.ways or not spot.members:
        return changed
    fragments = [selections.items.get(Head("...", name)) for name in spot.members]
    if any(fragment is None or fragment.frozen for fragment in fragments):
        return changed
    first, *others = [fragment for fragment in fragments if fragment is not None]
    for head, below in list(first.items.items()):
        if head.name not in spot.ways or not all(_has(other, head, below) for other in others):
            continue
        target = spot.ways[head.name].target
        if below is not None and (target is None or target.type_name != below.type_name):
            continue  # the interface's own field says less of what is below
        if below is None:
            selections.leaf(head)
        else:
            selections.share(head, below.freeze())
        for fragment in (first, *others):
            del fragment.items[head]
        changed = True
    for name, fragment in zip(spot.members, (first, *others), strict=True):
        if not fragment.items:
            del selections.items[Head("...", name)]
    return changed


def _has(fragment: Selections, head: Head, below: Selections | None) -> bool:
    if head not in fragment.items:
        return False
    other = fragment.items[head]
    if below is None or other is None:
        return below is other
    return other is below or selections_key(other) == selections_key(below)
