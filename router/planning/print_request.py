"""Selections -> the text of the GraphQL document that a subgraph is sent.

Enters: the steps that one request carries. Leaves: a compact document with the variables that it uses. Invariant:
selections that several places share are printed once, as a named fragment, so text grows with the plan and not with
the number of ways through it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from router.operation.model import Condition, VariableDefinition
from router.planning.fetch_graph import FetchStep, Head, Selections
from router.type_system.model import NamedType, NoDefault
from router.type_system.values import print_value

#: Shared selections shorter than this are cheaper repeated than named.
_WORTH_NAMING = 24


class RequestPrinter:
    """Prints one request; ``assumed`` are conditions that hold whenever it is sent."""

    def __init__(self, assumed: tuple[Condition, ...], variables: Mapping[str, VariableDefinition]) -> None:
        self._assumed = frozenset(assumed)
        self._variables = variables
        self._used: dict[str, None] = {}
        self._tested: set[str] = set()
        self._times: Counter[int] = Counter()
        self._bodies: dict[int, str] = {}
        self._fragments: dict[str, str] = {}
        self._named: dict[int, str] = {}
        self.representations: list[str] = []

    @property
    def used(self) -> tuple[str, ...]:
        """The client's variables that the document uses, in the order in which they were met."""
        return tuple(name for name in self._used if name in self._variables)

    def print_root(self, kind: str, name: str | None, step: FetchStep) -> str:
        """Print a root request."""
        self._count(step.selections, set())
        body = self._print(step.selections, top=True)
        return self._document(kind, name, [], body)

    def print_entities(self, name: str | None, steps: list[FetchStep]) -> str:
        """Print an entity request: one ``_entities`` field a step."""
        seen: set[int] = set()
        for step in steps:
            self._count(step.selections, seen)
        declared: list[str] = []
        fields: list[str] = []
        for number, step in enumerate(steps):
            variable = "representations" if len(steps) == 1 else f"r{number}"
            self.representations.append(variable)
            declared.append(f"${variable}: [_Any!]!")
            declared += [f"${context.variable}: {context.type}" for context in step.contexts.values()]
            alias = "" if len(steps) == 1 else f"_e{number}: "
            body = self._print(step.selections, top=True)
            fields.append(f"{alias}_entities(representations: ${variable}) {body}")
        return self._document("query", name, declared, "{" + " ".join(fields) + "}")

    def _document(self, kind: str, name: str | None, declared: list[str], body: str) -> str:
        for variable in self.used:
            declared.append(_print_variable(self._variables[variable], variable in self._tested))
        variables = f"({', '.join(dict.fromkeys(declared))})" if declared else ""
        head = f"{kind} {name}{variables} " if name else f"{kind}{variables} " if variables or kind != "query" else ""
        return "".join([head, body, *self._fragments.values()])

    def _count(self, selections: Selections, seen: set[int]) -> None:
        """Count how often frozen selections occur, going into each once."""
        if selections.frozen:
            self._times[id(selections)] += 1
            if id(selections) in seen:
                return
            seen.add(id(selections))
        for below in selections.items.values():
            if below is not None:
                self._count(below, seen)

    def _print(self, selections: Selections, top: bool = False) -> str:
        """Print a selection set with its braces."""
        if not selections.frozen:
            return "{" + " ".join(self._lines(selections, top)) + "}"
        key = id(selections)
        if key in self._named:
            return self._named[key]
        body = self._bodies.get(key)
        if body is None:
            body = "{" + " ".join(self._lines(selections, top)) + "}"
            if self._times[key] > 1 and len(body) > _WORTH_NAMING:
                name = _fragment_name(len(self._fragments))
                self._fragments[name] = f" fragment {name} on {selections.type_name} {body}"
                body = self._named[key] = f"{{...{name}}}"
            self._bodies[key] = body
        return body

    def _lines(self, selections: Selections, top: bool) -> list[str]:
        lines = []
        for head, below in selections.items.items():
            for variable in head.variables:
                self._used.setdefault(variable, None)
            line = _print_head(head)
            if below is not None:
                line += self._print(below, top=top and head.response_name == "...")
            conditions = [item for item in head.conditions if not (top and item in self._assumed)]
            for condition in conditions:
                self._used[condition.variable] = None
                self._tested.add(condition.variable)
            lines.append(_wrap(line, below is not None, conditions, head))
        return lines


def _print_head(head: Head) -> str:
    if head.response_name == "...":
        return f"... on {head.name}"
    alias = "" if head.response_name == head.name else f"{head.response_name}: "
    return f"{alias}{head.name}{head.arguments}{head.directives}"


def _wrap(line: str, nested: bool, conditions: list[Condition], head: Head) -> str:
    """Put conditions on a line; one ``@include`` and one ``@skip`` fit on it, more stand around it."""
    if not conditions:
        return line
    own: list[str] = []
    around: list[str] = []
    used: set[bool] = set()
    for condition in conditions:
        text = f"@{'skip' if condition.negated else 'include'}(if: ${condition.variable})"
        (around if condition.negated in used else own).append(text)
        used.add(condition.negated)
    at = len(_print_head(head))
    line = f"{line[:at]} {' '.join(own)}{line[at:]}"
    for text in around:
        line = f"... {text} {{{line}}}"
    return line


def _fragment_name(number: int) -> str:
    name = ""
    while True:
        name = chr(ord("a") + number % 26) + name
        number = number // 26 - 1
        if number < 0:
            return name if name != "on" else "on_"


def _print_variable(definition: VariableDefinition, tested: bool) -> str:
    """Print a variable's definition; one that a condition tests has a value whenever the request is sent."""
    if isinstance(definition.default, NoDefault):
        type_ref = definition.type
        return f"${definition.name}: {type_ref}{'!' if tested and isinstance(type_ref, NamedType) else ''}"
    return f"${definition.name}: {definition.type} = {print_value(definition.default)}"
