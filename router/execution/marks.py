"""Which fields of the response tree are empty, and why.

A mark says: this field of this object is null or missing because of that error. Whatever needs the field later
(a representation, the client) can name the error. Where another subgraph filled the field after all, the mark stands
for what is missing below it: parts of one value can come from several. A field that an answer left out is marked too,
for as long as no other answer brings it. What is missing for a good reason (an entity that a subgraph has no more, or
that can't be asked for by a null key) is excused: null, and nobody's failure. Objects are told apart by identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from router.execution.errors import ResponseError
from router.execution.tree import Tree


class Marks:
    """The marks of one execution; the first error at a field stands."""

    def __init__(self) -> None:
        self._errors: dict[tuple[int, str], tuple[Tree, ResponseError]] = {}
        self._below: dict[int, tuple[Tree, ResponseError]] = {}
        self._left_out: dict[tuple[int, str], tuple[Tree, ResponseError]] = {}
        self._excused: dict[int, tuple[Tree, list[Sequence[str]]]] = {}

    def __bool__(self) -> bool:
        return bool(self._errors or self._left_out)

    def put(self, target: Tree, names: Iterable[str], error: ResponseError) -> None:
        """Mark fields of an object."""
        for name in names:
            # The object is kept beside the error, so that its identity isn't given to another.
            self._errors.setdefault((id(target), name), (target, error))

    def put_left_out(self, target: Any, path: Sequence[str | int], error: ResponseError) -> None:
        """Follow a path into the tree and mark the field that it ends at as one that an answer left out."""
        *steps, name = path
        for step in steps:
            if isinstance(target, dict) and isinstance(step, str):
                target = target.get(step)
            elif isinstance(target, list) and isinstance(step, int) and step < len(target):
                target = target[step]
            else:
                return
        if isinstance(target, dict) and isinstance(name, str):
            self._left_out.setdefault((id(target), name), (target, error))

    def get(self, target: Tree, name: str) -> ResponseError | None:
        """Return the error that emptied a field, if one did."""
        found = self._errors.get((id(target), name))
        if found is None and name not in target and not self.excuses(target, name):
            found = self._left_out.get((id(target), name)) or self._below.get(id(target))
        return None if found is None else found[1]

    def excuse(self, target: Tree, names: Sequence[str]) -> None:
        """Note that fields of an object may be missing."""
        self._excused.setdefault(id(target), (target, []))[1].append(names)

    def excuses(self, target: Tree, name: str) -> bool:
        """Whether a field may be missing."""
        found = self._excused.get(id(target))
        return found is not None and any(name in names for names in found[1])

    def fill_excused(self) -> None:
        """Write null for every field that may be missing and is."""
        for target, sets in self._excused.values():
            for names in sets:
                for name in names:
                    target.setdefault(name, None)

    def put_below(self, target: Tree, name: str) -> None:
        """Carry a field's mark on to the objects that it has all the same, for the fields that they lack."""
        error = self.get(target, name)
        values = [target[name]] if error is not None else []
        while values and error is not None:
            value = values.pop()
            if isinstance(value, list):
                values.extend(value)
            elif isinstance(value, dict):
                self._below.setdefault(id(value), (value, error))

    def put_along(self, target: Any, steps: Iterable[str | int], error: ResponseError) -> None:
        """Follow an error's path into the tree, as far as there are values, and mark the field that it ends at."""
        last: tuple[Tree, str] | None = None
        for step in steps:
            if isinstance(target, dict) and isinstance(step, str):
                last = (target, step)
                target = target.get(step)
            elif isinstance(target, list) and isinstance(step, int) and 0 <= step < len(target):
                target = target[step]
            else:
                break
        if last is not None and target is None:
            self.put(last[0], (last[1],), error)
