"""A host's name -> a connection to the first of its addresses that takes one (after RFC 8305, "Happy Eyeballs").

Enters: host and port. Leaves: a connected socket. Invariant: an address that refuses costs nothing, one that doesn't
answer a quarter of a second; of several sockets that connect all but one are closed.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from itertools import chain, zip_longest
from typing import Any, Final, TypeAlias

#: Seconds before the next address is tried beside one that doesn't answer.
STAGGER: Final = 0.25

#: Family and socket address, as ``getaddrinfo`` gives them.
Address: TypeAlias = tuple[int, Any]


async def connect(loop: asyncio.AbstractEventLoop, host: str, port: int) -> socket.socket:
    """Return a connected socket. Raises ``OSError``: that of the first address, where all refuse."""
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    waiting = deque(_interleave([(family, address) for family, _, _, _, address in found]))
    if len(waiting) == 1:
        return await _connect_to(loop, waiting[0])
    return await _connect_to_first(loop, waiting)


async def _connect_to_first(loop: asyncio.AbstractEventLoop, waiting: deque[Address]) -> socket.socket:
    tries: set[asyncio.Task[socket.socket]] = set()
    errors: list[OSError] = []
    try:
        while waiting or tries:
            if waiting:
                tries.add(loop.create_task(_connect_to(loop, waiting.popleft())))
            done, tries = await asyncio.wait(
                tries, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                try:
                    connected = task.result()
                except OSError as error:
                    errors.append(error)
                else:
                    tries |= done - {task}
                    return connected
    finally:
        await _give_up(tries)
    raise errors[0] if errors else OSError("the host has no address")


async def _give_up(tries: set[asyncio.Task[socket.socket]]) -> None:
    for task in tries:
        task.cancel()
    for ended in await asyncio.gather(*tries, return_exceptions=True):
        if isinstance(ended, socket.socket):
            ended.close()


async def _connect_to(loop: asyncio.AbstractEventLoop, address: Address) -> socket.socket:
    connecting = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(connecting, address[1])
    except BaseException:
        connecting.close()
        raise
    return connecting


def _interleave(addresses: list[Address]) -> list[Address]:
    """Let the families take turns, the preferred one first."""
    first = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    return [address for address in chain.from_iterable(zip_longest(first, others)) if address is not None]
