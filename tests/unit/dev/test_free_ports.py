"""Ports for tests are nobody else's until the test's process ends."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import free_ports as module
from tests.support.free_ports import FIRST, LAST, free_ports

ANOTHER_PROCESS = (
    "from tests.support import free_ports as f\n"
    "f._last = {last}\n"
    "print(*f.free_ports({count}))\n"
)  # fmt: skip


def ports_of_another_process(last: int, count: int) -> list[int]:
    """What a process that begins its search at the same place is given while this one runs."""
    code = ANOTHER_PROCESS.format(last=last, count=count)
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return [int(port) for port in done.stdout.split()]


def test_no_port_is_given_twice() -> None:
    before = module._last
    own = [*free_ports(3), *free_ports(3)]
    assert len(set(own)) == 6
    assert not set(own) & set(ports_of_another_process(before, 6))


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    (port,) = free_ports(1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port + 1))
        listener.listen()
        assert port + 1 not in free_ports(2)


def test_none_is_where_outgoing_connections_get_theirs() -> None:
    where = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not where.exists():
        pytest.skip("only Linux tells its range")
    first, last = map(int, where.read_text().split())
    assert first > LAST or last < FIRST
