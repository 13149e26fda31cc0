"""Whether the time of a sign-in tells if the account exists: known and unknown accounts, wrong password, in turn.

Enters: nothing; it makes its own data. Leaves: the median of each kind in milliseconds and their difference on
standard output; the promise is 5%.

    python -m bench.subgraph.sign_in [--pairs N] [--limit PERCENT]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import orjson

from bench.subgraph.entities import call
from subgraphs.shared.migration import migrate
from subgraphs.users.app import MIGRATIONS, create_app
from subgraphs.users.seed import seed
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KeyRing

QUERY = 'mutation($u: String!) { tokenAuth(username: $u, password: "not the password") { accessToken } }'


async def measure(pairs: int) -> tuple[float, float]:
    """Median milliseconds of a refused sign-in, for a known and for an unknown account."""
    with tempfile.TemporaryDirectory() as folder:
        settings = UsersSettings(
            database_url=f"sqlite:///{Path(folder) / 'bench.sqlite3'}",
            signing_keys_file=Path(folder) / "keys.json",
            lockout_threshold=1_000_000,
            lockout_address_threshold=1_000_000,
        )
        (Path(folder) / "keys.json").write_bytes(make_ring())
        app = create_app(settings)
        service = app.state.service
        await migrate(service.database, MIGRATIONS)
        await seed(service.database, settings)
        took: dict[str, list[float]] = {"student1@learn.test": [], "nobody11@learn.test": []}
        for number in range(pairs + 5):
            for user, times in took.items():
                body = orjson.dumps({"query": QUERY, "variables": {"u": user}})
                started_at = time.perf_counter()
                answer = await call(app, body)
                if number >= 5:
                    times.append((time.perf_counter() - started_at) * 1000)
                assert b"INVALID_CREDENTIALS" in answer, answer
        await service.close()
    known, unknown = took.values()
    return statistics.median(known), statistics.median(unknown)


def make_ring() -> bytes:
    return KeyRing(()).rotate("EdDSA", int(time.time()), 0, 0).to_json()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=100, help="sign-ins of each kind")
    parser.add_argument("--limit", type=float, help="exit with 1 above so many percent")
    arguments = parser.parse_args()
    known, unknown = asyncio.run(measure(arguments.pairs))
    difference = abs(known - unknown) / known * 100
    print(f"known {known:.2f} ms, unknown {unknown:.2f} ms, difference {difference:.1f}% of the median")
    return int(arguments.limit is not None and difference > arguments.limit)


if __name__ == "__main__":
    sys.exit(main())
