"""What tests of the whole product share."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.launched import Launched, ask, launched

NEWCOMER = ("newcomer@learn.test", "a-long-enough-secret")


@dataclass
class TwoLives:
    """The first one made the data and was stopped as by Ctrl-C; the second runs on what the first left."""

    first: Launched
    second: Launched


@pytest.fixture(scope="session")
def two_lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoLives]:
    """Started once for all its tests, which `tests/support/distribution.py` gives to one process."""
    data = tmp_path_factory.mktemp("product")
    with launched(data, stop=signal.SIGINT) as first:
        email, password = NEWCOMER
        ask(first.url, f'mutation {{ createUser(email: "{email}", password: "{password}") {{ id }} }}')
    with launched(data) as second:
        yield TwoLives(first, second)


@pytest.fixture(scope="session")
def product(two_lives: TwoLives) -> Launched:
    return two_lives.second
