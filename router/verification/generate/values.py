"""Random values for arguments: literals, variables, and variables within lists and input objects.

Enters: an argument of an API schema. Leaves: the text that stands for its value in the operation, or ``None`` where it
is left out. Invariant: a variable is declared with the type (and the default) that its place allows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLType,
    Undefined,
    is_required_argument,
    is_required_input_field,
)

_TEXTS = ("USD", "EUR")


@dataclass(slots=True)
class Variables:
    """What an operation declares, and what is sent with it. ``ids`` are those of objects that exist."""

    random: Random
    ids: Sequence[str]
    definitions: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The declarations with their parentheses; nothing where there are none."""
        text = ", ".join(f"${name}: {type_text}" for name, type_text in self.definitions.items())
        return f"({text})" if text else ""

    def argument(self, name: str, argument: GraphQLArgument) -> str | None:
        """Return the text of an argument's value."""
        if not is_required_argument(argument) and self.random.random() < (0.1 if name == "currency" else 0.35):
            return None
        return self._text(name, argument, 0)

    def condition(self, most: int = 3) -> str:
        """Return the text of a condition: a constant or a variable, sometimes one that is left to its default."""
        random = self.random
        if random.random() < 0.2:
            return random.choice(("true", "false"))
        number = random.randint(0, most)
        name = f"c{number}"
        if name not in self.definitions:
            default = random.choice(("true", "false"))
            self.definitions[name] = f"Boolean = {default}" if number == 3 else "Boolean!"
            if number == 2:
                self.definitions[name] += f" = {default}"
            if number < 2 or random.random() < 0.5:
                self.given[name] = random.random() < 0.6
        return f"${name}"

    def _text(self, name: str, place: GraphQLArgument | GraphQLInputField, depth: int) -> str:
        random = self.random
        if random.random() < 0.5:
            return self._variable(name, place.type, place.default_value is not Undefined, depth)
        if not isinstance(place.type, GraphQLNonNull) and random.random() < 0.1:
            return "null"
        return self._literal(name, place.type, depth)

    def _variable(self, name: str, type_: GraphQLType, has_default: bool, depth: int) -> str:
        random = self.random
        variable = f"v{len(self.definitions)}"
        text = str(type_)
        chance = random.random()
        if chance < 0.15 and (has_default or not isinstance(type_, GraphQLNonNull)):
            # A variable that may be null, at a place with a default that may not, or left out altogether.
            text = text.removesuffix("!")
        elif chance < 0.3:
            text = f"{text} = {self._literal(name, type_, depth, constant=True)}"
        else:
            self.given[variable] = self._plain(name, type_, depth)
        self.definitions[variable] = text
        return f"${variable}"

    def _literal(self, name: str, type_: GraphQLType, depth: int, *, constant: bool = False) -> str:
        random = self.random
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            if random.random() < 0.15:
                return self._literal(name, inner.of_type, depth, constant=constant)  # one item stands for its list
            count = random.randint(0, 2)
            if not constant and random.random() < 0.3:
                items = [self._variable(name, inner.of_type, False, depth) for _ in range(count)]
            else:
                items = [self._literal(name, inner.of_type, depth, constant=constant) for _ in range(count)]
            return f"[{', '.join(items)}]"
        if isinstance(inner, GraphQLInputObjectType):
            parts = {
                n: self._literal(n, f.type, depth + 1, constant=True) if constant else self._text(n, f, depth + 1)
                for n, f in self._chosen(inner, depth)
            }
            return "{" + ", ".join(f"{n}: {text}" for n, text in parts.items()) + "}"
        value = self._plain(name, inner, depth, literal=True)
        return str(value) if isinstance(inner, GraphQLEnumType) else _print(value)

    def _plain(self, name: str, type_: GraphQLType, depth: int, *, literal: bool = False) -> Any:
        random = self.random
        if not isinstance(type_, GraphQLNonNull) and not literal and random.random() < 0.08:
            return None
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            return [self._plain(name, inner.of_type, depth + 1) for _ in range(random.randint(0, 2))]
        if isinstance(inner, GraphQLInputObjectType):
            return {n: self._plain(n, f.type, depth + 1) for n, f in self._chosen(inner, depth)}
        if isinstance(inner, GraphQLEnumType):
            return random.choice(list(inner.values))
        match str(inner):
            case "Int":
                return random.randint(0, 3)
            case "Float":
                return random.choice((0.5, 1.5))
            case "Boolean":
                return random.random() < 0.5
            case "JSON":
                return random.choice(({"deep": [1, {"er": None}]}, [True, "x"], "text", 7))
            case _:
                return random.choice([*self.ids, "nowhere"]) if name == "id" else random.choice(_TEXTS)

    def _chosen(self, inner: GraphQLInputObjectType, depth: int) -> list[tuple[str, GraphQLInputField]]:
        return [
            (n, f)
            for n, f in inner.fields.items()
            if is_required_input_field(f) or (depth < 2 and self.random.random() < 0.6)
        ]


def _print(value: Any) -> str:
    """Print a plain value as a GraphQL literal."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_print(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_print(item) for item in value) + "]"
    return json.dumps(value)
