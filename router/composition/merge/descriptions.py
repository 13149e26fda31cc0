"""The descriptions of one element in several subgraphs -> its description in the supergraph.

Invariant: the most frequent one wins, the first of them where several are; an element without one has no say, and an
empty one only where there is no other. The winner reads as a block string does (GraphQL specification, section 2.9.4):
without common indentation, and without empty lines at its ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from graphql.language.block_string import dedent_block_string_lines

from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import HintCode

_LINE_END = re.compile(r"\r\n|[\n\r]")


class Described(Protocol):
    """An element that may have a description."""

    @property
    def description(self) -> str | None: ...

    @property
    def position(self) -> int: ...


def merge_descriptions(merge: Merge, coordinate: str, sources: Sequence[Source[Described]]) -> str | None:
    """Return the description to use, with a hint where there were several."""
    if len(sources) == 1:
        return _as_block(sources[0][1].description)
    found: dict[str, list[int]] = {}
    for index, element in sources:
        if element.description:
            found.setdefault(element.description, []).append(index)
    if not found:
        return next((element.description for _, element in sources if element.description is not None), None)
    chosen = max(found, key=lambda text: len(found[text]))
    if len(found) > 1:
        merge.report.hint(
            HintCode.INCONSISTENT_DESCRIPTION,
            f"{coordinate} has different descriptions; the supergraph has that of {merge.names(found[chosen])}",
            sources,
            [coordinate],
        )
    return _as_block(chosen)


def _as_block(text: str | None) -> str | None:
    if not text:
        return text
    lines = _LINE_END.split(text)
    if len(lines) > 1:
        # The first line counts for the common indentation too.
        return "\n".join(dedent_block_string_lines(["", *lines]))
    return text if text.strip(" \t") else ""
