"""Projection: the client's selection walked over the response tree.

The tree holds what subgraphs said, with internal aliases, keys and ``__typename`` s that nobody asked for, in the
order of arrival. Projection makes of it the ``data`` of one GraphQL server on the API schema: for every object it
collects the fields that apply (GraphQL specification, section 6.3.2: conditions, type conditions, sub-selections of one
response name merged), completes each value by its type (6.4.3), and lets nulls of non-null types go up (6.4.4).

Worked example. Tree ``{"me": {"__typename": "User", "id": "1", "name": null}}``, selection ``{ me { name } }``, and
``User.name: String!``. ``name`` is null at a non-null type: if no error was reported at ``me.name``, one is made; the
null goes up to ``me``, which is nullable: ``{"me": null}``.

Invariant: nothing leaves that the API schema doesn't allow at its place, and every null that the schema or an error
forced has an error that explains it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from router.execution.errors import MAX_KEPT, ClientPath, PathIndex, ResponseError
from router.execution.leaves import WrongLeaf
from router.execution.marks import Marks
from router.execution.tree import Tree
from router.execution.types import ExecutionTypes
from router.operation.model import Condition, FieldSelection, FragmentSelection, Operation, SelectionSet
from router.type_system.model import ListType, NamedType, NonNullType, TypeRef, named_type

#: Tells whether all of some conditions hold.
Holds: TypeAlias = Callable[[Sequence[Condition]], bool]

_INTROSPECTION = ("__schema", "__type")
#: Only an interface's object form was seen: no subgraph said which implementation an object is.
_TYPE_UNKNOWN = "No subgraph told the type of an object of interface '{}'."
_LEFT_OUT = "No subgraph answered field '{}'."

DENIED = "The caller may not see this field."


@dataclass(frozen=True, slots=True)
class DeferKey:
    """Names a deferred fragment: the response names that lead to it, its label, and the deferred one it stands in."""

    path: tuple[str, ...]
    label: str | None
    within: DeferKey | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """What one projection works with.

    ``used`` collects the errors of marks that it met, ``placed`` those of them that it told at a place of its own.
    ``strict`` is for trees whose answers weren't looked at closely: what is missing there raises :class:`Unexplained`.
    """

    types: ExecutionTypes
    variables: Mapping[str, Any]
    marks: Marks = field(default_factory=Marks)
    reported: PathIndex = field(default_factory=PathIndex)
    deferred: frozenset[DeferKey] = frozenset()
    used: list[ResponseError] = field(default_factory=list)
    placed: list[ResponseError] = field(default_factory=list)
    strict: bool = False


class Unexplained(Exception):
    """A field has no value, not even null, and nothing tells why."""


class _Null(Exception):
    """A null at a non-null type goes up."""


def project(
    projection: Projection, operation: Operation, tree: Tree, beside: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, list[ResponseError]]:
    """Return the client's data, and the errors that projection itself made.

    ``beside`` holds the root fields that the router answers itself, by response name.
    """
    walk = _Walk(projection)
    try:
        return walk.object((operation.selection_set,), operation.root_type, tree, (), beside), walk.errors
    except _Null:
        return None, walk.errors


def project_deferred(
    projection: Projection, operation: Operation, tree: Tree, key: DeferKey
) -> Iterator[tuple[ClientPath, dict[str, Any] | None, list[ResponseError]]]:
    """Yield a deferred fragment's data and errors at each place where it stands."""
    walk = _Walk(projection, key)
    for target, type_name, place, fragments in walk.find(
        [(operation.selection_set, None)], operation.root_type, tree, ()
    ):
        walk.errors = []
        try:
            data = walk.object(tuple(item.selection_set for item in fragments), type_name, target, place, {})
        except _Null:
            data = None
        yield place, data, walk.errors


def client_path(operation: Operation, path: ClientPath, tree: Tree) -> tuple[ClientPath, bool]:
    """Cut a path of the tree where it leaves what the client selected.

    Also tell whether the client finds a null there, which is then due to what is behind the cut.
    """
    steps: list[str | int] = []
    sets: list[SelectionSet] = [operation.selection_set]
    value: Any = tree
    known = 0
    for step in path:
        if isinstance(step, str):
            found = [item for item in _all_fields(sets) if item.response_name == step]
            if not found:
                break
            sets = [item.selection_set for item in found if item.selection_set is not None]
        steps.append(step)
        if value is not None:
            known = len(steps)
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
    if len(steps) == len(path):
        return path, False
    if value is None:
        return tuple(steps[:known]), True
    while steps and isinstance(steps[-1], int):
        steps.pop()
    return tuple(steps), False


def _all_fields(sets: Sequence[SelectionSet]) -> Iterator[FieldSelection]:
    for selection_set in sets:
        for selection in selection_set.selections:
            if isinstance(selection, FieldSelection):
                yield selection
            else:
                yield from _all_fields((selection.selection_set,))


class _Walk:
    """Walks what isn't deferred; or, for a deferred fragment of some ``key``, what is in it and not deferred there."""

    def __init__(self, projection: Projection, key: DeferKey | None = None) -> None:
        self.projection = projection
        self.key = key
        self.around: set[DeferKey] = set()
        while key is not None and key.within is not None:
            key = key.within
            self.around.add(key)
        self.types = projection.types
        self.errors: list[ResponseError] = []

    def holds(self, conditions: Sequence[Condition]) -> bool:
        variables = self.projection.variables
        return all(bool(variables.get(item.variable)) is not item.negated for item in conditions)

    def collect(
        self, sets: Sequence[SelectionSet], type_name: str, place: ClientPath, within: DeferKey | None
    ) -> tuple[dict[str, list[FieldSelection]], list[tuple[FragmentSelection, DeferKey]]]:
        """Group the fields that apply to an object by response name; deferred fragments are set apart.

        ``within`` is the deferred fragment that the selection sets are from.
        """
        fields: dict[str, list[FieldSelection]] = {}
        deferred: list[tuple[FragmentSelection, DeferKey]] = []
        self._collect(sets, type_name, (place, within), fields, deferred)
        return fields, deferred

    def _collect(
        self,
        sets: Sequence[SelectionSet],
        type_name: str,
        where: tuple[ClientPath, DeferKey | None],
        fields: dict[str, list[FieldSelection]],
        deferred: list[tuple[FragmentSelection, DeferKey]],
    ) -> None:
        for selection_set in sets:
            for selection in selection_set.selections:
                if not self.holds(selection.conditions):
                    continue
                match selection:
                    case FieldSelection():
                        fields.setdefault(selection.response_name, []).append(selection)
                    case FragmentSelection():
                        if type_name not in selection.types and type_name != selection.type_condition:
                            continue
                        key = self._deferred(selection, *where)
                        if key is not None:
                            deferred.append((selection, key))
                        else:
                            self._collect((selection.selection_set,), type_name, where, fields, deferred)
                    case _:
                        assert_never(selection)

    def _deferred(self, selection: FragmentSelection, place: ClientPath, within: DeferKey | None) -> DeferKey | None:
        """The key of a fragment that is deferred now."""
        if selection.defer is None or not self.projection.deferred:
            return None
        condition = selection.defer.condition
        if condition is not None and not self.projection.variables.get(condition):
            return None
        key = DeferKey(tuple(step for step in place if isinstance(step, str)), selection.defer.label, within)
        return key if key in self.projection.deferred else None

    def object(
        self,
        sets: Sequence[SelectionSet],
        type_name: str,
        target: Tree,
        place: ClientPath,
        beside: Mapping[str, Any],
    ) -> dict[str, Any]:
        if type_name in self.types.interfaces and tells_types_apart(sets, type_name, self.holds):
            raise self._go_up(place, _TYPE_UNKNOWN.format(type_name), about_value=False)
        fields, _ = self.collect(sets, type_name, place, self.key)
        data: dict[str, Any] = {}
        for name, selections in fields.items():
            first = selections[0]
            if first.name == "__typename":
                data[name] = self._typename(first, type_name, (*place, name))
            elif not place and first.name in _INTROSPECTION:
                data[name] = beside.get(name)
            else:
                data[name] = self._field(selections, (type_name, target), (*place, name))
        return data

    def _typename(self, selection: FieldSelection, type_name: str, path: ClientPath) -> str:
        if type_name in self.types.interfaces:
            raise self._go_up(path, _TYPE_UNKNOWN.format(type_name), about_value=False)
        return type_name

    def _field(self, selections: list[FieldSelection], owner: tuple[str, Tree], path: ClientPath) -> Any:
        (type_name, target), first = owner, selections[0]
        coordinate = f"{type_name}.{first.name}"
        # What is denied in one fragment may be allowed in another, on a type that needs less.
        allowed = [item for item in selections if not item.denied]
        value = target.get(first.response_name) if allowed else None
        if not allowed:
            self._add(ResponseError(DENIED, path, {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}))
        elif value is None:
            error = self.projection.marks.get(target, first.response_name)
            if error is not None:
                self.projection.used.append(error)
                if not self.projection.reported.explains(path):
                    self.projection.placed.append(error)
                    self._add(error.at(path))
            elif self._is_left_out(target, first.response_name, path):
                self._add(ResponseError(_LEFT_OUT.format(coordinate), path, {"code": "SUBREQUEST_MALFORMED_RESPONSE"}))
        elif self.projection.marks:
            self.projection.marks.put_below(target, first.response_name)
        sets = tuple(item.selection_set for item in allowed if item.selection_set is not None)
        return self.complete(value, first.type, (coordinate, sets), path)

    def _is_left_out(self, target: Tree, name: str, path: ClientPath) -> bool:
        """Whether no subgraph answered a field, though there is no reason for it that anybody knows."""
        projection = self.projection
        if name in target or projection.marks.excuses(target, name) or projection.reported.explains(path):
            return False
        if projection.strict:
            raise Unexplained
        return True

    def complete(self, value: Any, ref: TypeRef, field_of: tuple[str, Sequence[SelectionSet]], path: ClientPath) -> Any:
        if isinstance(ref, NonNullType):
            completed = self.complete(value, ref.of, field_of, path)
            if completed is None:
                raise self._go_up(path, f"Cannot return null for non-nullable field {field_of[0]}.")
            return completed
        if value is None:
            return None
        try:
            if isinstance(ref, ListType):
                return self._list(value, ref.of, field_of, path)
            return self._named(value, ref, field_of, path)
        except _Null:
            return None

    def _list(
        self, value: Any, of: TypeRef, field_of: tuple[str, Sequence[SelectionSet]], path: ClientPath
    ) -> list[Any]:
        if not isinstance(value, list):
            raise self._go_up(path, f"Expected a list, but did not find one for field '{field_of[0]}'.")
        return [self.complete(item, of, field_of, (*path, index)) for index, item in enumerate(value)]

    def _named(self, value: Any, ref: NamedType, field_of: tuple[str, Sequence[SelectionSet]], path: ClientPath) -> Any:
        coordinate, sets = field_of
        check = self.types.leaves.get(ref.name)
        if check is not None:
            try:
                return check(value)
            except WrongLeaf as wrong:
                raise self._go_up(path, str(wrong)) from None
        if not isinstance(value, dict):
            raise self._go_up(path, f"Expected an object, but did not find one for field '{coordinate}'.")
        return self.object(sets, self._object_type(value, ref.name, coordinate, path), value, path, {})

    def _object_type(self, value: Tree, static: str, coordinate: str, path: ClientPath) -> str:
        """The type of an object of the tree, as the client may know it."""
        typename = value.get("__typename")
        if typename is not None and not isinstance(typename, str):
            typename = ""
        if static in self.types.roots:
            return static  # a subgraph's query type may have any name there
        possible = self.types.possible.get(static, frozenset())
        if typename in possible:
            return typename
        if typename is None and (static in self.types.objects or static in self.types.interfaces):
            return static
        object_form = typename in self.types.interfaces and typename in self.types.possible
        if object_form and static not in self.types.objects:
            return str(typename)
        raise self._go_up(path, f"The value of field '{coordinate}' has a type that '{static}' can not be.")

    def _go_up(self, path: ClientPath, message: str, *, about_value: bool = True) -> _Null:
        if not self.projection.reported.explains(path):
            self._add(ResponseError(message, path, about_value=about_value))
        return _Null()

    def _add(self, error: ResponseError) -> None:
        if len(self.errors) >= MAX_KEPT:
            return
        self.errors.append(error)
        if error.path is not None:
            self.projection.reported.add(error.path)

    def find(
        self, sets: Sequence[tuple[SelectionSet, DeferKey | None]], type_name: str, target: Tree, place: ClientPath
    ) -> Iterator[tuple[Tree, str, ClientPath, list[FragmentSelection]]]:
        """Find every object at which the deferred fragment stands, with its type and the fragments of that key.

        Each selection set comes with the deferred fragment that it is from.
        """
        assert self.key is not None
        fields: dict[str, list[tuple[FieldSelection, DeferKey | None]]] = {}
        found: list[FragmentSelection] = []
        left = list(sets)
        for selection_set, within in left:  # grows: a deferred fragment may hold others
            plain, deferred = self.collect((selection_set,), type_name, place, within)
            for name, selections in plain.items():
                fields.setdefault(name, []).extend((item, within) for item in selections)
            left.extend((item.selection_set, key) for item, key in deferred if key in self.around)
            found.extend(item for item, key in deferred if key == self.key)
        if found:
            yield target, type_name, place, found
            return
        depth = sum(isinstance(step, str) for step in place)
        if depth >= len(self.key.path) or self.key.path[depth] not in fields:
            return
        name = self.key.path[depth]
        chosen = fields[name]
        below = [(item.selection_set, within) for item, within in chosen if item.selection_set is not None]
        ref = named_type(chosen[0][0].type)
        for value, path in _items(target.get(name), (*place, name)):
            try:
                inner_type = self._object_type(value, ref, name, path)
            except _Null:
                continue
            yield from self.find(below, inner_type, value, path)


def tells_types_apart(sets: Sequence[SelectionSet], type_name: str, holds: Holds) -> bool:
    """Whether what is selected on an object depends on which implementation of the interface ``type_name`` it is."""
    return any(
        item.type_condition != type_name and any(holds(inner.conditions) for inner in item.selection_set.selections)
        for each in sets
        for item in each.selections
        if isinstance(item, FragmentSelection) and item.defer is None and holds(item.conditions)
    )


def _items(value: Any, path: ClientPath) -> Iterator[tuple[Tree, ClientPath]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _items(item, (*path, index))
    elif isinstance(value, dict):
        yield value, path
