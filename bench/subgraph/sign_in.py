"""Whether the time of a sign-in tells if the account exists: known and unknown accounts, wrong password, in turn.

Enters: nothing; it makes its own data. Leaves: the median of each kind in milliseconds and their difference on
standard output, of the time that a caller sees and of the processor's; the promise is 5% of the first.
Invariant: of each pair now the one goes first and now the other, so that neither always meets what the one before left
behind, and a machine that is busy is busy for both.

    python -m bench.subgraph.sign_in [--pairs N] [--limit PERCENT]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.subgraph.entities import call
from subgraphs.shared.migration import migrate
from subgraphs.users.app import MIGRATIONS, create_app
from subgraphs.users.seed import seed
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KeyRing

QUERY = 'mutation($u: String!) { tokenAuth(username: $u, password: "not the password") { accessToken } }'


KNOWN, UNKNOWN = "student1@learn.test", "nobody11@learn.test"
WARM_UP = 6


@dataclass(frozen=True)
class Times:
    """Milliseconds of each refused sign-in."""

    seen: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


async def measure(pairs: int) -> dict[str, Times]:
    """The times of refused sign-ins, by user name."""
    took = {KNOWN: Times(), UNKNOWN: Times()}
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
        bodies = {user: orjson.dumps({"query": QUERY, "variables": {"u": user}}) for user in took}
        for number in range(pairs + WARM_UP):
            for user in (KNOWN, UNKNOWN) if number % 2 else (UNKNOWN, KNOWN):
                started_at, processor_at = time.perf_counter(), time.process_time()
                answer = await call(app, bodies[user])
                if number >= WARM_UP:
                    took[user].seen.append((time.perf_counter() - started_at) * 1000)
                    took[user].processor.append((time.process_time() - processor_at) * 1000)
                assert b"INVALID_CREDENTIALS" in answer, answer
        await service.close()
    return took


def report(kind: str, known: list[float], unknown: list[float]) -> float:
    """Print the medians; their difference in percent of the known account's."""
    of_known, of_unknown = statistics.median(known), statistics.median(unknown)
    difference = abs(of_known - of_unknown) / of_known * 100
    print(f"{kind}: known {of_known:.2f} ms, unknown {of_unknown:.2f} ms, difference {difference:.1f}% of the median")
    return difference


def make_ring() -> bytes:
    return KeyRing(()).rotate("EdDSA", int(time.time()), 0, 0).to_json()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=100, help="sign-ins of each kind")
    parser.add_argument("--limit", type=float, help="exit with 1 above so many percent")
    arguments = parser.parse_args()
    took = asyncio.run(measure(arguments.pairs))
    difference = report("seen by the caller", took[KNOWN].seen, took[UNKNOWN].seen)
    report("processor time", took[KNOWN].processor, took[UNKNOWN].processor)
    return int(arguments.limit is not None and difference > arguments.limit)


if __name__ == "__main__":
    sys.exit(main())
