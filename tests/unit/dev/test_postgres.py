"""A PostgreSQL of one's own that takes longer to start than the package waits for it."""

import subprocess
from typing import Any

import pytest

from dev.postgres import start_patiently


class Starting:
    """What the package says one look after the other; nothing more once the server is ready."""

    def __init__(self, *said: Exception) -> None:
        self.said = list(said)
        self.looks = 0

    def start(self) -> None:
        self.looks += 1
        if self.said:
            raise self.said.pop(0)


LATE = subprocess.TimeoutExpired("pg_ctl", 10)


def start(server: Starting, seconds: float) -> None:
    found: Any = server
    start_patiently(found, seconds)


def test_a_slow_server_is_waited_for() -> None:
    server = Starting(LATE, AssertionError("starting"))
    start(server, 60)
    assert server.looks == 3


def test_one_that_never_starts_is_given_up() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        start(Starting(*[LATE] * 9), 0)


def test_one_that_cannot_start_fails_at_once() -> None:
    server = Starting(subprocess.CalledProcessError(1, "pg_ctl"))
    with pytest.raises(subprocess.CalledProcessError):
        start(server, 60)
    assert server.looks == 1
