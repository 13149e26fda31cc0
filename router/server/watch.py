"""Files that change -> a wake-up.

Enters: a function that names the files. Leaves: one step of an iterator for each change. Invariant: a file that is
replaced, as editors and mounted ConfigMaps do it, counts as changed; so its folder is watched, and its content is
compared.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any, Final

from watchfiles import awatch

#: It looks by itself now and then, since some mounted file systems tell of no change.
_WATCHING: Final[dict[str, Any]] = {
    "step": 50, "debounce": 200, "rust_timeout": 20_000, "yield_on_timeout": True, "ignore_permission_denied": True,
}  # fmt: skip


async def watch_files(files: Callable[[], Iterable[Path]]) -> AsyncIterator[None]:
    """Yield whenever the content of one of the files changed; the files may be others after each step."""
    known = _digests(files())
    while True:
        folders = sorted({path.parent for path in known if path.parent.is_dir()})
        if not folders:
            await asyncio.sleep(1.0)
        else:
            async for _ in awatch(*folders, recursive=False, **_WATCHING):
                break
        found = _digests(known)
        if found != known:
            yield
            # A file that is new in the list was read after its content was taken here, or is read again.
            known = {path: found.get(path, digest) for path, digest in _digests(files()).items()}


def _digests(files: Iterable[Path]) -> dict[Path, bytes]:
    digests = {}
    for file in files:
        path = Path(file).absolute()
        try:
            digests[path] = hashlib.sha256(path.read_bytes()).digest()
        except OSError:
            digests[path] = b""
    return digests
