"""The commands of the charts as processes on PostgreSQL: rolled, published to, killed, under constant load."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.rolling.load import CLIENTS
from tests.e2e.rolling.story import tell
from tests.subgraphs.databases import PostgresServer

pytestmark = pytest.mark.e2e


def read_logs(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.log"))


async def test_no_request_fails_while_everything_changes(tmp_path: Path, postgres_server: PostgresServer) -> None:
    said: list[str] = []
    load, story = await tell(tmp_path, postgres_server, 1, said.append, brief=True)
    logs = read_logs(tmp_path)
    assert load.failures == [], "\n".join(said)
    assert load.good > 200
    assert len(story.failures_of_kill) <= CLIENTS
    # A stop without care is seen, so that none was seen above means something.
    assert story.failures_of_careless["router"] > 0
    assert story.failures_of_careless["users"] > 0
    assert "Traceback" not in logs, logs[-3000:]
