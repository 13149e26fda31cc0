"""The tables of the users service.

Invariants that the database keeps: one account an e-mail address (`email_key`), one row a refresh token's hash.
No password, token or private key is in a table; only what checks one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Index, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from subgraphs.shared.audit import AuditEventRow
from subgraphs.shared.database import NAMING_CONVENTION
from subgraphs.shared.identity import Role
from subgraphs.shared.migration import Migrations

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", METADATA)


def now() -> datetime:
    return datetime.now(UTC)


class UsersTable(SQLModel, registry=registry(metadata=METADATA)):
    """Keeps this service's tables apart from those of its siblings in one process."""


class Account(UsersTable, table=True):
    """A person. `email` is as typed; `email_key` is its folded form, by which it is unique."""

    __tablename__ = "accounts"
    __table_args__ = (Index("ix_accounts_created_at_id", "created_at", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=254, unique=True)
    display_name: str = Field(max_length=80)
    password_hash: str = Field(max_length=255)
    role: str = Field(default=Role.STUDENT.value, max_length=20)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    archived_at: datetime | None = None


class RefreshFamily(UsersTable, table=True):
    """One sign-in and all the refresh tokens that came of it."""

    __tablename__ = "refresh_families"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime = Field(index=True)
    revoked_at: datetime | None = None
    revoked_because: str | None = Field(default=None, max_length=50)


class RefreshToken(UsersTable, table=True):
    """One refresh token, by the SHA-256 of its text in hexadecimal."""

    __tablename__ = "refresh_tokens"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    family_id: UUID = Field(foreign_key="refresh_families.id", index=True, ondelete="CASCADE")
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    used_at: datetime | None = None


class SignInThrottle(UsersTable, table=True):
    """Failed sign-ins of one account or address, whose name is stored as a hash."""

    __tablename__ = "sign_in_throttles"

    key: str = Field(primary_key=True, max_length=64)
    attempts: int = 0
    window_started_at: datetime = Field(index=True)
    locked_until: datetime | None = None


class AuditEvent(AuditEventRow, UsersTable, table=True):
    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_created_at_id", "created_at", "id"),)
