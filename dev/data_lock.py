"""Who may touch the data: one launcher, or one reset, at a time.

Enters: the data folder. Leaves: held for as long as the block runs, or a refusal that says who holds it.
Invariant: the lock goes with the process that holds it, however that ends; nothing stale is ever left.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataInUse(Exception):
    """Another launcher holds the data; the message says which process."""


@contextmanager
def hold_data(data: Path) -> Iterator[None]:
    data.mkdir(parents=True, exist_ok=True)
    # The folder holds passwords' hashes and the signing keys.
    data.chmod(0o700)
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise DataInUse(
                f"{data} is in use by a running `make up` (process {holder}); stop that first, with Ctrl-C."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
