"""What is wrong in one subgraph, as it is found: a list of errors that grows while its rules run.

Enters: a coordinate, what is wrong there, what to do. Leaves: :class:`~router.federation.errors.CompositionError`.
Invariant: positions become lines and columns only when something is wrong, so that a sound subgraph pays nothing.
"""

from __future__ import annotations

from router.federation.errors import CompositionError, ErrorCode, SourceLocation


class Findings:
    """Collects the errors of one subgraph, in the order of their finding."""

    __slots__ = ("errors", "sdl", "subgraph")

    def __init__(self, subgraph: str, sdl: str) -> None:
        self.subgraph = subgraph
        self.sdl = sdl
        self.errors: list[CompositionError] = []

    def add(self, code: ErrorCode, coordinate: str, problem: str, position: int = -1) -> None:
        """Record ``[code] coordinate in subgraph problem``; ``position`` is an offset in the SDL, -1 for none."""
        match coordinate:
            case "":
                where = problem
            case "schema":
                where = f"the schema of {self.subgraph} {problem}"
            case _:
                where = f"{coordinate} in {self.subgraph} {problem}"
        self.errors.append(
            CompositionError(
                code=code,
                message=f"[{code}] {where}",
                subgraphs=(self.subgraph,),
                coordinates=(coordinate,) if coordinate else (),
                locations=(self.locate(position),) if position >= 0 else (),
            )
        )

    def locate(self, position: int) -> SourceLocation:
        """Turn an offset in the SDL into a line and a column, both from 1."""
        line, column = line_and_column(self.sdl, position)
        return SourceLocation(self.subgraph, line, column)


def line_and_column(sdl: str, position: int) -> tuple[int, int]:
    """Turn an offset in a text into a line and a column, both from 1."""
    return sdl.count("\n", 0, position) + 1, position - (sdl.rfind("\n", 0, position) + 1) + 1
