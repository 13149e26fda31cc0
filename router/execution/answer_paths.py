"""Paths within a subgraph's answer -> the same places by the names of the response tree.

Invariant: a path ends where the tree contradicts it, since a subgraph may say anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.execution.errors import ClientPath
from router.query_plan.nodes import FieldStep, Rename


def renamed(renames: Sequence[Rename], start: tuple[str | int, ...], path: tuple[str | int, ...]) -> ClientPath:
    """Put the response tree's names in place of a subgraph's aliases in a path, after ``start``."""
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


def standing(value: Any, path: ClientPath) -> ClientPath:
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
