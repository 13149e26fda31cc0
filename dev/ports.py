"""Whether a port is free, and who has it.

Enters: a port number. Leaves: nothing, or a sentence about the port with the way to choose another.
Invariant: only loopback is looked at, and no process is touched.
"""

import errno
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

LISTEN = "0A"


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    # macOS lets a loopback address be bound beside a listener on all addresses, so ask it too.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.5)
        return caller.connect_ex(("127.0.0.1", port)) != 0


def holder(port: int, proc: Path = Path("/proc")) -> str | None:
    """The listening process as `name (process 123)`, where Linux tells it cheaply; None elsewhere."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in listening_inodes(proc / "net" / table, port)}
    if not inodes:
        return None
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(descriptor))
                if found and found[1] in inodes:
                    return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def listening_inodes(table: Path, port: int) -> list[str]:
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port]


def in_use_sentence(service: str, port: int, variable: str) -> str:
    by = holder(port)
    return (
        f"Port {port}, which {service} needs, is in use{f' by {by}' if by else ''}. "
        f"Stop that, or choose another: make up {variable}={port + 100}"
    )
