"""Which ``@fromContext`` arguments can be filled, as one bit each, kept up to date along the walk.

Enters: context requirements of field moves. Leaves: masks. Invariant: a requirement's bit is set exactly where the
nearest enclosing object that sets its context can bring the value.
"""

from __future__ import annotations

from router.composition.satisfiability.places import Visit
from router.federation.field_set import FieldSet
from router.graph.walker import Walker
from router.supergraph.views import ContextRequirement


class Contexts:
    """The requirements of one supergraph, numbered."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self._bits: dict[tuple[str, tuple[tuple[str, FieldSet], ...]], int] = {}
        self._setters: dict[str, list[tuple[int, tuple[FieldSet, ...]]]] = {}
        self._requirements: list[ContextRequirement] = []
        for view in walker.graph.views.values():
            for type_view in view.types.values():
                for item in type_view.fields.values():
                    for requirement in item.contexts:
                        self._number(requirement)

    def _number(self, requirement: ContextRequirement) -> None:
        name = _name(requirement)
        if name not in self._bits:
            self._bits[name] = 1 << len(self._bits)
            self._requirements.append(requirement)

    def met(self, requirements: tuple[ContextRequirement, ...], contexts: int) -> bool:
        """Tell whether all of a field's requirements can be met under a mask."""
        return all(contexts & self._bits[_name(requirement)] for requirement in requirements)

    def leaving(self, type_name: str, nodes: tuple[int, ...], visit: Visit) -> int:
        """Return the mask for what is below an object of the type that stands at ``nodes``."""
        contexts = visit.contexts
        for bit, selections in self._set_by(type_name):
            if any(self.walker.has(nodes, selection, visit.labels) for selection in selections):
                contexts |= bit
            else:
                contexts &= ~bit
        return contexts

    def _set_by(self, type_name: str) -> list[tuple[int, tuple[FieldSet, ...]]]:
        """Return the requirements whose context the type, or an abstract type that it belongs to, sets."""
        if not self._bits:
            return []
        found = self._setters.get(type_name)
        if found is None:
            found = []
            possible = set(self.walker.possible_types[type_name])
            for requirement in self._requirements:
                selections = tuple(
                    selection
                    for setter, selection in requirement.selections.items()
                    if setter == type_name or (possible and possible.issubset(self.walker.possible_types[setter]))
                )
                if selections:
                    found.append((self._bits[_name(requirement)], selections))
            self._setters[type_name] = found
        return found


def _name(requirement: ContextRequirement) -> tuple[str, tuple[tuple[str, FieldSet], ...]]:
    return requirement.context, tuple(requirement.selections.items())
