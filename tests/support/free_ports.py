"""Ports for servers that a test starts, which nobody takes between the choice and the use.

Enters: a number. Leaves: as many ports of loopback on which nothing listens. Invariants: none lies where the system
finds ports for outgoing connections, one of which would otherwise take it now and then; and no two processes are given
the same one, since each holds the UDP port of the same number until it ends.
"""

import os
import socket
from contextlib import suppress

FIRST, LAST = 15_000, 29_999

_held: list[socket.socket] = []
#: Where the last search ended; processes begin at different places, so that few look at ports of others.
_last = FIRST + os.getpid() * 61 % (LAST - FIRST + 1)


def free_ports(count: int) -> list[int]:
    """All different, of this process and of all that use this function."""
    global _last
    found: list[int] = []
    for _ in range(LAST - FIRST + 1):
        if len(found) == count:
            return found
        _last = _last + 1 if _last < LAST else FIRST
        if _take(_last):
            found.append(_last)
    raise AssertionError(f"no {count} ports are free between {FIRST} and {LAST}")


def _take(port: int) -> bool:
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with suppress(OSError), socket.socket() as listener:
        claim.bind(("127.0.0.1", port))
        # Without SO_REUSEADDR, so that a port with connections that are still closing isn't taken either.
        listener.bind(("127.0.0.1", port))
        _held.append(claim)
        return True
    claim.close()
    return False
