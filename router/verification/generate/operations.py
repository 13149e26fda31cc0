"""Random valid operations against an API schema.

Enters: a schema, a :class:`random.Random`, ids that exist. Leaves: operation text with its variables. Invariant: the
operation validates; one that the rules refuse (fields that can't be merged) is thrown away and made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OverlappingFieldsCanBeMergedRule,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)

from router.verification.generate.values import Variables

_ATTEMPTS = 30
#: How many operations are subscriptions or mutations, where the schema has them, and how many queries defer something.
_SUBSCRIPTIONS, _MUTATIONS, _DEFERRING = 0.35, 0.3, 0.15


@dataclass(frozen=True, slots=True)
class GeneratedOperation:
    """An operation and the variables to send with it. ``used`` names what occurs in it."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)
    used: frozenset[str] = frozenset()


def generate_operation(schema: GraphQLSchema, random: Random, ids: Sequence[str]) -> GeneratedOperation:
    """Make one random query, mutation or subscription."""
    for _ in range(_ATTEMPTS):
        writer = _Writer(schema, random, ids)
        operation = writer.write()
        # All other rules hold by the way it's written; were one broken, the router's refusal would be a failure.
        if not validate(schema, parse(operation.text), [OverlappingFieldsCanBeMergedRule]):
            return operation
    return GeneratedOperation("{ __typename }")


class _Writer:
    """Writes one operation; collects the variables and fragments that it needs on the way."""

    def __init__(self, schema: GraphQLSchema, random: Random, ids: Sequence[str]) -> None:
        self.schema, self.random = schema, random
        self.variables = Variables(random, ids)
        self.fragments: list[str] = []
        self.budget = random.randint(4, 30)
        self.labels = 0
        self.deferring = 0.0
        self.used: set[str] = set()

    def write(self) -> GeneratedOperation:
        random, schema = self.random, self.schema
        kind, root = "query", schema.query_type
        if schema.subscription_type is not None and random.random() < _SUBSCRIPTIONS:
            kind, root = "subscription", schema.subscription_type
        elif schema.mutation_type is not None and random.random() < _MUTATIONS:
            kind, root = "mutation", schema.mutation_type
        elif random.random() < _DEFERRING:
            self.deferring = random.choice((0.2, 0.6))
        assert root is not None
        if kind == "subscription":
            name = random.choice(list(root.fields))
            body = f"{{ {self._field(name, root.fields[name], 0, conditions=False)} }}"
        else:
            body = self._selection_set(root, 0)
        self.used.add(kind)
        text = f"{kind} Q{self.variables.head} {body}" + "".join(self.fragments)
        return GeneratedOperation(text, self.variables.given, frozenset(self.used))

    def _selection_set(self, parent: GraphQLNamedType, depth: int) -> str:
        random = self.random
        parts = [self._selection(parent, depth) for _ in range(random.randint(1, 4))]
        if random.random() < 0.15:
            parts.insert(random.randint(0, len(parts)), random.choice(("__typename", "__typename", "kind: __typename")))
        if isinstance(parent, GraphQLObjectType) and "priced" in parent.fields and random.random() < 0.3:
            # What some computed field requires, with arguments of the client's own beside it.
            parts.extend(self._field(name, parent.fields[name], depth) for name in parent.fields if name[0] in "pq")
        if not isinstance(parent, GraphQLUnionType) and random.random() < 0.2:
            parts.extend(self._twice(parent, depth))
        if random.random() < self.deferring:
            parts.append(self._fragment(parent, depth, defer=True))
            parts.extend(self._now_or_later(parent) if depth else [])
        kept = [part for part in parts if part]
        return "{ " + " ".join(kept or ["__typename"]) + " }"

    def _twice(self, parent: GraphQLNamedType, depth: int) -> list[str]:
        """A field that leads on, selected twice under one name: its sub-selections belong together."""
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        leading = [n for n, field in parent.fields.items() if is_composite_type(get_named_type(field.type))]
        plain = [name for name in leading if not parent.fields[name].args]
        name = self.random.choice(plain) if plain else None
        return [self._field(name, parent.fields[name], depth) for _ in range(2)] if name is not None else []

    def _now_or_later(self, parent: GraphQLNamedType) -> list[str]:
        """A leaf that comes at once under a condition, and later in any case."""
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        fields = {} if isinstance(parent, GraphQLUnionType) else parent.fields
        leaves = [n for n, item in fields.items() if not item.args and not is_composite_type(get_named_type(item.type))]
        if not leaves or self.random.random() < 0.5:
            return []
        name = self.random.choice(leaves)
        condition = f"@{self.random.choice(('skip', 'include'))}(if: {self.variables.condition()})"
        return [f"{name} {condition}", f"...{self._defer()} {{ {name} }}"]

    def _selection(self, parent: GraphQLNamedType, depth: int) -> str:
        random = self.random
        abstract = isinstance(parent, GraphQLInterfaceType | GraphQLUnionType)
        if abstract and random.random() < 0.1:
            return self._fragment(random.choice(self._overlapping(parent)), depth)
        if abstract and (isinstance(parent, GraphQLUnionType) or random.random() < 0.5):
            assert isinstance(parent, GraphQLInterfaceType | GraphQLUnionType)
            return self._fragment(random.choice(list(self.schema.get_possible_types(parent))), depth)
        if depth and isinstance(parent, GraphQLObjectType) and random.random() < 0.08:
            return self._fragment(random.choice(self._overlapping(parent)), depth)
        if depth and random.random() < 0.1:
            return self._fragment(parent, depth)
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        name = random.choice(list(parent.fields))
        return self._field(name, parent.fields[name], depth)

    def _overlapping(self, parent: GraphQLNamedType) -> list[GraphQLNamedType]:
        """All types that a fragment may stand on within ``parent``: they have a possible type in common."""
        possible = self._possible(parent)
        return [one for one in self.schema.type_map.values() if possible & self._possible(one)]

    def _possible(self, one: GraphQLNamedType) -> set[str]:
        if isinstance(one, GraphQLInterfaceType | GraphQLUnionType):
            return {member.name for member in self.schema.get_possible_types(one)}
        return {one.name} if isinstance(one, GraphQLObjectType) else set()

    def _fragment(self, target: GraphQLNamedType, depth: int, *, defer: bool = False) -> str:
        if self.budget <= 0 and depth:
            return ""
        self.budget -= 1
        directives = self._conditions() + (self._defer() if defer or self.random.random() < self.deferring else "")
        body = self._selection_set(target, depth + 1)
        if self.random.random() < 0.4:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f" fragment {name} on {target.name} {body}")
            return f"...{name}{directives}"
        return f"... on {target.name}{directives} {body}"

    def _field(self, name: str, definition: GraphQLField, depth: int, *, conditions: bool = True) -> str:
        self.budget -= 1
        inner = get_named_type(definition.type)
        if is_composite_type(inner) and depth and (self.budget <= 0 or depth > 6):
            return ""
        # The values of a custom scalar are known by their name where an answer is spoilt.
        alias = "" if inner.name == "JSON" else self._alias(name)
        body = f" {self._selection_set(inner, depth + 1)}" if is_composite_type(inner) else ""
        return f"{alias}{name}{self._arguments(definition)}{self._conditions() if conditions else ''}{body}"

    def _alias(self, name: str) -> str:
        random = self.random
        if random.random() > 0.2:
            return ""
        if random.random() < 0.15:
            # Names that other fields have, or that a planner may think of.
            return f"{random.choice(('id', 'label', 'f0', 'r0', '_a0', 'q0', 'f0__alias_0', '_0', 'size', 'code'))}: "
        return f"a{random.randint(0, 9)}: "

    def _arguments(self, definition: GraphQLField) -> str:
        values = {name: self.variables.argument(name, argument) for name, argument in definition.args.items()}
        parts = [f"{name}: {value}" for name, value in values.items() if value is not None]
        return f"({', '.join(parts)})" if parts else ""

    def _defer(self) -> str:
        random = self.random
        self.used.add("defer")
        parts = []
        if random.random() < 0.6:
            self.labels += 1
            parts.append(f'label: "part{self.labels}"')
        if random.random() < 0.25:
            parts.append(f"if: {self.variables.condition(1)}")
            self.used.add("defer if")
        return f" @defer({', '.join(parts)})" if parts else " @defer"

    def _conditions(self) -> str:
        chance = self.random.random()
        if chance > 0.15:
            return ""
        if chance < 0.02:
            self.used.add("skip and include")
            return f" @skip(if: {self.variables.condition()}) @include(if: {self.variables.condition()})"
        return f" @{self.random.choice(('skip', 'include'))}(if: {self.variables.condition()})"
