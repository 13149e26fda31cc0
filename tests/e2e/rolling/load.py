"""Constant load, and every request's outcome.

Enters: an address, a token. Leaves: how many requests were answered, and each failure with its time. Invariant: a
request counts as good only with the expected data; nothing is tried again.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count

import httpx2

from tests.support.until import until

QUERY = '{ enrollment(id: "00000000-0000-4000-c000-000000000001") { user { email } course { title } } }'
ANSWER = {"enrollment": {"user": {"email": "student1@learn.test"}, "course": {"title": "Introduction to GraphQL"}}}
CLIENTS = 4


@dataclass
class Failure:
    started: float
    ended: float
    what: str


@dataclass
class Load:
    url: str
    token: str
    #: One request of so many writes.
    each_writes: int = 8
    #: Seconds between an answer and a client's next request.
    pause: float = 0.03
    good: int = 0
    failures: list[Failure] = field(default_factory=list)
    #: When each request began that hasn't ended.
    under_way: list[float] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _stopping: bool = False

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(CLIENTS)]

    async def until_ended(self, before: float) -> None:
        """Wait for every request that began before that time."""
        await until(lambda: all(started > before for started in self.under_way))

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _client(self, number: int) -> None:
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
            for turn in count(number):
                if self._stopping:
                    return
                writes = turn % self.each_writes == 0
                await self._ask(
                    client, f'mutation {{ updateProfile(displayName: "S {turn}") {{ id }} }}' if writes else QUERY
                )
                await asyncio.sleep(self.pause)

    async def _ask(self, client: httpx2.AsyncClient, query: str) -> None:
        started = time.monotonic()
        self.under_way.append(started)
        try:
            response = await client.post(f"{self.url}/graphql", json={"query": query})
            answer = response.json()
            wrong = "errors" in answer or (query == QUERY and answer["data"] != ANSWER)
            what = f"{response.status_code} {response.text[:600]}" if wrong else ""
        except (httpx2.HTTPError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
        finally:
            self.under_way.remove(started)
        if what:
            self.failures.append(Failure(started, time.monotonic(), f"{query[:30]}: {what}"))
        else:
            self.good += 1
