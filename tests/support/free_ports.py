"""Ports that nothing listens on at the moment of asking."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """All different, since all are held until the last is known."""
    with ExitStack() as stack:
        holders = [stack.enter_context(socket.socket()) for _ in range(count)]
        for holder in holders:
            holder.bind(("127.0.0.1", 0))
        return [int(holder.getsockname()[1]) for holder in holders]
