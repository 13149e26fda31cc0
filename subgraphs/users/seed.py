"""The accounts of a laptop: fixed ids and one known password. Never made by an image or a chart.

The ids stand here and, where another service needs one, again in that service's own seed.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from subgraphs.shared.database import Database
from subgraphs.shared.identity import ANONYMOUS, Role
from subgraphs.users.accounts import find_accounts, fold_email, insert_account
from subgraphs.users.models import Account
from subgraphs.users.passwords import PasswordHasher
from subgraphs.users.settings import UsersSettings

SEED_PASSWORD: Final = "learn-graphs-together"  # noqa: S105

ADMIN_ID: Final = UUID("00000000-0000-4000-a000-000000000001")
INSTRUCTOR_ID: Final = UUID("00000000-0000-4000-a000-000000000002")
STUDENT1_ID: Final = UUID("00000000-0000-4000-a000-000000000011")
STUDENT2_ID: Final = UUID("00000000-0000-4000-a000-000000000012")

SEEDED_ACCOUNTS: Final = (
    (ADMIN_ID, "admin@learn.test", "Ada Admin", Role.ADMIN),
    (INSTRUCTOR_ID, "instructor@learn.test", "Ivan Instructor", Role.INSTRUCTOR),
    (STUDENT1_ID, "student1@learn.test", "Sofia Student", Role.STUDENT),
    (STUDENT2_ID, "student2@learn.test", "Samir Student", Role.STUDENT),
)


async def seed(database: Database, settings: UsersSettings) -> int:
    """Make the seeded accounts that are missing; how many were made. One that exists stays as it is."""
    hasher = PasswordHasher(settings)
    made = 0
    try:
        missing = await missing_accounts(database)
        if not missing:
            return 0
        password_hash = await hasher.hash(SEED_PASSWORD)
        for account_id, email, name, role in missing:
            account = Account(
                id=account_id,
                email=email,
                email_key=fold_email(email),
                display_name=name,
                password_hash=password_hash,
                role=role.value,
            )
            made += await insert_account(database, account, ANONYMOUS, "account.seeded") is not None
    finally:
        await hasher.close()
    return made


async def missing_accounts(database: Database) -> list[tuple[UUID, str, str, Role]]:
    found = await find_accounts(database, [account[0] for account in SEEDED_ACCOUNTS])
    return [account for account in SEEDED_ACCOUNTS if account[0] not in found]
