"""Objects of the response tree -> what an ``_entities`` field is asked for.

Enters: an :class:`~router.query_plan.nodes.EntityInput` and the tree. Leaves: :class:`EntityBatch` es, which hold each
different representation once, with every object that it stands for. Invariant: the answer at position *i* belongs to
the objects of group *i* and to no other.

An object isn't asked for when every part of its key is null, when a part that the target declares non-null is null or
missing, or when an input is missing or null because of an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.execution.errors import ClientPath, ResponseError
from router.execution.json_text import canonical_json
from router.execution.marks import Marks
from router.execution.tree import Trail, Tree, locate
from router.query_plan.nodes import (
    ContextInput,
    EntityInput,
    RepresentationShape,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
)


@dataclass(frozen=True, slots=True)
class Group:
    """A representation and the objects that it stands for, by path of the input and place."""

    representation: Tree
    targets: list[tuple[Tree, ClientPath]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EntityBatch:
    """What one ``_entities`` field is asked; ``contexts`` are the values of its context variables."""

    input: EntityInput
    contexts: Mapping[str, Any]
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class Withheld:
    """An object that isn't asked for because an earlier error left it without an input."""

    target: Tree
    error: ResponseError


class NotSent(Exception):
    """An object isn't asked for; ``error`` is the reason, where there is one.

    ``excused`` tells that it has to be so: by a null where nothing else may be.
    """

    def __init__(self, error: ResponseError | None = None, *, excused: bool = False) -> None:
        super().__init__()
        self.error = error
        self.excused = excused


@dataclass(frozen=True, slots=True)
class Gathering:
    """What one input of a fetch asks for: one batch for each different set of context values.

    ``withheld`` aren't asked for because of an error; ``excused`` are those that have no key to be asked by.
    """

    batches: list[EntityBatch]
    withheld: list[Withheld]
    excused: list[Tree]


def gather(source: EntityInput, tree: Tree, marks: Marks) -> Gathering:
    """Collect what one input of a fetch asks for."""
    batches: dict[str, EntityBatch] = {}
    positions: dict[tuple[str, str], Group] = {}
    withheld: list[Withheld] = []
    excused: list[Tree] = []
    for path in source.paths:
        for target, place, trail in locate(tree, path):
            try:
                representation = represent_for(source, target, marks)
                contexts = {context.variable: read_context(context, trail, marks) for context in source.contexts}
            except NotSent as reason:
                if reason.error is not None:
                    withheld.append(Withheld(target, reason.error))
                elif reason.excused:
                    excused.append(target)
                continue
            batch_key = canonical_json(contexts) if contexts else ""
            batch = batches.setdefault(batch_key, EntityBatch(source, contexts, []))
            group_key = (batch_key, canonical_json(representation))
            if group_key not in positions:
                positions[group_key] = Group(representation)
                batch.groups.append(positions[group_key])
            positions[group_key].targets.append((target, place))
    return Gathering(list(batches.values()), withheld, excused)


def represent_for(source: EntityInput, target: Tree, marks: Marks) -> Tree:
    """Build what an input sends of an object. Raises ``NotSent`` where it can't be asked for."""
    typename = target.get("__typename")
    shape = next((shape for shape in source.shapes if typename in shape.types), None)
    if shape is None:
        raise NotSent(marks.get(target, "__typename") if typename is None else None)
    return represent(target, shape, marks)


def represent(target: Tree, shape: RepresentationShape, marks: Marks) -> Tree:
    """Build the representation of an object. Raises ``NotSent`` where it can't be asked for."""
    values = dict(_read_fields(target, shape.selections, marks))
    keys = [item for item in _fields_of(target, shape.selections) if item.key]
    if keys and all(_empty(values[item.name], item.selections) for item in keys):
        raise NotSent(excused=True)
    return {"__typename": shape.typename or target["__typename"], **values}


def _fields_of(target: Tree, selections: Iterable[RequiredSelection]) -> Iterator[RequiredField]:
    for selection in selections:
        match selection:
            case RequiredField():
                yield selection
            case RequiredFragment(types, inner):
                if target.get("__typename") in types:
                    yield from _fields_of(target, inner)


def _read_fields(target: Tree, selections: Sequence[RequiredSelection], marks: Marks) -> Iterator[tuple[str, Any]]:
    if any(isinstance(item, RequiredFragment) for item in selections) and type(target.get("__typename")) is not str:
        # It can't be told which fields it needs; without them, what is computed would be computed from a wrong input.
        raise NotSent(marks.get(target, "__typename"))
    for item in _fields_of(target, selections):
        if item.source not in target:
            raise NotSent(marks.get(target, item.source), excused=marks.excuses(target, item.source))
        value = target[item.source]
        if value is None:
            error = marks.get(target, item.source)
            if item.non_null or error is not None:
                raise NotSent(error, excused=True)
        elif marks:
            error = marks.get(target, item.source)
            if error is not None and _has_null(value):
                raise NotSent(error)
            if item.selections:
                marks.put_below(target, item.source)
        yield item.name, _read_value(value, item, marks)


def _has_null(value: Any) -> bool:
    """Whether some item of a list is null; an error that took it along is marked at the list's field."""
    return value is None or (isinstance(value, list) and any(_has_null(item) for item in value))


def _read_value(value: Any, item: RequiredField, marks: Marks) -> Any:
    if not item.selections or value is None:
        return value
    if isinstance(value, list):
        return [_read_value(inner, item, marks) for inner in value]
    if not isinstance(value, dict):
        raise NotSent
    return _join(_read_fields(value, item.selections, marks))


def _join(pairs: Iterable[tuple[str, Any]]) -> Tree:
    """Make an object of fields; one that comes twice (by two fragments) is the union of both."""
    joined: Tree = {}
    for name, value in pairs:
        before = joined.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            value = _join((*before.items(), *value.items()))
        joined[name] = value
    return joined


def _empty(value: Any, selections: Iterable[RequiredSelection]) -> bool:
    """Whether a part of a key holds nothing: null, or an object without any value. A scalar may be an object too."""
    if value is None or not selections or not isinstance(value, dict):
        return value is None
    return all(_empty(inner, selections) for inner in value.values())


def read_context(context: ContextInput, trail: Trail, marks: Marks) -> Any:
    """Pick the value of a context from the object that sets it, ``None`` where it isn't there.

    Raises ``NotSent`` where it isn't there because of an error.
    """
    return _pick(trail[context.ancestor], context.selections, marks)


def _pick(value: Any, selections: Iterable[RequiredSelection], marks: Marks) -> Any:
    if isinstance(value, list):
        return [_pick(item, selections, marks) for item in value]
    if not isinstance(value, dict):
        return None
    for item in _fields_of(value, selections):
        inner = value.get(item.source)
        error = marks.get(value, item.source) if inner is None else None
        if error is not None:
            raise NotSent(error)
        return _pick(inner, item.selections, marks) if item.selections else inner
    return None
