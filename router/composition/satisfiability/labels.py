"""Which override labels still matter from a type on.

Enters: a supergraph. Leaves: for each type, the labels on fields of types that it leads to, itself included. Invariant:
a label that isn't among them changes nothing of what can be had below, so a walk may forget what it knows of it.
"""

from __future__ import annotations

from router.graph.labels import Labels
from router.graph.possible_types import PossibleTypes
from router.supergraph.model import Supergraph
from router.type_system.model import InterfaceType, ObjectType, named_type


class RelevantLabels:
    """Forgets labels that don't matter; one a supergraph."""

    def __init__(self, supergraph: Supergraph, possible: PossibleTypes) -> None:
        self._schema = supergraph.schema
        self._possible = possible
        self._own = {
            name: labels
            for name, joins in supergraph.joins.items()
            if (labels := {j.override_label for joined in joins.fields.values() for j in joined if j.override_label})
        }
        self._from: dict[str, frozenset[str]] = {}

    def trim(self, labels: Labels, type_name: str) -> Labels:
        """Return the labels without those that don't matter from a type on."""
        if not labels.on and not labels.off:
            return labels
        relevant = self._from.get(type_name)
        if relevant is None:
            relevant = self._from[type_name] = self._collect(type_name)
        return Labels(labels.on & relevant, None if labels.off is None else labels.off & relevant)

    def _collect(self, type_name: str) -> frozenset[str]:
        found: set[str] = set()
        seen = {type_name}
        waiting = [type_name]
        while waiting:
            name = waiting.pop()
            found |= self._own.get(name, set())
            for following in self._following(name):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return frozenset(found)

    def _following(self, name: str) -> list[str]:
        definition = self._schema.types.get(name)
        following = [] if isinstance(definition, ObjectType) else list(self._possible[name])
        if isinstance(definition, ObjectType | InterfaceType):
            following.extend(named_type(item.type) for item in definition.fields.values())
            following.extend(definition.interfaces)
        return following
