"""A subgraph's answer -> the same answer with one thing wrong in it, as a careless or failing service would have it.

Enters: a GraphQL response as data, a source of chance. Leaves: the response changed in one place. Invariant: what was
changed can be told from the request and the schema, so that a router has to answer with an error there, and with
nothing wrong elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
#: Changes a response at one place; tells whether it could.
Spoiler: TypeAlias = Callable[[Random, dict[str, Any]], bool]


def spoil(answer: dict[str, Any], random: Random) -> dict[str, Any]:
    """Change a response in place, and return it."""
    ways = [_fail_a_value, _leave_a_field_out, _give_an_object, _give_no_object, _change_the_count, _fail_the_whole]
    random.shuffle(ways)
    for way in ways:
        if isinstance(answer.get("data"), dict) and way(random, answer):
            break
    return answer


def _fail_a_value(random: Random, answer: dict[str, Any]) -> bool:
    """Put a null and its error in place of a value."""
    found = list(_values(answer["data"], ()))
    if not found:
        return False
    parent, key, path = random.choice(found)
    parent[key] = None
    answer.setdefault("errors", []).append({"message": "spoilt", "path": list(path), "extensions": {"code": "SPOILT"}})
    return True


def _leave_a_field_out(random: Random, answer: dict[str, Any]) -> bool:
    found = [
        (parent, key) for parent, key, path in _values(answer["data"], ()) if isinstance(key, str) and len(path) > 1
    ]
    if not found:
        return False
    parent, key = random.choice(found)
    del parent[key]
    return True


def _give_an_object(random: Random, answer: dict[str, Any]) -> bool:
    """Put an object where a leaf should be; that is nothing any leaf type but a custom scalar allows."""
    found = [
        (parent, key)
        for parent, key, _ in _values(answer["data"], ())
        if isinstance(parent[key], str | int | float | bool) and not _is_free(key)
    ]
    if not found:
        return False
    parent, key = random.choice(found)
    parent[key] = {"wrong": True}
    return True


def _give_no_object(random: Random, answer: dict[str, Any]) -> bool:
    """Put a text where an object should be."""
    found = [
        (parent, key) for parent, key, _ in _values(answer["data"], ()) if _is_typed(parent[key]) and not _is_free(key)
    ]
    if not found:
        return False
    parent, key = random.choice(found)
    parent[key] = "wrong"
    return True


def _change_the_count(random: Random, answer: dict[str, Any]) -> bool:
    """Leave an entity out, or bring one too many."""
    found = [
        name for name, value in answer["data"].items() if name.startswith("_e") and isinstance(value, list) and value
    ]
    if not found:
        return False
    entities = answer["data"][random.choice(found)]
    if random.random() < 0.5:
        entities.pop()
    else:
        entities.append(entities[0])
    return True


def _fail_the_whole(random: Random, answer: dict[str, Any]) -> bool:
    answer["data"] = None
    answer["errors"] = [{"message": "spoilt"}]
    return True


def _values(value: Any, path: Path) -> Iterator[tuple[Any, Any, Path]]:
    """Yield every place of a tree that has a value, as its parent, the key there and the path."""
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for key, inner in items:
        if inner is not None:
            yield value, key, (*path, key)
        if not _is_free(key):
            yield from _values(inner, (*path, key))


def _is_free(key: Any) -> bool:
    """Whether a field is a custom scalar's, which may have any value."""
    return isinstance(key, str) and key.startswith("json")


def _is_typed(value: Any) -> bool:
    return isinstance(value, dict) and "__typename" in value
