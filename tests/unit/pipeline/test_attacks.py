"""Documents made to cost much: refused or planned at little cost, and nobody else is held up meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest

from router.execution.context import RequestContext
from router.pipeline import GraphQLRequest

from .support import Subgraphs, pipeline

ATTACKS = {
    "repeated selections": "{" + "me{id name}" * 3000 + "}",
    "ten thousand aliases": "{me{" + " ".join(f"a{number}:id" for number in range(10_000)) + "}}",
    "many aliases": "{me{" + " ".join(f"a{number}:id" for number in range(4_900)) + "}}",
    "doubling fragments": "{me{...F0}}"
    + "".join(f"fragment F{n} on User{{friend{{...F{n + 1}}} f:friend{{...F{n + 1}}}}}" for n in range(18))
    + "fragment F18 on User{id}",
    "doubling in place": "{me{...F0}}"
    + "".join(f"fragment F{n} on User{{...F{n + 1} ...F{n + 1}}}" for n in range(18))
    + "fragment F18 on User{id}",
    "circular fragments": "{me{...A}} fragment A on User{...B} fragment B on User{...A}",
    "depth": "{me{" + "friend{" * 2_000 + "id" + "}" * 2_002,
    "directives": "{me{id " + "@skip(if:false)" * 2_900 + "}}",
    "tokens": "{" + "me " * 500_000 + "}",
    "a long string": '{user(id:"' + "x" * 900_000 + '"){id}}',
    "blank": "\n" * 900_000 + "{me{id}}",
    "unknown fields": "{me{" + " ".join(f"x{number}" for number in range(9_000)) + "}}",
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_nobody_is_held_up(name: str) -> None:
    # CPU of this thread between two turns of the loop: some 10 ms at the most on a quiet machine. What a busy one, or
    # a look for garbage, adds to a turn isn't there each time; what a document costs is.
    for _ in range(3):
        if (longest := await longest_turn(name)) < 0.05:
            return
    pytest.fail(f"everybody waited for {longest:.3f} s")


async def longest_turn(name: str) -> float:
    subgraphs = Subgraphs()
    target = pipeline(subgraphs)
    longest, running = 0.0, True

    async def watch() -> None:
        nonlocal longest
        while running:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - before)

    await target.run(GraphQLRequest("{ me { name } }"), RequestContext())
    calls = len(subgraphs.requests)
    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0.005)
    response = await target.run(GraphQLRequest(ATTACKS[name]), RequestContext())
    running = False
    await watcher
    await target.aclose()
    if name not in ("a long string", "blank"):
        assert response.refused
        assert response.body.startswith(b'{"errors":[{"message":')
        assert len(response.body) < 20_000
        assert len(subgraphs.requests) == calls
    return longest
