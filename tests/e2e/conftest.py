"""What tests of the whole product share."""

from collections.abc import Iterator

import pytest

from tests.support.launched import Launched, launched


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """Started once for all its tests, which carry the mark `xdist_group("product")` to run in one worker."""
    with launched(tmp_path_factory.mktemp("product")) as product:
        yield product
