"""A mock subgraph: a strict server over the shared data set that knows only what its own SDL lets it know.

It answers like a well-made service, and fails loudly where a router asks what no service could answer: an external
field that nothing provides, a ``@requires`` field without its inputs in the representation, an unknown type. Those
complaints are also kept in ``complaints``, since a client's error could hide them.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, execute, parse, validate

from router.federation.field_set import FieldSet, FieldSetField
from router.verification.dataset import Dataset, StoredObject, events_of
from router.verification.mock_schema import MockSchema, MockType, read_mock_schema
from router.verification.representation_values import is_strange


class WrongQuestion(Exception):
    """The router asked what this subgraph can't know."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An object as this subgraph sees it.

    ``typename`` is the type here (an interface's name for its object form). ``told`` are the values of the
    representation it came by, ``open`` the external fields that may be read on the current path.
    """

    stored: StoredObject
    typename: str
    told: Mapping[str, Any] = field(default_factory=dict)
    open: FieldSet = ()


class MockSubgraph:
    """One subgraph. ``execute`` is synchronous; :class:`~router.verification.transport.MockTransport` calls it."""

    def __init__(self, name: str, sdl: str, dataset: Dataset) -> None:
        self.name = name
        self.schema: MockSchema = read_mock_schema(sdl)
        self.dataset = dataset
        self.complaints: list[str] = []
        #: Fields, by type, that another subgraph resolves in its place for the present request.
        self.closed: frozenset[tuple[str, str]] = frozenset()

    def with_data(self, dataset: Dataset) -> MockSubgraph:
        """The same subgraph over another data set."""
        other = copy(self)
        other.dataset, other.complaints = dataset, []
        return other

    def execute(self, query: str, variables: Mapping[str, Any], operation_name: str | None = None) -> dict[str, Any]:
        """Answer one request with a GraphQL response as JSON-like data."""
        return self._execute(query, variables, operation_name, None)

    def events(self, query: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Answer a subscription with one GraphQL response for each event in the data set."""
        return [
            self._execute(query, variables, None, root) for root in events_of(self.dataset.roots.get("Subscription"))
        ]

    def _execute(
        self, query: str, variables: Mapping[str, Any], operation_name: str | None, event: StoredObject | None
    ) -> dict[str, Any]:
        try:
            document = parse(query)
        except GraphQLError as error:
            self._complain(f"{error.message} in {query}")
            return {"errors": [error.formatted]}
        problems = validate(self.schema.executable, document)
        if problems:
            for problem in problems:
                self._complain(f"{problem.message} in {query}")
            return {"errors": [problem.formatted for problem in problems]}
        result = execute(
            self.schema.executable,
            document,
            root_value=None if event is None else View(event, "Subscription"),
            variable_values=dict(variables),
            operation_name=operation_name,
            field_resolver=self._resolve,
            type_resolver=_typename,
        )
        assert isinstance(result, ExecutionResult)
        if result.data is None and result.errors and not result.errors[0].path:
            self._complain(f"{result.errors[0].message} in {query}")
        return dict(result.formatted)

    def _complain(self, message: str) -> None:
        self.complaints.append(f"{self.name}: {message}")

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name, parent = info.field_name, info.parent_type.name
        if source is None:
            return self._resolve_root(name, parent, arguments)
        assert isinstance(source, View)
        kind = self.schema.types.get(parent, MockType())
        raw = self._read(source, name, arguments, kind)
        return self._view(raw, _below(source.open, name, kind))

    def _resolve_root(self, name: str, parent: str, arguments: Mapping[str, Any]) -> Any:
        if name == "_service":
            return {"sdl": ""}
        if name == "_entities":
            return [self._entity(representation) for representation in arguments["representations"]]
        root = self._root(parent)
        kind = self.schema.types.get(parent, MockType())
        raw = self._read(View(root, parent), name, arguments, kind)
        return self._view(raw, kind.provides.get(name, ()))

    def _root(self, type_name: str) -> StoredObject:
        """The stored root object, whatever this subgraph calls its root type."""
        schema = self.schema.executable
        for standard, actual in (
            ("Query", schema.query_type),
            ("Mutation", schema.mutation_type),
            ("Subscription", schema.subscription_type),
        ):
            if actual is not None and actual.name == type_name and standard in self.dataset.roots:
                return self.dataset.roots[standard]
        return self.dataset.roots.get(type_name, StoredObject(type_name, {}))

    def _entity(self, representation: Mapping[str, Any]) -> View | WrongQuestion | None:
        typename = str(representation.get("__typename"))
        kind = self.schema.types.get(typename)
        told = {name: value for name, value in representation.items() if name != "__typename"}
        if kind is None or not kind.keys:
            return self._wrong(f"{typename} is no entity here, asked by {representation}")
        key = next((key for key in kind.keys if _covers(key, told)), None)
        if key is None:
            return self._wrong(f"no @key of {typename} is covered by {representation}")
        strange = next(
            (name for name, value in told.items() if is_strange(self.schema.executable, typename, name, value)), None
        )
        if strange is not None:
            # No complaint: another service may have given a value that its own schema doesn't allow.
            return WrongQuestion(f"{typename}.{strange} can't be {told[strange]}")
        wanted = _only(key, told)
        stored = self.dataset.find(typename, wanted)
        if stored is None or self.name in stored.values.get("$unknown", ()):
            return None
        here = typename if kind.is_interface_object else stored.typename
        return View(stored, here, told)

    def _read(self, view: View, name: str, arguments: Mapping[str, Any], kind: MockType) -> Any:
        """The raw value of a field that this subgraph may resolve here; complains where it may not."""
        if name in kind.external and not _is_open(view.open, name) and not _in_a_key(kind, name):
            raise self._wrong(f"asked {view.typename}.{name}, which is external here and not provided")
        if (view.typename, name) in self.closed:
            raise self._wrong(f"asked {view.typename}.{name}, which another subgraph overrides for this request")
        required = kind.requires.get(name)
        if required is not None and not (_covers(required, view.told) or _opens(view.open, required)):
            raise self._wrong(f"{view.typename}.{name}: the representation hasn't all that it requires: {view.told}")

        def read(other: str, given: Mapping[str, Any]) -> Any:
            if required is not None and _is_open(required, other) and other in view.told:
                return view.told[other]
            return self.dataset.evaluate(view.stored.values.get(other), given, read)

        return self.dataset.evaluate(view.stored.values.get(name), arguments, read)

    def _view(self, raw: Any, opened: FieldSet) -> Any:
        if isinstance(raw, list):
            return [self._view(item, opened) for item in raw]
        if isinstance(raw, StoredObject):
            return View(raw, self._local_typename(raw), {}, opened)
        return raw

    def _local_typename(self, stored: StoredObject) -> str:
        """The name of an object's type here: its own, or that of an interface which is an object here."""
        if stored.typename in self.schema.executable.type_map or not stored.typename:
            return stored.typename
        for name, kind in self.schema.types.items():
            if kind.is_interface_object and stored.typename in self.dataset.possible_types.get(name, ()):
                return name
        return stored.typename

    def _wrong(self, message: str) -> WrongQuestion:
        self._complain(message)
        return WrongQuestion(message)


def _typename(value: Any, info: GraphQLResolveInfo[Any], abstract_type: Any) -> str | None:
    return value.typename if isinstance(value, View) else None


def _is_open(opened: FieldSet, name: str) -> bool:
    return any(
        selection.name == name if isinstance(selection, FieldSetField) else _is_open(selection.selections, name)
        for selection in opened
    )


def _opens(opened: FieldSet, wanted: FieldSet) -> bool:
    """Whether everything in a field set is provided on this path, so that a representation needn't tell it."""
    return all(
        _is_open(opened, selection.name) and _opens(tuple(_inside(opened, selection.name)), selection.selections)
        if isinstance(selection, FieldSetField)
        else _opens(opened, selection.selections)
        for selection in wanted
    )


def _below(opened: FieldSet, name: str, kind: MockType) -> FieldSet:
    """What is open below a field: the rest of what was open, what it provides, what keys and externals say of it."""
    found: list[Any] = list(kind.provides.get(name, ()))
    for field_set in (opened, *kind.keys):
        found.extend(_inside(field_set, name))
    return tuple(found)


def _inside(field_set: FieldSet, name: str) -> list[Any]:
    found: list[Any] = []
    for selection in field_set:
        if not isinstance(selection, FieldSetField):
            found.extend(_inside(selection.selections, name))
        elif selection.name == name:
            found.extend(selection.selections)
    return found


def _in_a_key(kind: MockType, name: str) -> bool:
    return any(_is_open(key, name) for key in kind.keys)


def _covers(field_set: FieldSet, told: Any) -> bool:
    """Whether a representation has every field of a field set (nulls count; what stands below a null is covered)."""
    if told is None:
        return True
    if isinstance(told, list):
        return all(_covers(field_set, item) for item in told)
    if not isinstance(told, Mapping):
        return False
    for selection in field_set:
        if not isinstance(selection, FieldSetField):
            if told.get("__typename") == selection.type_condition and not _covers(selection.selections, told):
                return False
        elif selection.name not in told or (
            selection.selections and not _covers(selection.selections, told[selection.name])
        ):
            return False
    return True


def _only(field_set: FieldSet, told: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a representation that a key names."""
    found: dict[str, Any] = {}
    for selection in field_set:
        if not isinstance(selection, FieldSetField):
            continue
        value = told[selection.name]
        if selection.selections and isinstance(value, Mapping):
            value = _only(selection.selections, value)
        elif selection.selections and isinstance(value, list):
            value = [_only(selection.selections, item) if isinstance(item, Mapping) else item for item in value]
        found[selection.name] = value
    return found
