"""The answer of an entity fetch -> the response tree, with its errors in the client's terms.

Invariant: an answer is merged only into the objects that it was asked for; an error of an entity is told at every place
that the entity fills; what can't be used (a wrong number of entities, another type) becomes an error there instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from router.execution.answer_paths import renamed, standing
from router.execution.answers import Answer
from router.execution.completeness import Asked, lacking
from router.execution.errors import ClientPath, ResponseError
from router.execution.fetch_shape import entity_names
from router.execution.representations import EntityBatch, Group
from router.execution.response import Response, error_of, malformed
from router.execution.tree import Tree, copy_tree, merge, rename
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FetchNode, FieldStep, Rename

#: Errors of an answer, with the paths that the subgraph gave them.
_Errors: TypeAlias = Sequence[tuple[ResponseError, tuple[str | int, ...] | None]]


def absorb_entities(
    response: Response, fetch: FetchNode, batches: Sequence[EntityBatch], answer: Answer, service: str
) -> None:
    """Merge the answer of an entity fetch into the objects that its batches were gathered from."""
    _Absorbing(response, fetch, service).absorb(batches, answer)


def fail_entities(response: Response, fetch: FetchNode, batches: Iterable[EntityBatch], error: ResponseError) -> None:
    """Note that an entity fetch gave nothing."""
    for batch in batches:
        response.fail(fetch, error)
        for group in batch.groups:
            for target, _ in group.targets:
                withhold(response, fetch, batch.input.response_name, target, error)


def withhold(response: Response, fetch: FetchNode, response_name: str, target: Tree, error: ResponseError) -> None:
    """Note that an object gets nothing of a fetch, because of an error."""
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


@dataclass(frozen=True, slots=True)
class _Absorbing:
    """An answer of ``service`` to a fetch, on its way into the response."""

    response: Response
    fetch: FetchNode
    service: str

    def absorb(self, batches: Sequence[EntityBatch], answer: Answer) -> None:
        response, fetch = self.response, self.fetch
        data = answer.data or {}
        left_out = self._left_out(batches, data) if response.attentive else []
        relative: list[Rename] = []
        for item in fetch.renames:
            if _from_data(fetch, item):
                rename(data, (item,))
            else:
                relative.append(item)
        by_name = {batch.input.response_name: batch for batch in batches}
        errors = [(error_of(entry, self.service), entry.path) for entry in answer.errors]
        pathless = [error for error, path in errors if not path or path[0] not in by_name]
        for name, batch in by_name.items():
            ours = [(error, path) for error, path in errors if path and path[0] == name]
            entities = data.get(name)
            if not isinstance(entities, list) or len(entities) != len(batch.groups):
                fail_entities(response, fetch, (batch,), self._batch_error(entities, batch, ours, pathless))
                self._report_at_places(batch, ours)
                continue
            for group, entity in zip(batch.groups, entities, strict=True):
                self._absorb_entity(batch, group, entity, relative)
            self._report_at_places(batch, ours)
            self._mark_null_entities(batch, entities, ours)
        for target, path, error in left_out:
            response.marks.put_left_out(target, path, error)
        if pathless and answer.data is not None:
            response.fail_without_path(fetch, pathless, list(self._empty(by_name.values(), data)))

    def _left_out(
        self, batches: Sequence[EntityBatch], data: Mapping[str, Any]
    ) -> list[tuple[Tree, ClientPath, ResponseError]]:
        """What the answers of entities lack: the object, the path from there, the error."""
        asked = Asked(self.fetch, self.response.variables, self.response.types)
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
                    paths.append(renamed(self.fetch.renames, (name, index), path))
        found = zip(places, lacking(paths, self.service), strict=False)
        return [(target, path, error) for group, (path, error) in found for target, _ in group.targets]

    def _absorb_entity(self, batch: EntityBatch, group: Group, entity: Any, relative: Sequence[Rename]) -> None:
        if entity is None:
            return
        types = self.response.types
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
                if _same_entity(target, group, source, types) and merge(target, source, types):
                    continue
            if error is None:
                error = malformed(self.service, problem)
                self.response.fail(self.fetch, error)
            withhold(self.response, self.fetch, batch.input.response_name, target, error)

    def _batch_error(
        self, entities: Any, batch: EntityBatch, ours: _Errors, pathless: Sequence[ResponseError]
    ) -> ResponseError:
        if entities is None and (pathless or ours):
            return pathless[0] if pathless else ours[0][0]
        found = len(entities) if isinstance(entities, list) else "no list"
        return malformed(self.service, f"{len(batch.groups)} entities were asked for, and {found} came back")

    def _report_at_places(self, batch: EntityBatch, errors: _Errors) -> None:
        """Tell every error of an entity at each of its places, and mark what it emptied."""
        for error, path in errors:
            group = _group_at(batch, path)
            if group is None or path is None:
                self.response.fail(self.fetch, error)
                continue
            inner = renamed(self.fetch.renames, path[:2], path[2:])
            for target, place in group.targets:
                self.response.report(self.fetch, error, (*place, *standing(target, inner)))
                self.response.marks.put_along(target, inner, error)

    def _mark_null_entities(self, batch: EntityBatch, entities: Sequence[Any], errors: _Errors) -> None:
        """Entities that are null have no fields there; where an error took one, it left them without a value."""
        name = batch.input.response_name
        for error, path in errors:
            group = _group_at(batch, path)
            if group is not None and path is not None and entities[int(path[1])] is None:
                for target, _ in group.targets:
                    withhold(self.response, self.fetch, name, target, error)
        pairs = zip(batch.groups, entities, strict=True)
        gone = [target for group, entity in pairs if entity is None for target, _ in group.targets]
        excuse(self.response, self.fetch, name, gone)

    def _empty(self, batches: Iterable[EntityBatch], data: Mapping[str, Any]) -> Iterator[tuple[Tree, Sequence[str]]]:
        """Yield the objects whose entity came back null, with the names that it would have filled."""
        for batch in batches:
            name = batch.input.response_name
            entities = data.get(name)
            if isinstance(entities, list) and len(entities) == len(batch.groups):
                for group, entity in zip(batch.groups, entities, strict=True):
                    for target, _ in group.targets if entity is None else ():
                        yield target, entity_names(self.fetch, name, target.get("__typename"), self.response.types)


def _group_at(batch: EntityBatch, path: tuple[str | int, ...] | None) -> Group | None:
    """Return the group of the entity that an error's path names."""
    index = path[1] if path is not None and len(path) > 1 else None
    return batch.groups[index] if isinstance(index, int) and 0 <= index < len(batch.groups) else None


def _same_entity(target: Tree, group: Group, entity: Tree, types: ExecutionTypes) -> bool:
    """Whether an answer can be about the object: its type is the one asked for, or one of the interface asked for."""
    typename = entity.get("__typename")
    asked = group.representation["__typename"]
    return typename is None or typename in (asked, target.get("__typename")) or asked in types.interfaces


def _from_data(fetch: FetchNode, item: Rename) -> bool:
    """Whether a rename of an entity fetch starts at the answer's data, with the name of an ``_entities`` field."""
    names = {source.response_name for source in fetch.inputs}
    return bool(item.path) and isinstance(item.path[0], FieldStep) and item.path[0].name in names
