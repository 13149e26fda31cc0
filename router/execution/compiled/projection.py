"""Projection as code: one function for each selection set and object type of an operation.

The reference is :mod:`router.execution.projection`. What it decides for every object anew (which fields apply, which
type a value has) is decided here once, and written down. For ``type User { name: String! tags: [String!] }`` and the
selection ``{ name tags }`` this comes out::

    def f3(o, m):
        if type(o) is not dict: raise Odd
        if (t := o.get('__typename')) is not None and t != 'User': raise Odd
        return {
            'name': (odd() if (v := o['name']) is None else (v if type(v) is str else odd())),
            'tags': (None if (v := o['tags']) is None else
                     ([(odd() if x1 is None else (x1 if type(x1) is str else odd())) for x1 in v]
                      if type(v) is list else odd())),
        }

An entity that stands at many places is one object in the tree, and is projected and serialised once: ``m`` remembers
its bytes by identity. Invariant: a function returns what the reference would, or raises one of :data:`ODD_ERRORS`; a
field without a key is such a case, since only the reference can tell whether a subgraph left it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from router.execution.compiled.source import Source
from router.execution.leaves import WrongLeaf, coerce_float, coerce_id, coerce_int
from router.execution.projection import tells_types_apart
from router.execution.types import ExecutionTypes
from router.operation.model import Condition, FieldSelection, Operation, SelectionSet
from router.type_system.model import ListType, NamedType, NonNullType, TypeRef

#: Response names that lead to a place.
Names = tuple[str, ...]

#: Functions that one operation may become; beyond it isn't compiled.
MAX_FUNCTIONS = 3_000


class Odd(Exception):
    """Something isn't as it mostly is: the reference executor decides what to make of it."""


class TooLarge(Exception):
    """An operation that would become too much code."""


def odd() -> Any:
    """Raise :class:`Odd` from within an expression."""
    raise Odd


#: What generated code raises where it must leave the decision to the reference.
ODD_ERRORS = (Odd, WrongLeaf, KeyError, TypeError)


class ProjectionWriter:
    """Writes the projection of one operation, for one assignment of its condition variables.

    ``shared`` are the places (response names from the root) where entities may stand several times.
    """

    def __init__(
        self, source: Source, types: ExecutionTypes, conditions: Mapping[str, bool], shared: frozenset[Names]
    ) -> None:
        self._source = source
        self._types = types
        self._conditions = conditions
        self._shared = shared
        self._functions: dict[tuple[tuple[int, ...], str, Names | None], str] = {}
        self._kept: list[SelectionSet] = []
        self.memories = 0

    def root(self, operation: Operation) -> str:
        """Write the function of the root, ``(tree, memories, beside)``; return its name."""
        name = self._source.name("f")
        lines = self._object_lines((operation.selection_set,), operation.root_type, (), at_root=True)
        self._source.function(name, "o, m, beside", lines)
        return name

    def _collect(self, sets: Sequence[SelectionSet], type_name: str) -> dict[str, list[FieldSelection]]:
        fields: dict[str, list[FieldSelection]] = {}
        for selection_set in sets:
            for selection in selection_set.selections:
                if not self._holds(selection.conditions):
                    continue
                if isinstance(selection, FieldSelection):
                    fields.setdefault(selection.response_name, []).append(selection)
                elif type_name in selection.types or type_name == selection.type_condition:
                    for name, inner in self._collect((selection.selection_set,), type_name).items():
                        fields.setdefault(name, []).extend(inner)
        return fields

    def _holds(self, conditions: Sequence[Condition]) -> bool:
        return not any(self._conditions[item.variable] is item.negated for item in conditions)

    def _object_lines(
        self, sets: Sequence[SelectionSet], type_name: str, place: Names, at_root: bool = False
    ) -> list[str]:
        if type_name in self._types.interfaces and tells_types_apart(sets, type_name, self._holds):
            return ["odd()"]
        entries: list[str] = []
        memories: dict[str, None] = {}
        for name, selections in self._collect(sets, type_name).items():
            first = selections[0]
            if first.name == "__typename":
                value = "odd()" if type_name in self._types.interfaces else repr(type_name)
            elif at_root and first.name in ("__schema", "__type"):
                value = f"beside.get({name!r})"
            elif any(item.denied for item in selections):
                value = "odd()"
            else:
                inner = tuple(item.selection_set for item in selections if item.selection_set is not None)
                value = self._field(name, first.type, (inner, (*place, name)), memories)
            entries.append(f"    {name!r}: {value},")
        return [*(f"{memory} = m[{memory[1:]}]" for memory in memories), "return {", *entries, "}"]

    def _field(
        self,
        name: str,
        ref: TypeRef,
        inner: tuple[tuple[SelectionSet, ...], Names],
        memories: dict[str, None],
    ) -> str:
        null, core = ("odd()", ref.of) if isinstance(ref, NonNullType) else ("None", ref)
        return f"({null} if (v := o[{name!r}]) is None else {self._value('v', core, inner, memories)})"

    def _value(
        self,
        value: str,
        ref: NamedType | ListType,
        inner: tuple[tuple[SelectionSet, ...], Names],
        memories: dict[str, None],
    ) -> str:
        """An expression for a value that isn't null."""
        if isinstance(ref, ListType):
            item = self._source.name("x")
            null, core = ("odd()", ref.of.of) if isinstance(ref.of, NonNullType) else ("None", ref.of)
            each = self._value(item, core, inner, memories)
            return f"([{null} if {item} is None else {each} for {item} in {value}] if type({value}) is list else odd())"
        if ref.name in self._types.leaves:
            return self._leaf(value, ref.name)
        sets, place = inner
        function = self._composite(sets, ref.name, place)
        if place not in self._shared:
            return f"{function}({value}, m)"
        memory = f"m{self.memories}"
        self.memories += 1
        memories[memory] = None
        remember = self._source.name("r")
        body = [
            f"r = m[{memory[1:]}][id(o)] = Fragment(dumps({function}(o, m)))",
            "return r",
        ]
        self._source.function(remember, "o, m", body)
        return f"({memory}.get(id({value})) or {remember}({value}, m))"

    def _leaf(self, value: str, name: str) -> str:
        match name:
            case "String":
                return f"({value} if type({value}) is str else odd())"
            case "ID":
                return f"({value} if type({value}) is str else coerce_id({value}))"
            case "Int":
                in_range = f"type({value}) is int and -2147483648 <= {value} <= 2147483647"
                return f"({value} if {in_range} else coerce_int({value}))"
            case "Float":
                return f"({value} if type({value}) is int else coerce_float({value}))"
            case "Boolean":
                return f"({value} if {value} is True or {value} is False else odd())"
            case _:
                return f"{self._source.constant('c', self._types.leaves[name])}({value})"

    def _composite(self, sets: tuple[SelectionSet, ...], static: str, place: Names) -> str:
        """Return the function for a value of a composite type, ``(object, memories)``."""
        key = (tuple(id(item) for item in sets), static, self._shared_below(place))
        found = self._functions.get(key)
        if found is None:
            if len(self._functions) >= MAX_FUNCTIONS:
                raise TooLarge
            self._kept.extend(sets)
            name = self._functions[key] = self._source.name("f")
            if static in self._types.objects:
                self._write_object(name, sets, static, place)
            else:
                self._write_abstract(name, sets, static, place)
            return name
        return found

    def _shared_below(self, place: Names) -> Names | None:
        """Functions at different places are one, unless entities are shared somewhere below."""
        below = any(other[: len(place)] == place and len(other) > len(place) for other in self._shared)
        return place if below else None

    def _write_object(self, name: str, sets: tuple[SelectionSet, ...], type_name: str, place: Names) -> None:
        body = [
            "if type(o) is not dict: raise Odd",
            f"if (t := o.get('__typename')) is not None and t != {type_name!r}: raise Odd",
            *self._object_lines(sets, type_name, place),
        ]
        self._source.function(name, "o, m", body)

    def _write_abstract(self, name: str, sets: tuple[SelectionSet, ...], static: str, place: Names) -> None:
        table: dict[str | None, str] = {}
        bodies: dict[tuple[str, ...], str] = {}
        forms = [*sorted(self._types.possible[static]), *([static] if static in self._types.interfaces else [])]
        for type_name in forms:
            if len(self._functions) + len(bodies) >= MAX_FUNCTIONS:
                raise TooLarge
            lines = tuple(self._object_lines(sets, type_name, place))
            function = bodies.get(lines)
            if function is None:
                function = bodies[lines] = self._source.name("f")
                self._source.function(function, "o, m", lines)
            table[type_name] = function
        if static in table:
            table[None] = table[static]
        entries = ", ".join(f"{type_name!r}: {function}" for type_name, function in table.items())
        chosen = self._source.name("t")
        self._source.statement(f"{chosen} = {{{entries}}}")
        body = [
            "if type(o) is not dict: raise Odd",
            f"f = {chosen}.get(o.get('__typename'))",
            "if f is None: raise Odd",
            "return f(o, m)",
        ]
        self._source.function(name, "o, m", body)


def projection_names() -> dict[str, Any]:
    """The names that generated projections use."""
    return {
        "Odd": Odd,
        "odd": odd,
        "Fragment": orjson.Fragment,
        "dumps": orjson.dumps,
        "coerce_id": coerce_id,
        "coerce_int": coerce_int,
        "coerce_float": coerce_float,
    }
