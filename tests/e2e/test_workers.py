"""`router serve --workers`: several processes behind one address."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx2
import pytest

from tests.e2e.test_serve import TICK, Served, served

pytestmark = pytest.mark.e2e


def _children(pid: int) -> set[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this system has no /proc to find workers in")
    return {int(child) for child in children.read_text().split()}


def _ask(router: Served) -> object:
    return httpx2.post(f"{router.url}/graphql", json=TICK, timeout=10).json()


def test_a_worker_that_dies_is_replaced_and_a_signal_stops_all(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as router:
        before = _children(router.process.pid)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        end = time.monotonic() + 20
        while len(_children(router.process.pid) - {min(before)}) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        after = _children(router.process.pid)
        assert len(after) == 2
        assert after != before
        assert _ask(router) == {"data": {"tick": 1}}
        code, said = router.stop()
        assert code == 0
        assert "Worker 0 ended with -9." in said or "Worker 1 ended with -9." in said
        assert not any(Path(f"/proc/{pid}").exists() for pid in after)
