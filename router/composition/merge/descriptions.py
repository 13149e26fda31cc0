"""The descriptions of one element in several subgraphs -> its description in the supergraph.

Invariant: the most frequent one wins, the first of them where several are; an element without one has no say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import HintCode


class Described(Protocol):
    """An element that may have a description."""

    @property
    def description(self) -> str | None: ...

    @property
    def position(self) -> int: ...


def merge_descriptions(merge: Merge, coordinate: str, sources: Sequence[Source[Described]]) -> str | None:
    """Return the description to use, with a hint where there were several."""
    if len(sources) == 1:
        return sources[0][1].description
    found: dict[str, list[int]] = {}
    for index, element in sources:
        if element.description:
            found.setdefault(element.description, []).append(index)
    if not found:
        return None
    chosen = max(found, key=lambda text: len(found[text]))
    if len(found) > 1:
        merge.report.hint(
            HintCode.INCONSISTENT_DESCRIPTION,
            f"{coordinate} has different descriptions; the supergraph has that of {merge.names(found[chosen])}",
            sources,
            [coordinate],
        )
    return chosen
