"""The response tree: finding objects at a path of the plan, and deep merging of what subgraphs answer.

The tree is JSON-like: dicts keyed by response names (the client's, beside the plan's internal aliases), lists, leaves.
Invariant: once an object stands in the tree it stays the same Python object, so that its identity can stand for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from router.execution.errors import ClientPath
from router.execution.types import ExecutionTypes
from router.query_plan.nodes import FieldStep, ListStep, Path, PathStep, Rename, TypeStep

Tree = dict[str, Any]

#: The objects met on the way to a place: ``trail[k]`` after ``k`` steps of the path.
Trail = tuple[Any, ...]


def locate(tree: Tree, path: Path) -> Iterator[tuple[Tree, ClientPath, Trail]]:
    """Yield every object at ``path``, with its place in the client's terms and its trail; nulls are left out.

    A value that isn't what a step needs (a subgraph answered wrong) ends the search there.
    """
    yield from _locate(tree, path, (), (tree,))


def _locate(value: Any, steps: Sequence[PathStep], place: ClientPath, trail: Trail) -> Iterator[tuple[Any, Any, Any]]:
    if not steps:
        if isinstance(value, dict):
            yield value, place, trail
        return
    step, rest = steps[0], steps[1:]
    match step:
        case FieldStep(name):
            if isinstance(value, dict) and value.get(name) is not None:
                inner = value[name]
                yield from _locate(inner, rest, (*place, name), (*trail, inner))
        case ListStep():
            if isinstance(value, list):
                for index, item in enumerate(value):
                    yield from _locate(item, rest, (*place, index), (*trail, item))
        case TypeStep(types):
            if isinstance(value, dict) and value.get("__typename") in types:
                yield from _locate(value, rest, place, (*trail, value))


def merge(target: Tree, source: Tree, types: ExecutionTypes) -> bool:
    """Merge ``source`` into ``target``, deeply; ``source`` must not be used again.

    Lists of equal length merge item by item (value types that several subgraphs fill). A value wins over null. Returns
    False, with nothing merged, where both say another concrete type: then ``source`` is not about this object.
    """
    typename = _merged_typename(target.get("__typename"), source.get("__typename"), types)
    if typename is False:
        return False
    for name, value in source.items():
        if name not in target:
            target[name] = value
        elif name != "__typename":
            target[name] = _merge_value(target[name], value, types)
    if typename is not None:
        target["__typename"] = typename
    return True


def _merge_value(old: Any, new: Any, types: ExecutionTypes) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        merge(old, new, types)
        return old
    if isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new):
            old[:] = [_merge_value(a, b, types) for a, b in zip(old, new, strict=True)]
        return old
    return old if new is None else new


def _merged_typename(old: Any, new: Any, types: ExecutionTypes) -> Any:
    """Which of two type names stands: the concrete one wins over an interface's; ``False`` if they contradict."""
    if old is None or new is None or old == new:
        return new if old is None else old
    if isinstance(new, str) and new in types.interfaces:
        return old
    if isinstance(old, str) and old in types.interfaces and isinstance(new, str):
        return new
    return False


def copy_tree(value: Any) -> Any:
    """Copy dicts and lists deeply."""
    if isinstance(value, dict):
        return {name: copy_tree(item) for name, item in value.items()}
    if isinstance(value, list):
        return [copy_tree(item) for item in value]
    return value


def rename(root: Any, renames: Sequence[Rename]) -> None:
    """Give fields of an answer their response names, where the subgraph had to be asked under another.

    All are taken out before any is put back, so that two may swap their names.
    """
    moves: list[tuple[Tree, str, Any]] = []
    for item in renames:
        for target, _, _ in _locate(root, item.path, (), (root,)):
            if item.alias in target:
                moves.append((target, item.name, target.pop(item.alias)))
    for target, name, value in moves:
        target[name] = value
