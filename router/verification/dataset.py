"""One data set behind a monolith and behind every mock subgraph.

A data set is a JSON object. A type's name maps to the list of its objects (its *pool*); ``Query``, ``Mutation`` and
``Subscription`` map to the values of their fields. A value is plain JSON, or an object with one of these marks:

- ``{"$ref": "User", "id": "1"}``: the object of a pool (of the type, or of one of its possible types) with these values
- ``{"$all": "User"}``: the whole pool; with ``"$limit": "first"``, as many as the argument ``first`` says
- ``{"$find": "User"}``: the object of the pool whose fields equal the arguments of the same names, or null
- ``{"$template": "{price}-{dimensions.size}-{$currency}"}``: text from fields of the same object and from arguments
  (``{price(currency="USD")}`` gives a field arguments); with ``"as": "Int"``,
  ``"Float"`` or ``"Boolean"`` turned into that; null where a value in it is null
- ``{"$cases": [[{"id": "1"}, VALUE], ...], "else": VALUE}``: by arguments
- ``{"$root": "Query"}``: the root object of an operation's kind
- ``{"$arguments": true}``: the arguments themselves, as text
- ``{"$error": "message"}``: fails
- ``{"$json": VALUE}``: the value of a custom scalar, as it stands
- ``{"$events": [VALUE, ...]}``: the events of a subscription field

An object of a pool may say ``"$unknown": ["posts"]``: these subgraphs answer with null when asked for it by a key.
An object of a value type stands where it is used; behind an abstract type it needs ``__typename``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PLACEHOLDER = re.compile(r"\{(\$?[A-Za-z_]\w*)(?:\(([^)]*)\))?((?:\.\w+)*)\}")

#: Gives the value of a field (with arguments) of the object that a template stands in.
Reader = Callable[[str, Mapping[str, Any]], Any]


class MockFault(Exception):
    """A failure that the data set asks for."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredObject:
    """An object of the data set: its concrete type and its raw values. Compared by identity."""

    typename: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set, ready to be asked. ``possible_types`` maps abstract types to their object types."""

    pools: Mapping[str, tuple[StoredObject, ...]]
    roots: Mapping[str, StoredObject]
    possible_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def objects_of(self, type_name: str) -> Sequence[StoredObject]:
        """All stored objects that a type can be, in pool order."""
        names = self.possible_types.get(type_name, (type_name,))
        return [stored for name in names for stored in self.pools.get(name, ())]

    def find(self, type_name: str, wanted: Mapping[str, Any]) -> StoredObject | None:
        """Return the first object whose plain values equal the wanted ones (nested objects in the wanted parts)."""
        for stored in self.objects_of(type_name):
            if all(self._matches(stored.values.get(name), value) for name, value in wanted.items()):
                return stored
        return None

    def _matches(self, raw: Any, wanted: Any) -> bool:
        if isinstance(wanted, Mapping):
            inner = self.evaluate(raw, {}, lambda name, arguments: None)
            values = inner.values if isinstance(inner, StoredObject) else inner
            return isinstance(values, Mapping) and all(
                name == "__typename" or self._matches(values.get(name), value) for name, value in wanted.items()
            )
        if isinstance(wanted, list):
            return (
                isinstance(raw, list)
                and len(raw) == len(wanted)
                and all(self._matches(a, b) for a, b in zip(raw, wanted, strict=True))
            )
        return raw is not None and wanted is not None and str(raw) == str(wanted)

    def evaluate(self, raw: Any, arguments: Mapping[str, Any], read: Reader) -> Any:
        """Turn a raw value into what a resolver returns; stored objects stay stored objects.

        ``read`` gives a template the other fields of its object. Raises :class:`MockFault`.
        """
        if isinstance(raw, list):
            return [self._evaluate_item(item, arguments, read) for item in raw]
        if not isinstance(raw, Mapping):
            return raw
        mark = next((key for key in raw if key.startswith("$")), None)
        match mark:
            case "$ref":
                wanted = {key: value for key, value in raw.items() if key != "$ref"}
                return self.find(raw["$ref"], wanted)
            case "$all":
                found = list(self.objects_of(raw["$all"]))
                limit = arguments.get(raw["$limit"]) if "$limit" in raw else None
                return found if limit is None else found[: max(limit, 0)]
            case "$find":
                return self.find(raw["$find"], arguments) if arguments else None
            case "$template":
                return _fill(raw, arguments, read)
            case "$cases":
                for wanted, value in raw["$cases"]:
                    if all(arguments.get(name) == expected for name, expected in wanted.items()):
                        return self.evaluate(value, arguments, read)
                return self.evaluate(raw.get("else"), arguments, read)
            case "$json":
                return raw["$json"]
            case "$root":
                return self.roots[raw["$root"]]
            case "$arguments":
                return json.dumps(arguments, sort_keys=True)
            case "$error":
                raise MockFault(raw["$error"])
            case _:
                return StoredObject(raw.get("__typename", ""), raw)

    def _evaluate_item(self, item: Any, arguments: Mapping[str, Any], read: Reader) -> Any:
        try:
            return self.evaluate(item, arguments, read)
        except MockFault as fault:
            return fault


def read_dataset(data: Mapping[str, Any], possible_types: Mapping[str, tuple[str, ...]]) -> Dataset:
    """Make a data set from JSON; lists are pools, objects are root types."""
    pools = {
        name: tuple(StoredObject(value.get("__typename", name), value) for value in values)
        for name, values in data.items()
        if isinstance(values, list)
    }
    roots = {name: StoredObject(name, values) for name, values in data.items() if isinstance(values, Mapping)}
    return Dataset(pools, roots, possible_types)


def events_of(root: StoredObject | None) -> list[StoredObject]:
    """The root objects of a subscription's events, one after another."""
    if root is None:
        return []
    fields = {
        name: raw["$events"] for name, raw in root.values.items() if isinstance(raw, Mapping) and "$events" in raw
    }
    longest = max((len(events) for events in fields.values()), default=0)
    return [
        StoredObject(root.typename, {name: events[number] for name, events in fields.items() if number < len(events)})
        for number in range(longest)
    ]


def _fill(raw: Mapping[str, Any], arguments: Mapping[str, Any], read: Reader) -> Any:
    missing = False

    def value_of(match: re.Match[str]) -> str:
        nonlocal missing
        name, given, path = match.groups()
        found = arguments.get(name[1:]) if name.startswith("$") else read(name, _read_arguments(given))
        value = _follow(found, path[1:])
        if value is None:
            missing = True
        return _as_text(value)

    text = _PLACEHOLDER.sub(value_of, raw["$template"])
    if missing:
        return None
    match raw.get("as"):
        case "Int":
            return int(float(text))
        case "Float":
            return float(text)
        case "Boolean":
            return text == "true"
        case _:
            return text


def _read_arguments(text: str | None) -> dict[str, Any]:
    pairs = (part.partition("=") for part in (text or "").split(",") if part.strip())
    return {name.strip(): json.loads(value) for name, _, value in pairs}


def _follow(value: Any, path: str) -> Any:
    if isinstance(value, Mapping) and "$error" in value:
        raise MockFault(value["$error"])
    if not path or value is None:
        return value
    if isinstance(value, list):
        return [_follow(item, path) for item in value]
    if isinstance(value, StoredObject):
        value = value.values
    head, _, rest = path.partition(".")
    return _follow(value.get(head) if isinstance(value, Mapping) else None, rest)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "+".join(_as_text(item) for item in value)
    return "null" if value is None else str(value)
