"""Gathering of entities as code: one function for each path of a plan, one for each input of a fetch.

The reference is :mod:`router.execution.representations`. Two things make this fast. The objects at a path are listed
once, and a longer path starts from the list of a shorter one, so an entity that stands at many places is visited once.
And equal entities at one path *become one object*: they have the same content and the same future, since every later
fetch at that path asks by content alone. (Where a plan reads contexts, which depend on the place, nothing is shared.)

Invariant: groups come in the order in which the reference would find them, and stand for the same places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from router.execution.compiled.source import Source
from router.execution.json_text import encode_json
from router.execution.marks import Marks
from router.execution.representations import NotSent, represent
from router.execution.tree import Tree
from router.query_plan.nodes import (
    EntityInput,
    FieldStep,
    ListStep,
    Path,
    RepresentationShape,
    RequiredField,
    TypeStep,
)

_NO_MARKS: Final = Marks()

#: Lists of the objects at a path, as far as they are known in one execution.
Front = dict[int, list[Tree]]


@dataclass(slots=True)
class Gathered:
    """What an input asks for: ``representations`` as JSON, each with the objects that it stands for.

    ``passed_over`` are objects that can't be asked for.
    """

    representations: list[bytes]
    targets: list[list[Tree]]
    passed_over: list[Tree]


@dataclass(slots=True)
class Paths:
    """The paths of a plan, by number; ``hints`` are key fields by which equal objects are found quickly."""

    numbers: dict[Path, int] = field(default_factory=dict)
    hints: dict[Path, str | None] = field(default_factory=dict)

    def add(self, source: EntityInput) -> None:
        """Take in the paths of an input."""
        hint = _hint(source.shapes)
        for path in source.paths:
            self.numbers.setdefault(path, len(self.numbers))
            self.hints.setdefault(path, hint)

    def alike(self, path: Path) -> bool:
        """Whether all that is later asked at a path is asked of every object there.

        It isn't where another path leads through the same fields for some types only (of a parent): two objects may
        be equal, and yet one is to be asked for more.
        """
        fields = _fields(path)
        return all(
            _upto(other, len(fields)) == path for other in self.numbers if _fields(other)[: len(fields)] == fields
        )

    def before(self, path: Path) -> Path:
        """The longest other path that this one goes on from; ``()`` is the root."""
        for length in range(len(path) - 1, 0, -1):
            if path[:length] in self.numbers:
                return path[:length]
        return ()


def _fields(path: Path) -> Path:
    return tuple(step for step in path if not isinstance(step, TypeStep))


def _upto(path: Path, count: int) -> Path:
    """The start of a path with so many steps, those that narrow the type not counted."""
    for length, step in enumerate(path):
        count -= not isinstance(step, TypeStep)
        if count == 0:
            return path[: length + 1]
    return path


def _hint(shapes: Sequence[RepresentationShape]) -> str | None:
    for shape in shapes:
        for item in shape.selections:
            if isinstance(item, RequiredField) and not item.selections:
                return item.source
    return None


def write_walks(source: Source, paths: Paths, share: bool) -> dict[Path, str]:
    """Write one function ``(tree, front)`` for every path; it returns the objects there, each once where shared."""
    names = {path: source.name("w") for path in paths.numbers}
    for path, name in names.items():
        before = paths.before(path)
        start = "[tree]" if not before else f"{names[before]}(tree, front)"
        body = [
            f"found = front.get({paths.numbers[path]})",
            "if found is not None: return found",
            "found = []",
            "add = found.append",
            "firsts = {}",
            f"for a0 in {start}:",
            *_indented(_walk(path[len(before) :], 0, paths.hints[path] if share and paths.alike(path) else None)),
            f"front[{paths.numbers[path]}] = found",
            "return found",
        ]
        source.function(name, "tree, front", body)
    return names


def _walk(steps: Path, depth: int, hint: str | None) -> list[str]:
    """Lines that go from ``a<depth>`` along the steps, and add what is found there."""
    here, there = f"a{depth}", f"a{depth + 1}"
    if not steps:
        return [f"if type({here}) is dict: add({here})"]
    step, last = steps[0], len(steps) == 1
    match step:
        case FieldStep(name):
            rest = _keep(there, f"{here}[{name!r}]", hint) if last else _walk(steps[1:], depth + 1, hint)
            return [
                f"if type({here}) is dict:",
                f"    {there} = {here}.get({name!r})",
                f"    if {there} is not None:",
                *_indented(_indented(rest)),
            ]
        case ListStep():
            rest = _keep(there, f"{here}[i{depth}]", hint) if last else _walk(steps[1:], depth + 1, hint)
            return [
                f"if type({here}) is list:",
                f"    for i{depth}, {there} in enumerate({here}):",
                *_indented(_indented(rest)),
            ]
        case TypeStep(types):
            test = " or ".join(f"t == {name!r}" for name in types) or "False"
            rest = _walk(steps[1:], depth, hint)
            return [
                f"if type({here}) is dict:",
                f"    t = {here}.get('__typename')",
                f"    if {test}:",
                *_indented(_indented(rest)),
            ]


def _keep(value: str, place: str, hint: str | None) -> list[str]:
    """Lines that add an object, or put the equal one that came before it in its place."""
    if hint is None:
        return [f"if type({value}) is dict: add({value})"]
    return [
        f"if type({value}) is dict:",
        f"    k = {value}.get({hint!r})",
        "    if type(k) is str or type(k) is int:",
        "        first = firsts.get(k)",
        "        if first is None:",
        f"            firsts[k] = [{value}, None]",
        f"            add({value})",
        f"        elif first[0] is not {value}:",
        "            if first[1] is None: first[1] = dumps(first[0])",
        f"            if dumps({value}) == first[1]: {place} = first[0]",
        f"            else: add({value})",
        f"    else: add({value})",
    ]


def write_gather(source: Source, item: EntityInput, walks: Mapping[Path, str]) -> str:
    """Write the function ``(tree, front)`` that returns a :class:`Gathered`; return its name."""
    name = source.name("e")
    represent_name = _write_represent(source, item.shapes)
    body = ["known = {}", "representations = []", "targets = []", "passed_over = []"]
    for path in item.paths:
        body += [
            f"for o in {walks[path]}(tree, front):",
            f"    r = {represent_name}(o)",
            "    if r:",
            "        i = known.get(r)",
            "        if i is None:",
            "            known[r] = len(targets)",
            "            representations.append(r)",
            "            targets.append([o])",
            "        else: targets[i].append(o)",
            "    elif r is None: passed_over.append(o)",
        ]
    source.function(name, "tree, front", [*body, "return Gathered(representations, targets, passed_over)"])
    return name


def _write_represent(source: Source, shapes: Sequence[RepresentationShape]) -> str:
    """Write the function from an object to its representation as JSON.

    It returns ``None`` where that can't be made, and ``b""`` for a type that isn't asked about.
    """
    name = source.name("p")
    body = ["g = o.get", "t = g('__typename')"]
    for shape in shapes:
        test = " or ".join(f"t == {type_name!r}" for type_name in shape.types) or "False"
        body.append(f"if {test}:")
        flat = [item for item in shape.selections if isinstance(item, RequiredField) and not item.selections]
        simple = len(flat) == len(shape.selections) == len({item.name for item in flat})
        if simple:
            body += _indented(_flat(flat, shape.typename))
        else:
            body.append(f"    return other(o, {source.constant('c', shape)})")
    source.function(name, "o", [*body, "return b''"])
    return name


def _flat(fields: Sequence[RequiredField], typename: str | None) -> list[str]:
    lines: list[str] = []
    entries = [f"'__typename': {'t' if typename is None else repr(typename)}"]
    keys: list[str] = []
    for number, item in enumerate(fields):
        if item.non_null:
            lines.append(f"if (k{number} := g({item.source!r})) is None: return None")
        else:
            lines.append(f"if (k{number} := g({item.source!r}, Gathered)) is Gathered: return None")
        if item.key:
            keys.append(f"k{number} is None")
        entries.append(f"{item.name!r}: k{number}")
    if keys and not any(item.key and item.non_null for item in fields):
        lines.append(f"if {' and '.join(keys)}: return None")
    return [*lines, f"return dumps({{{', '.join(entries)}}})"]


def represent_otherwise(target: Tree, shape: RepresentationShape) -> bytes | None:
    """Build a representation that is nested or depends on types, as the reference does."""
    try:
        return encode_json(represent(target, shape, _NO_MARKS))
    except NotSent:
        return None


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def gathering_names(exact: bool) -> dict[str, Any]:
    """The names that generated gathering uses; ``exact`` where integers may be beyond 64 bits."""
    return {"dumps": encode_json if exact else orjson.dumps, "Gathered": Gathered, "other": represent_otherwise}
