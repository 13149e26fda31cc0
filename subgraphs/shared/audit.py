"""The audit log: who did what to whom, in each service's own table.

Enters: an act, in the same transaction as its effect. Leaves: rows that only admins read.
Invariant: an event and its effect are kept or lost together; details are short texts that the code chose,
never a password, token or key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import strawberry
from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from subgraphs.shared.database import Database
from subgraphs.shared.identity import NOBODY, Caller, parse_id
from subgraphs.shared.paging import PageInfo, check_first, comes_after, cut_page, read_cursor


class AuditEventRow(SQLModel):
    """The columns of a service's audit table."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    actor_id: UUID | None = Field(default=None, index=True)
    actor_role: str | None = Field(default=None, max_length=20)
    action: str = Field(max_length=50)
    target_type: str = Field(max_length=50)
    target_id: UUID | None = Field(default=None, index=True)
    details: dict[str, str] = Field(default_factory=dict, sa_type=JSON)


EventRow = TypeVar("EventRow", bound=AuditEventRow)


def record(
    session: AsyncSession,
    table: type[AuditEventRow],
    caller: Caller,
    action: str,
    target: tuple[str, UUID | None],
    details: Mapping[str, object] | None = None,
) -> None:
    """Add one event to the session's transaction. `target` is a type's name and an id."""
    session.add(
        table(
            actor_id=caller.user_id,
            actor_role=caller.role,
            action=action,
            target_type=target[0],
            target_id=target[1],
            details={name: str(value)[:200] for name, value in (details or {}).items()},
        )
    )


@strawberry.federation.type(shareable=True, description="One detail of an audit event.")
class AuditDetail:
    name: str
    value: str


@strawberry.federation.type(shareable=True, description="Something that an account, or nobody signed in, did.")
class AuditEvent:
    id: strawberry.ID
    occurred_at: datetime
    actor_id: strawberry.ID | None
    actor_role: str | None
    action: str
    target_type: str
    target_id: strawberry.ID | None
    details: list[AuditDetail]

    @classmethod
    def of(cls, row: AuditEventRow) -> AuditEvent:
        return cls(
            id=strawberry.ID(str(row.id)),
            occurred_at=row.created_at,
            actor_id=strawberry.ID(str(row.actor_id)) if row.actor_id else None,
            actor_role=row.actor_role,
            action=row.action,
            target_type=row.target_type,
            target_id=strawberry.ID(str(row.target_id)) if row.target_id else None,
            details=[AuditDetail(name=name, value=value) for name, value in sorted(row.details.items())],
        )


@strawberry.federation.type(shareable=True)
class AuditEventEdge:
    cursor: str
    node: AuditEvent


@strawberry.federation.type(shareable=True, description="A page of audit events, newest first.")
class AuditEventConnection:
    edges: list[AuditEventEdge]
    page_info: PageInfo


async def read_events(
    database: Database,
    table: type[AuditEventRow],
    first: int | None,
    after: str | None,
    actor_id: str | None,
    target_id: str | None,
) -> AuditEventConnection:
    """A page of events, newest first, of one actor and about one target where they're given."""
    size = check_first(first)
    query = select(table).order_by(col(table.created_at).desc(), col(table.id).desc()).limit(size + 1)
    for column, wanted in ((table.actor_id, actor_id), (table.target_id, target_id)):
        if wanted is not None:
            query = query.where(col(column) == (parse_id(wanted) or NOBODY))
    if after is not None:
        columns: tuple[Any, Any] = (col(table.created_at), col(table.id))
        query = query.where(comes_after(*columns, read_cursor(after), newest_first=True))
    async with database.read() as session:
        rows = (await session.exec(query)).all()
    page = cut_page(rows, size, after)
    return AuditEventConnection(
        edges=[AuditEventEdge(cursor=page.cursor(row), node=AuditEvent.of(row)) for row in page.rows],
        page_info=page.info,
    )
