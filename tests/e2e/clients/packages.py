"""The packages of other makers, which `make clients` installs.

Enters: nothing. Leaves: paths, and marks for tests that need them. Invariant: tests skip with the command that
installs what they lack; nothing is installed by them.
"""

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
JAVASCRIPT = HERE / "javascript"
PYTHON = HERE / "python" / ".venv" / "bin" / "python"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (JAVASCRIPT / "node_modules" / ".package-lock.json").is_file(),
    reason="the clients of other makers are not installed; `make clients` does, and needs node 20 or later",
)
needs_both = pytest.mark.skipif(
    not PYTHON.is_file(), reason="the subgraph libraries of other makers are not installed; `make clients` does"
)
