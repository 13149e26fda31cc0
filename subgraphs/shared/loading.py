"""Rows that several fields of one request ask for by key, found together.

Enters: keys, and a function that finds the rows of many. Leaves: each field's row, or None. Invariant: what was found
lives as long as the request, so nothing that one caller may see is kept for another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


class Loaders:
    """The loaders of one request, by what they find; each is made when it is first asked."""

    def __init__(self) -> None:
        self._made: dict[str, DataLoader[Any, Any]] = {}

    async def load(self, what: str, find: Callable[[list[Key]], Awaitable[Mapping[Key, Row]]], key: Key) -> Row | None:
        """The row of this key; with one call of `find` for all that is asked in the same moment."""
        loader = self._made.get(what)
        if loader is None:

            async def load_all(keys: list[Key]) -> list[Row | None]:
                found = await find(keys)
                return [found.get(each) for each in keys]

            loader = self._made[what] = DataLoader(load_fn=load_all)
        row: Row | None = await loader.load(key)
        return row
