"""`make roll`: the story of tests/e2e/test_rolling.py for many rounds, with a line that tells how it goes."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.e2e.rolling.story import say_live, tell
from tests.subgraphs.databases import start_postgres
from tests.support.postgres import postgres_of_the_run


def main(rounds: int, *, careless: bool) -> int:
    with postgres_of_the_run(), tempfile.TemporaryDirectory(prefix="roll-") as folder:
        load, story = asyncio.run(tell(Path(folder), start_postgres(), rounds, say_live, careless=careless))
    noticed = ", ".join(f"{count} of {name}" for name, count in story.failures_of_careless.items())
    print(f"\nStopped without care at the end, to show that failures are seen: {noticed} requests failed.")
    print(
        f"{load.good} requests answered, {len(load.failures)} failed, "
        f"{len(story.failures_of_kill)} lost with {rounds} killed routers."
    )
    for failure in load.failures[:10]:
        print(f"  {failure.what}")
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), careless="--careless" in sys.argv))
