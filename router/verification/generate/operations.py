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

_ATTEMPTS = 30


@dataclass(frozen=True, slots=True)
class GeneratedOperation:
    """An operation and the variables to send with it."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)


def generate_operation(schema: GraphQLSchema, random: Random, ids: Sequence[str]) -> GeneratedOperation:
    """Make one random query or mutation."""
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
        self.schema, self.random, self.ids = schema, random, ids
        self.definitions: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.fragments: list[str] = []
        self.budget = random.randint(4, 30)

    def write(self) -> GeneratedOperation:
        kind, root = "query", self.schema.query_type
        if self.schema.mutation_type is not None and self.random.random() < 0.25:
            kind, root = "mutation", self.schema.mutation_type
        assert root is not None
        body = self._selection_set(root, 0)
        head = ", ".join(f"${name}: {type_text}" for name, type_text in self.definitions.items())
        text = f"{kind} Q{f'({head})' if head else ''} {body}" + "".join(self.fragments)
        return GeneratedOperation(text, self.variables)

    def _selection_set(self, parent: GraphQLNamedType, depth: int) -> str:
        random = self.random
        parts = [self._selection(parent, depth) for _ in range(random.randint(1, 4))]
        if random.random() < 0.15:
            parts.append("__typename")
        if isinstance(parent, GraphQLObjectType) and "priced" in parent.fields and random.random() < 0.3:
            # What some computed field requires, with arguments of the client's own beside it.
            parts.extend(self._field(name, parent.fields[name], depth) for name in parent.fields if name[0] in "pq")
        if not isinstance(parent, GraphQLUnionType) and random.random() < 0.2:
            parts.extend(self._twice(parent, depth))
        kept = [part for part in parts if part]
        return "{ " + " ".join(kept or ["__typename"]) + " }"

    def _twice(self, parent: GraphQLNamedType, depth: int) -> list[str]:
        """A field that leads on, selected twice under one name: its sub-selections belong together."""
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        leading = [n for n, field in parent.fields.items() if is_composite_type(get_named_type(field.type))]
        plain = [name for name in leading if not parent.fields[name].args]
        name = self.random.choice(plain) if plain else None
        return [self._field(name, parent.fields[name], depth) for _ in range(2)] if name is not None else []

    def _selection(self, parent: GraphQLNamedType, depth: int) -> str:
        random = self.random
        abstract = isinstance(parent, GraphQLInterfaceType | GraphQLUnionType)
        if abstract and (isinstance(parent, GraphQLUnionType) or random.random() < 0.5):
            assert isinstance(parent, GraphQLInterfaceType | GraphQLUnionType)
            return self._fragment(random.choice(list(self.schema.get_possible_types(parent))), depth)
        if isinstance(parent, GraphQLObjectType) and parent.interfaces and random.random() < 0.1:
            return self._fragment(random.choice(list(parent.interfaces)), depth)
        if depth and random.random() < 0.1:
            return self._fragment(parent, depth)
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        name = random.choice(list(parent.fields))
        return self._field(name, parent.fields[name], depth)

    def _fragment(self, target: GraphQLNamedType, depth: int) -> str:
        self.budget -= 1
        body = self._selection_set(target, depth + 1)
        if self.random.random() < 0.4:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f" fragment {name} on {target.name} {body}")
            return f"...{name}{self._condition()}"
        return f"... on {target.name}{self._condition()} {body}"

    def _field(self, name: str, definition: GraphQLField, depth: int) -> str:
        self.budget -= 1
        inner = get_named_type(definition.type)
        if is_composite_type(inner) and (self.budget <= 0 or depth > 6):
            return ""
        alias = f"a{self.random.randint(0, 9)}: " if self.random.random() < 0.2 else ""
        body = f" {self._selection_set(inner, depth + 1)}" if is_composite_type(inner) else ""
        return f"{alias}{name}{self._arguments(definition)}{self._condition()}{body}"

    def _arguments(self, definition: GraphQLField) -> str:
        parts = []
        for name, argument in definition.args.items():
            value = self.random.choice([*self.ids, "nowhere"]) if name == "id" else self.random.choice(("USD", "EUR"))
            if self.random.random() < 0.5:
                variable = f"v{len(self.definitions)}"
                self.definitions[variable] = str(argument.type)
                self.variables[variable] = value
                parts.append(f"{name}: ${variable}")
            elif name == "id" or self.random.random() < 0.8:
                parts.append(f'{name}: "{value}"')
        return f"({', '.join(parts)})" if parts else ""

    def _condition(self) -> str:
        if self.random.random() > 0.15:
            return ""
        directive = self.random.choice(("skip", "include"))
        if self.random.random() < 0.2:
            return f" @{directive}(if: {self.random.choice(('true', 'false'))})"
        variable = f"c{self.random.randint(0, 2)}"
        self.definitions[variable] = "Boolean!"
        self.variables.setdefault(variable, self.random.random() < 0.6)
        return f" @{directive}(if: ${variable})"
