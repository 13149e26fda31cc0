"""Alias fields of a fetch whose response shapes conflict in the subgraph though they don't in the API schema.

Two members of a union may have one field with types that the supergraph merges (``ID`` and ``ID!``) and that the
subgraph sees apart; a subgraph refuses to answer both under one response name (GraphQL specification, section 5.3.2).
Enters: a step's selections, the subgraph's schema. Leaves: the selections, aliased where they must be, and the
renames that undo it. Invariant: what has no conflict is left as it is, the same object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.planning.fetch_graph import Head, Selections
from router.query_plan.nodes import FieldStep, ListStep, Path, Rename
from router.type_system.model import (
    EnumType,
    InterfaceType,
    ListType,
    NonNullType,
    ObjectType,
    ScalarType,
    TypeDefinition,
    TypeRef,
    list_depth,
)

_Types = Mapping[str, TypeDefinition]


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """A field under some response name: where it is written, and its type in the subgraph."""

    owner: Selections
    head: Head
    type: TypeRef
    below: Selections | None


def alias_conflicts(selections: Selections, types: _Types) -> tuple[Selections, tuple[Rename, ...]]:
    """Return selections without conflicts, and what to call by its own name again once the answer is there."""
    if not _may_conflict(selections, set()) or not _Search(types).run([selections], ()):
        return selections, ()
    own = _copy(selections)
    search = _Search(types, apply=True)
    search.run([own], ())
    return own, tuple(search.renames)


def _may_conflict(selections: Selections, seen: set[int]) -> bool:
    """Tell whether there are fragments side by side anywhere; shared selections are looked at once."""
    if id(selections) in seen:
        return False
    seen.add(id(selections))
    fragments = sum(head.response_name == "..." for head in selections.items)
    if fragments and len(selections.items) > 1:
        return True
    return any(below is not None and _may_conflict(below, seen) for below in selections.items.values())


def _copy(selections: Selections) -> Selections:
    return Selections(
        selections.type_name,
        {head: None if below is None else _copy(below) for head, below in selections.items.items()},
    )


class _Search:
    """Looks for conflicts; with ``apply`` it gives aliases and notes renames."""

    def __init__(self, types: _Types, apply: bool = False) -> None:
        self.types = types
        self.apply = apply
        self.renames: list[Rename] = []
        self._clean: set[tuple[int, ...]] = set()

    def run(self, together: list[Selections], path: Path) -> bool:
        """Tell whether selection sets that answer into one place conflict somewhere."""
        key = tuple(map(id, together))
        if key in self._clean:
            return False
        by_name: dict[str, list[_Occurrence]] = {}
        for selections in together:
            self._collect(selections, by_name)
        found = False
        for name, occurrences in by_name.items():
            for shape, alike in self._by_shape(occurrences).items():
                if shape != self._shape(occurrences[0].type):
                    found = True
                    if not self.apply:
                        return True
                    self._alias(name, alike, path)
            first = occurrences[0].type
            below = list({id(item.below): item.below for item in occurrences if item.below is not None}.values())
            if below and self.run(below, (*path, FieldStep(name), *[ListStep()] * list_depth(first))):
                found = True
                if not self.apply:
                    return True
        if not found:
            self._clean.add(key)
        return found

    def _collect(self, selections: Selections, by_name: dict[str, list[_Occurrence]]) -> None:
        definition = self.types.get(selections.type_name)
        for head, below in selections.items.items():
            if head.response_name == "...":
                if below is not None:
                    self._collect(below, by_name)
            elif isinstance(definition, ObjectType | InterfaceType) and head.name in definition.fields:
                made = _Occurrence(selections, head, definition.fields[head.name].type, below)
                by_name.setdefault(head.response_name, []).append(made)

    def _by_shape(self, occurrences: list[_Occurrence]) -> dict[str, list[_Occurrence]]:
        if len(occurrences) == 1:
            return {}
        found: dict[str, list[_Occurrence]] = {}
        for item in occurrences:
            found.setdefault(self._shape(item.type), []).append(item)
        return found

    def _shape(self, type_ref: TypeRef) -> str:
        """Return what two types must have in common: lists, non-nulls, and the name of a leaf."""
        match type_ref:
            case NonNullType(of):
                return f"{self._shape(of)}!"
            case ListType(of):
                return f"[{self._shape(of)}]"
            case _:
                leaf = isinstance(self.types.get(type_ref.name), ScalarType | EnumType | None)
                return type_ref.name if leaf else "{}"

    def _alias(self, name: str, alike: list[_Occurrence], path: Path) -> None:
        alias = f"_r{len(self.renames)}"
        self.renames.append(Rename(path, alias, name))
        for item in alike:
            items = item.owner.items
            item.owner.items = {
                head._replace(response_name=alias) if head == item.head else head: below
                for head, below in items.items()
            }
