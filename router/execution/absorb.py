"""A subgraph's answer -> the response tree, with its errors in the client's terms.

Invariant: an answer is merged only into the objects that it was asked for; an error of an entity is told at every place
that the entity fills; what can't be used (a wrong number of entities, another type) becomes an error there instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

from router.execution.answers import Answer, AnswerError
from router.execution.completeness import Asked
from router.execution.errors import MAX_KEPT, ClientPath, ResponseError
from router.execution.fetch_shape import entity_names, root_names
from router.execution.marks import Marks
from router.execution.representations import EntityBatch, Group
from router.execution.tree import Tree, copy_tree, merge, rename
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FetchNode, FieldStep, Rename

#: An object of the response tree, and where it stands in the client's terms.
Place: TypeAlias = tuple[Tree, ClientPath]


@dataclass(slots=True)
class Told:
    """How many of a response's errors went to the client already, in earlier parts of an incremental answer."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """The response in the making. ``errors`` are tagged with their fetch's id, which orders them in the end.

    With ``attentive``, every answer is searched for what it leaves out, by the client's ``variables``.
    """

    types: ExecutionTypes
    variables: Mapping[str, Any] = field(default_factory=dict)
    attentive: bool = False
    tree: Tree = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    errors: list[tuple[int, ResponseError]] = field(default_factory=list)
    failures: list[tuple[int, ResponseError]] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def report(self, fetch: FetchNode, error: ResponseError, path: ClientPath | None) -> None:
        """Add an error that stands by itself, unless there are too many already."""
        if len(self.errors) < MAX_KEPT:
            self.errors.append((fetch.id, error.at(path) if path is not None else error))

    def fail(self, fetch: FetchNode, error: ResponseError) -> None:
        """Note an error that is told where its marks leave the client without a value; see :class:`Marks`."""
        self.failures.append((fetch.id, error))


def absorb_root(
    response: Response, fetch: FetchNode, answer: Answer, service: str, places: Sequence[Place] | None = None
) -> None:
    """Merge the answer of a root fetch, into the tree's root or into the objects where it was asked for."""
    data = answer.data or {}
    left_out: list[tuple[ClientPath, ResponseError]] = []
    if response.attentive and answer.data is not None:
        found = Asked(fetch, response.variables, response.types).missing_at_root(data)
        left_out = list(_left_out((_renamed(fetch.renames, (), path) for path in found), service))
    rename(data, fetch.renames)
    data.pop("__typename", None)
    entries = [(_error(entry, service), _renamed(fetch.renames, (), entry.path or ())) for entry in answer.errors]
    pathless = [error for error, path in entries if not path]
    empty: list[tuple[Tree, Sequence[str]]] = []
    for number, (target, place) in enumerate(_places(response, places)):
        merge(target, copy_tree(data) if number else data, response.types)
        for missing, error in left_out:
            response.marks.put_left_out(target, missing, error)
        for error, path in entries:
            if path:
                response.report(fetch, error, (*place, *_standing(target, path)))
                response.marks.put_along(target, path, error)
                if answer.data is None and isinstance(path[0], str):
                    response.marks.put(target, (path[0],), error)
        if answer.data is None and entries:
            response.marks.put(target, root_names(fetch), entries[0][0])
        if pathless:
            empty.append((target, [name for name in root_names(fetch) if target.get(name) is None]))
    if pathless and answer.data is None:
        response.fail(fetch, pathless[0])
    elif pathless:
        _report_pathless(response, fetch, pathless, empty)


def fail_root(
    response: Response, fetch: FetchNode, error: ResponseError, places: Sequence[Place] | None = None
) -> None:
    """Note that a root fetch gave nothing."""
    response.fail(fetch, error)
    for target, _ in _places(response, places):
        response.marks.put(target, root_names(fetch), error)


def _places(response: Response, places: Sequence[Place] | None) -> Sequence[Place]:
    return [(response.tree, ())] if places is None else places


def absorb_entities(
    response: Response, fetch: FetchNode, batches: Sequence[EntityBatch], answer: Answer, service: str
) -> None:
    """Merge the answer of an entity fetch into the objects that its batches were gathered from."""
    data = answer.data or {}
    left_out = _left_out_of_entities(response, fetch, batches, data, service) if response.attentive else []
    for item in fetch.renames:
        rename(data, (item,)) if _from_data(fetch, item) else None
    relative = [item for item in fetch.renames if not _from_data(fetch, item)]
    by_name = {batch.input.response_name: batch for batch in batches}
    errors = [(_error(entry, service), entry.path) for entry in answer.errors]
    pathless = [error for error, path in errors if not path or path[0] not in by_name]
    for name, batch in by_name.items():
        ours = [(error, path) for error, path in errors if path and path[0] == name]
        entities = data.get(name)
        if not isinstance(entities, list) or len(entities) != len(batch.groups):
            _fail_batch(response, fetch, batch, _batch_error(entities, batch, ours, pathless, service))
            _report_at_places(response, fetch, batch, ours, relative)
            continue
        for group, entity in zip(batch.groups, entities, strict=True):
            _absorb_entity(response, fetch, (batch, group), (entity, relative), service)
        _report_at_places(response, fetch, batch, ours, relative)
        _mark_null_entities(response, fetch, batch, entities, ours)
        excuse_null_entities(response, fetch, batch, entities)
    for target, path, error in left_out:
        response.marks.put_left_out(target, path, error)
    if pathless and answer.data is not None:
        empty = list(_empty_targets(response, fetch, by_name.values(), data))
        _report_pathless(response, fetch, pathless, empty)


def fail_entities(response: Response, fetch: FetchNode, batches: Iterable[EntityBatch], error: ResponseError) -> None:
    """Note that an entity fetch gave nothing."""
    for batch in batches:
        _fail_batch(response, fetch, batch, error)


def withhold(response: Response, fetch: FetchNode, response_name: str, target: Tree, error: ResponseError) -> None:
    """Note that an object isn't asked for, because of an earlier error."""
    names = entity_names(fetch, response_name, target.get("__typename"), response.types)
    # What another subgraph answered with null is null, and nobody's failure.
    missing = [name for name in names if name not in target or target[name] is not None]
    response.marks.put(target, missing, error)


def excuse(response: Response, fetch: FetchNode, response_name: str, targets: Iterable[Tree]) -> None:
    """Note that a fetch brings nothing for some objects, and that nobody failed."""
    known: dict[str, Sequence[str]] = {}
    for target in targets:
        typename = str(target.get("__typename"))
        if typename not in known:
            known[typename] = entity_names(fetch, response_name, typename, response.types)
        response.marks.excuse(target, known[typename])


def excuse_null_entities(response: Response, fetch: FetchNode, batch: EntityBatch, entities: Sequence[Any]) -> None:
    """An entity that a subgraph answers with null has no fields there."""
    pairs = zip(batch.groups, entities, strict=True)
    targets = [target for group, entity in pairs if entity is None for target, _ in group.targets]
    excuse(response, fetch, batch.input.response_name, targets)


def _left_out(paths: Iterable[ClientPath], service: str) -> Iterator[tuple[ClientPath, ResponseError]]:
    """Give each path of a field that an answer lacks its error, one for each name."""
    errors: dict[str | int, ResponseError] = {}
    for path in islice(paths, MAX_KEPT):
        name = path[-1]
        if name not in errors:
            problem = f"'{name}' was asked for and isn't in the answer; a field without a value has to be null there"
            errors[name] = _malformed(service, problem)
        yield path, errors[name]


def _left_out_of_entities(
    response: Response, fetch: FetchNode, batches: Sequence[EntityBatch], data: Tree, service: str
) -> list[tuple[Tree, ClientPath, ResponseError]]:
    """What the answers of entities lack: the object, the path from there, the error."""
    asked = Asked(fetch, response.variables, response.types)
    places: list[Group] = []
    paths: list[ClientPath] = []
    for batch in batches:
        name = batch.input.response_name
        entities = data.get(name)
        if not isinstance(entities, list) or len(entities) != len(batch.groups):
            continue
        for index, (group, entity) in enumerate(zip(batch.groups, entities, strict=True)):
            if not isinstance(entity, dict):
                continue
            for path in asked.missing_in_entity(name, entity, group.representation["__typename"]):
                places.append(group)
                paths.append(_renamed(fetch.renames, (name, index), path))
    found = zip(places, _left_out(paths, service), strict=False)
    return [(target, path, error) for group, (path, error) in found for target, _ in group.targets]


def _absorb_entity(
    response: Response,
    fetch: FetchNode,
    place: tuple[EntityBatch, Group],
    found: tuple[Any, Sequence[Rename]],
    service: str,
) -> None:
    (batch, group), (entity, relative) = place, found
    if entity is None:
        return
    problem = "an entity is not an object"
    if isinstance(entity, dict):
        rename(entity, relative)
        problem = "an entity came with another __typename than was asked for"
    error: ResponseError | None = None
    last = len(group.targets) - 1
    for index, (target, _) in enumerate(group.targets):
        if isinstance(entity, dict):
            # The last target takes the answer itself; the others a copy, since later fetches write into each alone.
            source = entity if index == last else copy_tree(entity)
            if _same_entity(target, group, source, response.types) and merge(target, source, response.types):
                continue
        if error is None:
            error = _malformed(service, problem)
            response.fail(fetch, error)
        withhold(response, fetch, batch.input.response_name, target, error)


def _same_entity(target: Tree, group: Group, entity: Tree, types: ExecutionTypes) -> bool:
    """Whether an answer can be about the object: its type is the one asked for, or one of the interface asked for."""
    typename = entity.get("__typename")
    asked = group.representation["__typename"]
    return typename is None or typename in (asked, target.get("__typename")) or asked in types.interfaces


def _fail_batch(response: Response, fetch: FetchNode, batch: EntityBatch, error: ResponseError) -> None:
    response.fail(fetch, error)
    for group in batch.groups:
        for target, _ in group.targets:
            withhold(response, fetch, batch.input.response_name, target, error)


def _batch_error(
    entities: Any,
    batch: EntityBatch,
    ours: Sequence[tuple[ResponseError, Any]],
    pathless: Sequence[ResponseError],
    service: str,
) -> ResponseError:
    if entities is None and (pathless or ours):
        return pathless[0] if pathless else ours[0][0]
    found = len(entities) if isinstance(entities, list) else "no list"
    return _malformed(service, f"{len(batch.groups)} entities were asked for, and {found} came back")


def _malformed(service: str, message: str) -> ResponseError:
    extensions = {"code": "SUBREQUEST_MALFORMED_RESPONSE"}
    return ResponseError(f"{service}: {message}", extensions=extensions, service=service)


def _report_at_places(
    response: Response,
    fetch: FetchNode,
    batch: EntityBatch,
    errors: Iterable[tuple[ResponseError, tuple[str | int, ...] | None]],
    relative: Sequence[Rename],
) -> None:
    """Tell every error of an entity at each of its places, and mark what it emptied."""
    for error, path in errors:
        index = path[1] if path is not None and len(path) > 1 else None
        if path is None or not isinstance(index, int) or not 0 <= index < len(batch.groups):
            response.fail(fetch, error)
            continue
        inner = _renamed(fetch.renames, path[:2], path[2:]) if len(path) > 2 else ()
        for target, place in batch.groups[index].targets:
            response.report(fetch, error, (*place, *_standing(target, inner)))
            response.marks.put_along(target, inner, error)


def _mark_null_entities(
    response: Response,
    fetch: FetchNode,
    batch: EntityBatch,
    entities: Sequence[Any],
    errors: Iterable[tuple[ResponseError, tuple[str | int, ...] | None]],
) -> None:
    """An error that took a whole entity with it left all its fields without a value."""
    for error, path in errors:
        if path is None or len(path) < 2 or not isinstance(path[1], int) or not 0 <= path[1] < len(entities):
            continue
        if entities[path[1]] is None:
            for target, _ in batch.groups[path[1]].targets:
                withhold(response, fetch, batch.input.response_name, target, error)


def _empty_targets(
    response: Response, fetch: FetchNode, batches: Iterable[EntityBatch], data: Tree
) -> Iterator[tuple[Tree, Sequence[str]]]:
    for batch in batches:
        entities = data.get(batch.input.response_name)
        if isinstance(entities, list) and len(entities) == len(batch.groups):
            for group, entity in zip(batch.groups, entities, strict=True):
                for target, _ in group.targets if entity is None else ():
                    typename = target.get("__typename")
                    yield target, entity_names(fetch, batch.input.response_name, typename, response.types)


def _report_pathless(
    response: Response,
    fetch: FetchNode,
    errors: Sequence[ResponseError],
    empty: Sequence[tuple[Tree, Sequence[str]]],
) -> None:
    """Errors that don't say where: told at what came empty, and by themselves where nothing did."""
    for error in errors:
        response.fail(fetch, error)
    for target, names in empty:
        response.marks.put(target, names, errors[0])


def _standing(value: Any, path: ClientPath) -> ClientPath:
    """Cut a path where a list or an object of the tree contradicts it; below a null it may go on."""
    for length, step in enumerate(path):
        if value is None:
            break
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return path[:length]
    return path


def _error(entry: AnswerError, service: str) -> ResponseError:
    return ResponseError(entry.message, extensions=entry.extensions, service=service, own=False)


def _from_data(fetch: FetchNode, item: Rename) -> bool:
    """Whether a rename of an entity fetch starts at the answer's data, with the name of an ``_entities`` field."""
    names = {source.response_name for source in fetch.inputs}
    return bool(item.path) and isinstance(item.path[0], FieldStep) and item.path[0].name in names


def _renamed(renames: Sequence[Rename], start: tuple[str | int, ...], path: tuple[str | int, ...]) -> ClientPath:
    """Put the response tree's names in place of a subgraph's aliases in an error's path, after ``start``."""
    steps: list[str | int] = []
    names: list[str] = [step for step in start if isinstance(step, str)]
    for step in path:
        if isinstance(step, str):
            for item in renames:
                fields = [part.name for part in item.path if isinstance(part, FieldStep)]
                if item.alias == step and fields in (names, names[len(start) and 1 :]):
                    step = item.name
                    break
            names.append(step)
        steps.append(step)
    return tuple(steps)
