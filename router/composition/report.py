"""Where composition's stages put what they find.

Enters: findings with their code, wording, subgraphs and coordinates. Leaves: :class:`CompositionError` s and
:class:`CompositionHint` s in the order of their finding. Invariant: every message reads ``[CODE] text; remedy``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

from router.federation.errors import CompositionError, CompositionHint, ErrorCode, HintCode, SourceLocation
from router.federation.subgraph import Subgraph


class Positioned(Protocol):
    """Anything that was read from SDL."""

    @property
    def position(self) -> int: ...


Element = TypeVar("Element")

#: An element beside the index of the subgraph that has it; a table of sources is in the order of the subgraphs.
Source: TypeAlias = tuple[int, Element]


@dataclass(slots=True)
class Report:
    """Collects errors and hints; ``subgraphs`` turns indices into names and positions into lines."""

    subgraphs: Sequence[Subgraph]
    errors: list[CompositionError] = field(default_factory=list)
    hints: list[CompositionHint] = field(default_factory=list)

    def error(
        self,
        code: ErrorCode,
        text: str,
        sources: Iterable[Source[Positioned]] = (),
        coordinates: Sequence[str] = (),
        remedy: str = "",
    ) -> None:
        """Add an error; ``sources`` are the elements at fault, from which subgraphs and locations are taken."""
        found = tuple(sources)
        self.errors.append(
            CompositionError(
                code, _message(code, text, remedy), self._names(found), tuple(coordinates), self._locations(found)
            )
        )

    def hint(
        self,
        code: HintCode,
        text: str,
        sources: Iterable[Source[Positioned]] = (),
        coordinates: Sequence[str] = (),
    ) -> None:
        """Add a hint; see :meth:`error`."""
        found = tuple(sources)
        self.hints.append(
            CompositionHint(
                code, _message(code, text, ""), self._names(found), tuple(coordinates), self._locations(found)
            )
        )

    def names(self, indices: Iterable[int]) -> str:
        """Spell subgraph names for a message: ``a``, ``a and b``, ``a, b and c``."""
        return spell([self.subgraphs[index].name for index in indices])

    def _names(self, sources: tuple[Source[Positioned], ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.subgraphs[index].name for index, _ in sources))

    def _locations(self, sources: tuple[Source[Positioned], ...]) -> tuple[SourceLocation, ...]:
        locations = []
        for index, element in sources:
            subgraph = self.subgraphs[index]
            place = subgraph.line_and_column(element.position)
            if place is not None:
                locations.append(SourceLocation(subgraph.name, *place))
        return tuple(locations)


def spell(names: Sequence[str], joiner: str = "and") -> str:
    """Join names as a sentence does."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joiner} {names[-1]}"


def _message(code: ErrorCode | HintCode, text: str, remedy: str) -> str:
    return f"[{code}] {text}; {remedy}" if remedy else f"[{code}] {text}"
