"""The blueprint of a world while it is being made: types and fields, and what each subgraph says of them.

Mutable, and private to generation. ``FieldPlan`` and ``TypePlan`` hold the monolith's meaning in their first attributes
and the split into subgraphs in the rest; :mod:`router.verification.generate.sdl` prints each subgraph from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass(slots=True)
class FieldPlan:
    """A field. ``type`` is SDL text; ``core`` the type's name without wrappers; ``arguments`` SDL text or empty.

    ``owners`` resolve it. ``external`` subgraphs declare it only for keys, ``@requires`` or ``@provides``.
    ``requires``, ``provides`` and ``override`` map a subgraph to the directive's argument text there; ``types`` and
    ``argument_texts`` to what it says instead of ``type`` and ``arguments``.
    """

    name: str
    type: str
    core: str
    arguments: str = ""
    owners: list[str] = field(default_factory=list)
    external: set[str] = field(default_factory=set)
    requires: dict[str, str] = field(default_factory=dict)
    provides: dict[str, str] = field(default_factory=dict)
    override: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    argument_texts: dict[str, str] = field(default_factory=dict)
    inaccessible: bool = False
    pinned: bool = False

    @property
    def is_list(self) -> bool:
        return self.type.startswith("[")

    def declared_in(self, subgraph: str) -> bool:
        return subgraph in self.owners or subgraph in self.external


@dataclass(slots=True)
class TypePlan:
    """A type. ``kind`` is ``object``, ``interface``, ``union``, ``enum`` or ``value``.

    ``keys`` maps each subgraph that declares an entity to its keys (text, resolvable); ``members`` maps each subgraph
    that declares a union or interface to the members it knows. ``interface_objects`` are subgraphs where an interface
    is an object. ``contexts`` maps subgraphs to the context that the type sets there.
    """

    name: str
    kind: str
    fields: dict[str, FieldPlan] = field(default_factory=dict)
    keys: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    interface_objects: set[str] = field(default_factory=set)
    contexts: dict[str, str] = field(default_factory=dict)

    def declared_in(self, subgraph: str) -> bool:
        return (
            subgraph in self.keys
            or subgraph in self.members
            or any(item.declared_in(subgraph) for item in self.fields.values())
        )


@dataclass(slots=True)
class Blueprint:
    """A world in the making. ``used`` counts the steps that were taken, by directive.

    ``more`` is SDL that subgraphs have besides, ``moody`` the subgraphs that use the enum in it; ``hidden`` its value
    that the API doesn't show.
    """

    random: Random
    subgraphs: list[str]
    federation_1: set[str]
    types: dict[str, TypePlan] = field(default_factory=dict)
    query: TypePlan = field(default_factory=lambda: TypePlan("Query", "object"))
    mutation: TypePlan = field(default_factory=lambda: TypePlan("Mutation", "object"))
    subscription: TypePlan = field(default_factory=lambda: TypePlan("Subscription", "object"))
    data: dict[str, Any] = field(default_factory=dict)
    more: dict[str, list[str]] = field(default_factory=dict)
    moody: set[str] = field(default_factory=set)
    hidden: str | None = None
    used: set[str] = field(default_factory=set)

    def of_kind(self, *kinds: str) -> list[TypePlan]:
        return [plan for plan in self.types.values() if plan.kind in kinds]

    def entities(self) -> list[TypePlan]:
        return [plan for plan in self.types.values() if plan.kind == "object"]

    def pool(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data.setdefault(name, [])
        return found

    def objects(self, name: str) -> Iterator[dict[str, Any]]:
        """All stored objects behind a type."""
        plan = self.types[name]
        if plan.kind in ("interface", "union"):
            for member in self.all_members(plan):
                yield from self.pool(member)
        else:
            yield from self.pool(name)

    def all_members(self, plan: TypePlan) -> list[str]:
        return list(dict.fromkeys(name for names in plan.members.values() for name in names))

    def is_partial(self, plan: TypePlan, subgraph: str) -> bool:
        """Whether a subgraph knows only some members of a union or interface, and so can't return the others."""
        return set(plan.members[subgraph]) != set(self.all_members(plan))

    def other(self, *excluded: str) -> str | None:
        """A random Federation 2 subgraph that isn't excluded."""
        choices = [name for name in self.subgraphs if name not in excluded and name not in self.federation_1]
        return self.random.choice(choices) if choices else None

    def ensure(self, type_name: str, subgraph: str) -> None:
        """See to it that a subgraph declares a type that one of its fields returns."""
        plan = self.types.get(type_name)
        if plan is None or plan.declared_in(subgraph):
            return
        match plan.kind:
            case "object":
                self.ensure_entity(plan, subgraph)
            case "value":
                for item in plan.fields.values():
                    item.owners.append(subgraph)
                    self.ensure(item.core, subgraph)
            case "interface" | "union":
                members = self.all_members(plan)
                plan.members[subgraph] = members
                for member in members:
                    self.ensure(member, subgraph)
                if plan.kind == "interface":
                    plan.fields["id"].owners.append(subgraph)
                    for member in members:
                        # An entity that came by another key may lack it here.
                        self.own(self.types[member].fields["id"], subgraph)

    def own(self, item: FieldPlan, subgraph: str) -> None:
        """Let a subgraph resolve a field, if it doesn't yet."""
        if subgraph not in item.owners:
            item.owners.append(subgraph)

    def ensure_entity(self, plan: TypePlan, subgraph: str, resolvable: bool = True) -> None:
        """Declare an entity in a subgraph by one of the keys that its home has."""
        if subgraph in plan.keys:
            if resolvable:
                plan.keys[subgraph] = [(text, True) for text, _ in plan.keys[subgraph]]
            return
        home = next(iter(plan.keys.values()))
        text = self.random.choice(home)[0] if resolvable else home[0][0]
        plan.keys[subgraph] = [(text, resolvable)]
        self.declare_key(plan, text, subgraph)

    def declare_key(self, plan: TypePlan, text: str, subgraph: str) -> None:
        """Declare a key's fields in a subgraph, which resolves them itself."""
        for name in text.split():
            if name not in "{}" and name in plan.fields and subgraph not in plan.fields[name].owners:
                plan.fields[name].owners.append(subgraph)
                self.ensure(plan.fields[name].core, subgraph)
