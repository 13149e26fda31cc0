"""Random valid operations against any API schema, of the kinds that clients write.

Enters: a schema, a :class:`random.Random`. Leaves: :class:`MadeOperation`. Invariant: the operation validates; one that
the rules refuse (fields that can't be merged) is thrown away and made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)

ATTEMPTS = 20
#: The deepest selection set.
DEPTH = 9


@dataclass(frozen=True, slots=True)
class MadeOperation:
    """An operation, the variables to send with it, and whether it defers."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)
    deferred: bool = False


def make_operation(schema: GraphQLSchema, random: Random) -> MadeOperation | None:
    """Make one random operation; ``None`` where none validates."""
    for _ in range(ATTEMPTS):
        operation = _Writer(schema, random).write()
        if operation.text.count("{") > 1 and not validate(schema, parse(operation.text), max_errors=1):
            return operation
    return None


class _Writer:
    """Writes one operation; collects the variables and fragments that it needs on the way."""

    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self.schema, self.random = schema, random
        self.definitions: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.fragments: dict[str, tuple[str, str]] = {}
        self.budget = random.choice((4, 8, 12, 20, 30, 50, 100))
        self.eager = random.random()  # how much of each type is asked for
        self.conditional = random.choice((0, 0, 0, 0.05, 0.3))
        self.aliased = random.choice((0, 0.05, 0.3))
        self.deferring = random.choice((0,) * 9 + (0.3,))
        self.kind = "query"
        self.labels = 0

    def write(self) -> MadeOperation:
        random = self.random
        roots = [("query", self.schema.query_type)] * 6
        roots += [("mutation", self.schema.mutation_type)] * 2 + [("subscription", self.schema.subscription_type)]
        self.kind, root = random.choice([(kind, root) for kind, root in roots if root is not None])
        assert root is not None
        count = 1 if self.kind == "subscription" else random.choice((1, 1, 1, 2, 3))
        body = self._selection_set(root, 0, count)
        head = ", ".join(f"${name}: {type_text}" for name, type_text in self.definitions.items())
        name = random.choice(("", " Asked")) if self.kind == "query" else " Asked"
        text = f"{self.kind}{name}{f' ({head})' if head else ''} {body}"
        text += "".join(f" fragment {name} on {on} {inner}" for name, (on, inner) in self.fragments.items())
        return MadeOperation(text, self.variables, "@defer" in text)

    # Selections

    def _selection_set(self, parent: GraphQLNamedType, depth: int, count: int | None = None) -> str:
        random = self.random
        if depth and random.random() < 0.04:
            return "{ __typename }"
        fields = [] if isinstance(parent, GraphQLUnionType) else list(parent.fields)  # type: ignore[attr-defined]
        leading = [name for name in fields if is_composite_type(get_named_type(parent.fields[name].type))]  # type: ignore[attr-defined]
        plain = [name for name in fields if name not in leading]
        chosen = random.sample(plain, min(len(plain), self._many(len(plain))))
        chosen += random.sample(leading, min(len(leading), random.choice((0, 1, 1, 2, 3))))
        random.shuffle(chosen)
        if count is not None:
            chosen = [random.choice(fields) for _ in range(count)]
        parts = [self._field(name, parent.fields[name], depth) for name in chosen]  # type: ignore[attr-defined]
        if chosen and depth and random.random() < 0.12:
            name = random.choice(chosen)
            parts.append(self._field(name, parent.fields[name], depth))  # type: ignore[attr-defined]
        parts += self._fragments(parent, depth) if count is None else []
        if depth and random.random() < 0.15:
            parts.insert(random.randint(0, len(parts)), "__typename")
        kept = [part for part in parts if part]
        return "{ " + " ".join(kept or ["__typename"]) + " }"

    def _many(self, available: int) -> int:
        return max(1, round(available * self.random.random() * self.eager)) if available else 0

    def _fragments(self, parent: GraphQLNamedType, depth: int) -> list[str]:
        random = self.random
        if depth > DEPTH or self.budget <= 0:
            return []
        if isinstance(parent, GraphQLInterfaceType | GraphQLUnionType):
            possible = list(self.schema.get_possible_types(parent))
            count = (
                random.choice((0, 1, 2, 3)) if isinstance(parent, GraphQLInterfaceType) else random.choice((1, 2, 4))
            )
            targets: list[GraphQLNamedType] = [*random.sample(possible, min(len(possible), count))]
            related = {one.name: one for kind in possible for one in kind.interfaces if one is not parent}
            if related and random.random() < 0.25:
                targets.append(random.choice(list(related.values())))
            return [self._fragment(target, depth) for target in targets]
        if not isinstance(parent, GraphQLObjectType) or random.random() > 0.15:
            return []
        return [self._fragment(random.choice([parent, *parent.interfaces]), depth)]

    def _fragment(self, target: GraphQLNamedType, depth: int) -> str:
        random = self.random
        self.budget -= 1
        known = [name for name, (on, _) in self.fragments.items() if on == target.name]
        if known and random.random() < 0.3:
            return f"...{random.choice(known)}{self._condition()}"
        body = self._selection_set(target, depth + 1)
        if random.random() < 0.3:
            name = f"F{len(self.fragments)}"
            self.fragments[name] = (target.name, body)
            return f"...{name}{self._condition()}{self._defer()}"
        return f"... on {target.name}{self._condition()}{self._defer()} {body}"

    def _field(self, name: str, definition: GraphQLField, depth: int) -> str:
        self.budget -= 1
        inner = get_named_type(definition.type)
        composite = is_composite_type(inner)
        if composite and (self.budget <= 0 or depth > DEPTH):
            return ""
        aliased = self.random.random() < self.aliased
        alias = f"{self.random.choice((name, 'a', 'b', 'c'))}{self.random.randint(0, 3)}: " if aliased else ""
        arguments, condition = self._arguments(definition), self._condition()
        body = f" {self._selection_set(inner, depth + 1)}" if composite else ""
        return f"{alias}{name}{arguments}{condition}{body}"

    def _defer(self) -> str:
        random = self.random
        if self.kind != "query" or random.random() >= self.deferring:
            return ""
        self.labels += 1
        arguments = [f'label: "part{self.labels}"'] if random.random() < 0.3 else []
        if random.random() < 0.2:
            self.definitions["c3"] = "Boolean!"
            self.variables.setdefault("c3", random.random() < 0.6)
            arguments.append("if: $c3")
        return f" @defer({', '.join(arguments)})" if arguments else " @defer"

    def _condition(self) -> str:
        if self.random.random() > self.conditional:
            return ""
        directive = self.random.choice(("skip", "include"))
        if self.random.random() < 0.15:
            return f" @{directive}(if: {self.random.choice(('true', 'false'))})"
        variable = f"c{self.random.randint(0, 2)}"
        self.definitions[variable] = "Boolean!"
        self.variables.setdefault(variable, self.random.random() < 0.6)
        return f" @{directive}(if: ${variable})"

    # Arguments

    def _arguments(self, definition: GraphQLField) -> str:
        parts = []
        for name, argument in definition.args.items():
            if is_required_argument(argument) or self.random.random() < 0.4:
                parts.append(f"{name}: {self._value(argument, 0)}")
        return f"({', '.join(parts)})" if parts else ""

    def _value(self, place: GraphQLArgument | GraphQLInputField, depth: int) -> str:
        if self.random.random() < 0.35:
            name = f"v{self.random.randint(0, 9)}_{get_named_type(place.type).name}"
            wanted = str(place.type)
            if self.definitions.setdefault(name, wanted) == wanted:
                value = self.variables.setdefault(name, self._plain(place.type, depth))
                if value is not Undefined:
                    return f"${name}"
                del self.definitions[name], self.variables[name]
        return self._literal(place.type, depth)

    def _literal(self, type_: Any, depth: int) -> str:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            return f"[{', '.join(self._literal(inner.of_type, depth) for _ in range(self.random.randint(1, 2)))}]"
        if isinstance(inner, GraphQLInputObjectType):
            fields = inner.fields.items()
            chosen = [
                (n, f) for n, f in fields if is_required_input_field(f) or (depth < 2 and self.random.random() < 0.5)
            ]
            return "{" + ", ".join(f"{name}: {self._value(item, depth + 1)}" for name, item in chosen) + "}"
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        value = self._scalar(inner.name)
        return f'"{value}"' if isinstance(value, str) else str(value).lower()

    def _plain(self, type_: Any, depth: int) -> Any:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            return [self._plain(inner.of_type, depth)]
        if isinstance(inner, GraphQLInputObjectType):
            return {n: self._plain(f.type, depth + 1) for n, f in inner.fields.items() if is_required_input_field(f)}
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        return self._scalar(inner.name)

    def _scalar(self, name: str) -> Any:
        match name:
            case "Int":
                return self.random.randint(1, 3)
            case "Float":
                return self.random.choice((0.5, 1.5))
            case "Boolean":
                return self.random.random() < 0.5
            case _:
                return self.random.choice(("1", "2", "x"))
