"""What can be had at best: a quick look ahead that rules out searches which can't succeed.

Enters: nodes, field sets, and the subgraphs to avoid. Leaves: ``False`` only where the walker's search would fail for
sure. Invariant: it errs on the hopeful side alone, since it takes every label, ``@requires`` and context for met.

Hops are taken to be possible as soon as every field of a key can be resolved by some node that is in reach already, so
the answer is a least fixed point and costs little, where the walker's search may have to try many orders.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.federation.field_set import FieldSet, FieldSetField, FieldSetFragment
from router.graph.node_tables import NodeTables


class Outlook:
    """Remembers what is in reach at best; one a graph."""

    def __init__(self, tables: NodeTables) -> None:
        self._tables = tables
        self._reach: dict[tuple[frozenset[int], frozenset[str]], frozenset[int] | None] = {}
        self._has: dict[tuple[frozenset[int], FieldSet, frozenset[str]], bool] = {}

    def could_have(self, nodes: Iterable[int], field_set: FieldSet, avoid: frozenset[str]) -> bool:
        """Tell whether a field set may be had for data that stands at any of ``nodes``, without hops to ``avoid``."""
        standing = frozenset(nodes)
        place = (standing, field_set, avoid)
        found = self._has.get(place)
        if found is None:
            reach = self._could_reach(standing, avoid)
            found = self._has[place] = reach is None or self._resolve(reach, field_set, avoid)
        return found

    def _could_reach(self, standing: frozenset[int], avoid: frozenset[str]) -> frozenset[int] | None:
        """Return all nodes that hops may lead to; ``None`` (anything) while that is being found out."""
        place = (standing, avoid)
        if place in self._reach:
            return self._reach[place]
        self._reach[place] = None
        reached = set(standing)
        changed = True
        while changed:
            changed = False
            for groups in dict.fromkeys(map(self._tables.groups, sorted(reached))):
                for group in groups:
                    new = [target for target in group.targets if target not in reached and self._open(target, avoid)]
                    if new and (group.key is None or self._resolve(reached, group.key.fields, avoid)):
                        reached.update(new)
                        changed = True
        found = self._reach[place] = frozenset(reached)
        return found

    def _open(self, target: int, avoid: frozenset[str]) -> bool:
        return self._tables.graph.nodes[target].subgraph not in avoid

    def _resolve(self, reached: Iterable[int], field_set: FieldSet, avoid: frozenset[str]) -> bool:
        return all(self._resolve_selection(reached, selection, avoid) for selection in field_set)

    def _resolve_selection(
        self, reached: Iterable[int], selection: FieldSetField | FieldSetFragment, avoid: frozenset[str]
    ) -> bool:
        if isinstance(selection, FieldSetFragment) or selection.name == "__typename":
            return True
        targets: set[int] = set()
        for node in reached:
            move = self._tables.fields(node).get(selection.name)
            if move is None:
                if self._tables.members(node):
                    return True  # its members may resolve it
            elif not selection.selections:
                return True
            elif move.target is not None:
                targets.add(move.target)
        return bool(targets) and self.could_have(targets, selection.selections, avoid)
