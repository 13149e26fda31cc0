"""`router serve --workers`: several processes behind one address."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import httpx2
import pytest

from tests.e2e.test_serve import TICK, Served, served, supergraph

pytestmark = pytest.mark.e2e


def _children(pid: int) -> set[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this system has no /proc to find workers in")
    return {int(child) for child in children.read_text().split()}


def _ask(router: Served) -> object:
    return httpx2.post(f"{router.url}/graphql", json=TICK, timeout=60).json()


def test_a_worker_that_dies_is_replaced_and_signals_reach_all(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2", "--no-reload", "--log-format", "json", "--log", "debug") as router:
        before = _children(router.process.pid)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        end = time.monotonic() + 60
        while len(_children(router.process.pid) - {min(before)}) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        after = _children(router.process.pid)
        assert len(after) == 2
        assert after != before
        assert _ask(router) == {"data": {"tick": 1}}
        # Files aren't watched here: each worker reads the supergraph again when it is told to.
        (tmp_path / "supergraph.graphql").write_text(supergraph(router.subgraph_port, "tock: Int"))
        router.process.send_signal(signal.SIGHUP)
        answers: list[bool] = []
        while answers[-20:].count(True) < 20 and time.monotonic() < end + 20:
            query = {"query": "{ tock }"}
            answers.append("data" in httpx2.post(f"{router.url}/graphql", json=query, timeout=10).json())
        assert answers[-20:] == [True] * 20
        assert _children(router.process.pid) == after
        code, said = router.stop()
        assert code == 0
        # Whoever reads the log as JSON can read every line of it.
        messages = [json.loads(line)["message"] for line in said.splitlines()]
        assert f"GraphQL at {router.url}/graphql" in messages
        assert any(message.startswith("SIGHUP: the supergraph is read again") for message in messages)
        assert "Worker 0 ended with -9." in said or "Worker 1 ended with -9." in said
        assert not any(Path(f"/proc/{pid}").exists() for pid in after)
