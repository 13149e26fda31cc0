"""Pages of a list that is ordered by (created_at, id): the arguments, the cursors and the Relay types.

Enters: `first` and `after`. Leaves: the rows' bounds for a query, and PageInfo for an answer.
Invariant: a page has at most `MAX_PAGE` rows, and a row that is added meanwhile moves no other row to
another page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.sql.expression import literal

from subgraphs.shared.errors import BadUserInput
from subgraphs.shared.identity import parse_id

MAX_PAGE = 100
DEFAULT_PAGE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Placed(Protocol):
    """A row that has a place in the order."""

    id: UUID
    created_at: datetime


Row = TypeVar("Row", bound=Placed)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row's place. On the wire it's opaque: microseconds since 1970 and the id, in base 64."""

    created_at: datetime
    id: UUID

    def __str__(self) -> str:
        microseconds = round((self.created_at - EPOCH).total_seconds() * 1_000_000)
        return urlsafe_b64encode(f"{microseconds}:{self.id}".encode()).decode()


def read_cursor(text: str) -> Cursor:
    """Raises `BadUserInput` for what no page ever handed out."""
    try:
        microseconds, _, id_text = urlsafe_b64decode(text.encode("ascii", "strict")).decode("ascii").partition(":")
        created_at = datetime.fromtimestamp(int(microseconds) // 1_000_000, UTC).replace(
            microsecond=int(microseconds) % 1_000_000
        )
        row_id = parse_id(id_text)
    except (ValueError, OverflowError, OSError):
        row_id = None
    if row_id is None or len(text) > 200:
        raise BadUserInput("The argument after is not a cursor of this list.", argument="after")
    return Cursor(created_at, row_id)


def check_first(first: int | None, default: int = DEFAULT_PAGE) -> int:
    """The page's size. Raises `BadUserInput` outside of 0 to `MAX_PAGE`."""
    if first is None:
        return default
    if not 0 <= first <= MAX_PAGE:
        raise BadUserInput(f"The argument first must be between 0 and {MAX_PAGE}.", argument="first")
    return first


def comes_after(created_at: Any, id_: Any, cursor: Cursor, *, newest_first: bool) -> ColumnElement[bool]:
    """The condition "in the order, behind the cursor"; a row value, so that an index on both columns serves it."""
    place = tuple_(created_at, id_)
    at = tuple_(literal(cursor.created_at, created_at.type), literal(cursor.id, id_.type))
    return place < at if newest_first else place > at


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page and whether more follow."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool

    def cursor(self, row: Row) -> str:
        return str(Cursor(row.created_at, row.id))

    @property
    def info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=self.cursor(self.rows[0]) if self.rows else None,
            end_cursor=self.cursor(self.rows[-1]) if self.rows else None,
        )


def cut_page(rows: Sequence[Row], first: int, after: str | None) -> Page[Row]:
    """Make a page of `first` rows out of at most `first + 1` that were read, to know whether more follow."""
    return Page(rows[:first], len(rows) > first, after is not None)


@strawberry.federation.type(shareable=True, description="Where a page stands in its list (Relay cursor connections).")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
