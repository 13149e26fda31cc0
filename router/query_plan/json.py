"""A query plan -> JSON and back.

Enters: a :class:`~router.query_plan.plan.QueryPlan`, or JSON text or data of one. Leaves: the other. Invariant:
``plan_from_json(plan_to_json(plan)) == plan``; loading is strict: an unknown key, a missing one, a wrong type or
another version is :class:`~router.errors.InvalidPlan` with the place where it stands.

The form follows the node classes by name: ``{"version": 1, "node": {"form": "Fetch", ...}, "metadata": {}}``. Fields
that have their default are left out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from router.errors import InvalidPlan
from router.query_plan import nodes
from router.query_plan.plan import QueryPlan

#: Changes whenever a plan of before can't be read any more.
VERSION: Final = 1

_KINDS: Final[Mapping[str, type]] = {
    "Fetch": nodes.FetchNode,
    "Sequence": nodes.SequenceNode,
    "Parallel": nodes.ParallelNode,
    "Condition": nodes.ConditionNode,
    "Defer": nodes.DeferNode,
    "Subscription": nodes.SubscriptionNode,
    "Deferred": nodes.DeferredNode,
    "EntityInput": nodes.EntityInput,
    "ContextInput": nodes.ContextInput,
    "Shape": nodes.RepresentationShape,
    "Field": nodes.RequiredField,
    "Fragment": nodes.RequiredFragment,
    "Rename": nodes.Rename,
    "FieldStep": nodes.FieldStep,
    "ListStep": nodes.ListStep,
    "TypeStep": nodes.TypeStep,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def plan_to_json(plan: QueryPlan, indent: int | None = None) -> str:
    """Write a plan as JSON text; equal plans give equal text."""
    data = {
        "version": VERSION,
        "node": None if plan.node is None else _dump(plan.node),
        "metadata": dict(sorted(plan.metadata.items())),
    }
    separators = (",", ":") if indent is None else None
    return json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)


def plan_from_json(source: str | bytes) -> QueryPlan:
    """Read a plan from JSON text. Raises :class:`InvalidPlan`."""
    try:
        data = json.loads(source, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidPlan(f"The plan is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidPlan("The plan is not a JSON object.")
    unknown = sorted(set(data) - {"version", "node", "metadata"})
    if unknown:
        raise InvalidPlan(f"The plan has unknown keys: {', '.join(unknown)}.")
    if data.get("version") != VERSION or isinstance(data.get("version"), bool):
        raise InvalidPlan(f"The plan has version {data.get('version')!r}; this router reads version {VERSION}.")
    if "node" not in data:
        raise InvalidPlan("The plan has no node.")
    metadata = data.get("metadata", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise InvalidPlan("The plan's metadata is not an object of strings.")
    try:
        node = _load(data["node"], nodes.PlanNode | None, "node")
    except RecursionError:
        raise InvalidPlan("The plan is nested too deeply.") from None
    return QueryPlan(node, metadata)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _dump(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_dump(item) for item in value]
    name = _NAMES.get(type(value))
    if name is None:
        return value
    found: dict[str, Any] = {"form": name}
    for item in dataclasses.fields(value):
        own = getattr(value, item.name)
        if item.default is dataclasses.MISSING or own != item.default:
            found[item.name] = _dump(own)
    return found


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind, vars(nodes))


def _load(data: Any, expected: Any, place: str) -> Any:
    origin = get_origin(expected)
    if origin is Union or origin is UnionType:
        return _load_one_of(data, get_args(expected), place)
    if origin is tuple:
        if not isinstance(data, list):
            raise InvalidPlan(f"{place} is not a list.")
        inner = get_args(expected)[0]
        return tuple(_load(item, inner, f"{place}[{number}]") for number, item in enumerate(data))
    if expected is int:
        return _check(data, place, "an integer", lambda value: isinstance(value, int) and not isinstance(value, bool))
    if expected is bool:
        return _check(data, place, "true or false", lambda value: isinstance(value, bool))
    if expected is str:
        return _check(data, place, "a string", lambda value: isinstance(value, str))
    return _load_node(data, expected, place)


def _check(data: Any, place: str, what: str, holds: Callable[[Any], bool]) -> Any:
    if not holds(data):
        raise InvalidPlan(f"{place} is not {what}.")
    return data


def _load_one_of(data: Any, options: tuple[Any, ...], place: str) -> Any:
    if data is None:
        if type(None) in options:
            return None
        raise InvalidPlan(f"{place} is null.")
    classes = [option for option in options if option is not type(None)]
    if len(classes) == 1:
        return _load(data, classes[0], place)
    kind = data.get("form") if isinstance(data, dict) else None
    for option in classes:
        if _NAMES.get(option) == kind:
            return _load_node(data, option, place)
    known = ", ".join(_NAMES[option] for option in classes)
    raise InvalidPlan(f"{place} has the form {kind!r}; one of {known} belongs there.")


def _load_node(data: Any, expected: type, place: str) -> Any:
    if not isinstance(data, dict):
        raise InvalidPlan(f"{place} is not an object.")
    name = _NAMES[expected]
    if data.get("form") != name:
        raise InvalidPlan(f"{place} has the form {data.get('kind')!r}; {name} belongs there.")
    hints = _hints(expected)
    unknown = sorted(set(data) - {"form", *hints})
    if unknown:
        raise InvalidPlan(f"{place} has unknown keys: {', '.join(unknown)}.")
    values: dict[str, Any] = {}
    for item in dataclasses.fields(expected):
        if item.name in data:
            values[item.name] = _load(data[item.name], hints[item.name], f"{place}.{item.name}")
        elif item.default is dataclasses.MISSING:
            raise InvalidPlan(f"{place} has no {item.name}.")
    return expected(**values)
