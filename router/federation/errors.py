"""What composition reports: errors and hints as data.

Enters: nothing. Leaves: :class:`CompositionError` and :class:`CompositionHint`, in the order that their finder met
them. Invariant: a message reads ``[CODE] Coordinate says what is wrong; remedy``, and the code is a member of
:class:`ErrorCode` or :class:`HintCode`.
"""

from __future__ import annotations

from dataclasses import dataclass

from router.federation.error_codes import ErrorCode
from router.federation.hint_codes import HintCode, HintLevel

__all__ = ["CompositionError", "CompositionHint", "ErrorCode", "HintCode", "HintLevel", "SourceLocation"]


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A place in a subgraph's SDL; ``line`` and ``column`` count from 1."""

    subgraph: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class CompositionError:
    """Why subgraphs do not compose; ``coordinates`` are schema coordinates, such as ``Type.field(argument:)``."""

    code: ErrorCode
    message: str
    subgraphs: tuple[str, ...] = ()
    coordinates: tuple[str, ...] = ()
    locations: tuple[SourceLocation, ...] = ()


@dataclass(frozen=True, slots=True)
class CompositionHint:
    """A remark about subgraphs that compose."""

    code: HintCode
    message: str
    subgraphs: tuple[str, ...] = ()
    coordinates: tuple[str, ...] = ()
    locations: tuple[SourceLocation, ...] = ()
