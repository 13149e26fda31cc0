"""Which process runs what, where tests run in several.

Enters: ids of tests in the order of collection. Leaves: units of them; a process takes a unit as a whole. Invariant:
tests that share what a fixture starts once a session are one unit, so that it is started once.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

#: They ask one running product.
_OF_THE_PRODUCT = {f"tests/e2e/test_{name}.py" for name in ("page", "python_client", "readme", "up")} | {
    "tests/e2e/clients/test_javascript_clients.py"
}
#: Long tests that share nothing.
_SINGLE = {"tests/properties/test_oracle.py"}
#: What takes longest begins first, and mostly waits for processes while others compute.
_FIRST = (
    "tests/e2e/test_page.py",
    "tests/e2e/test_rolling.py",
    "tests/delivery/test_compose_commands.py",
    "tests/e2e/",
    "tests/properties/",
)


def longest_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Order tests so that none of the long ones is left when the short ones are done."""
    return sorted(
        items, key=lambda item: next((n for n, start in enumerate(_FIRST) if item.nodeid.startswith(start)), 9)
    )


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """A file is a unit, with two exceptions."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in _OF_THE_PRODUCT:
            return "product"
        return nodeid if file in _SINGLE else file
