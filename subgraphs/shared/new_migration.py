"""A new migration, written from the difference between the models and the newest revision.

Enters: a service's migrations and what the change is called. Leaves: a file to be read before it's committed.
Invariant: no database of the service is touched; the newest revision is built in a SQLite file that is thrown away.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, Final, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import DowngradeOps, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from subgraphs.shared.database import Database
from subgraphs.shared.migration import Migrations, migrate
from subgraphs.shared.settings import ServiceSettings

TEMPLATE: Final = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


async def write_migration(settings: ServiceSettings, migrations: Migrations, name: str) -> Path | None:
    """Write the next revision's file; None where models and revisions agree. Raises ValueError for an odd name."""
    if re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name) is None:
        raise ValueError("name the change in small letters, digits and underscores, such as add_capacity")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'newest.sqlite3'}"
        database = Database(settings.model_copy(update={"database_url": url}))
        try:
            await migrate(database, migrations)
            async with database.engine.connect() as connection:
                steps = await connection.run_sync(find_steps, migrations)
        finally:
            await database.close()
    if steps is None:
        return None
    number = len(migrations.revisions()) + 1
    text = TEMPLATE.format(
        title=name.replace("_", " ").capitalize(),
        revision=f"{migrations.head.rpartition('_')[0]}_{number:04}",
        down_revision=migrations.head,
        upgrade=steps[0],
        downgrade=steps[1],
    )
    path = migrations.folder / "versions" / f"{number:04}_{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def find_steps(connection: Connection, migrations: Migrations) -> tuple[str, str] | None:
    """The bodies of both functions; None where nothing differs."""
    compared = MigrationContext.configure(connection, opts={"compare_type": True})
    script = produce_migrations(compared, migrations.metadata)
    if script.upgrade_ops is None or script.downgrade_ops is None or script.upgrade_ops.is_empty():
        return None

    def render(steps: UpgradeOps | DowngradeOps) -> str:
        # In batches, since SQLite can't change a table in place.
        return render_python_code(steps, render_as_batch=True, render_item=render_type, migration_context=compared)

    return render(script.upgrade_ops), render(script.downgrade_ops)


def render_type(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Types by their plain names: a migration must not change when a library's own types do."""
    if kind != "type":
        return False
    match item:
        case AutoString():
            return f"sa.String(length={getattr(item.impl_instance, 'length', None)})"
        case UTCDateTime():
            return "sa.DateTime(timezone=True)"
        case _:
            return False
