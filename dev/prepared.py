"""Remembers that a service's database is migrated and seeded, so that a second `make up` needn't look again.

Enters: the data folder, a service's code, and the file that its database is known by. Leaves: whether the database is
as that code left it.
Invariant: the memory holds only for the same migrations, the same seed and the same file; a failure forgets it.
"""

import hashlib
from pathlib import Path

SUFFIX = ".prepared"


def is_prepared(data: Path, name: str, code: Path, database: Path) -> bool:
    try:
        return (data / f"{name}{SUFFIX}").read_text() == fingerprint(name, code, database)
    except OSError:
        return False


def remember_prepared(data: Path, name: str, code: Path, database: Path) -> None:
    (data / f"{name}{SUFFIX}").write_text(fingerprint(name, code, database))


def forget_prepared(data: Path) -> None:
    for stamp in data.glob(f"*{SUFFIX}"):
        stamp.unlink(missing_ok=True)


def fingerprint(name: str, code: Path, database: Path) -> str:
    sources = [*sorted((code / name / "migrations").rglob("*.py")), code / name / "seed.py"]
    sources += sorted((code / "shared").rglob("*.py"))
    # The inode tells a database that was deleted and made anew, or swapped for another.
    digest = hashlib.sha256(f"{database} {database.stat().st_ino}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()
