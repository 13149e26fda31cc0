"""Runs the services together. All must start; later each may fail alone, as in production.

Enters: the services in the order they start, the router last. Leaves: nothing after a stop, or a sentence on which one
failed: any of them before all were ready, the router after it.
Invariant: when `run` returns or raises, none of its services runs. They stop in reverse order, so that the
router goes before the services that it asks.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from dev.service import Running, Service

START_SECONDS = 120.0
Write = Callable[[str, str], None]
_GOES_ON = "The rest goes on; what needs this service comes back null, with an error. Ctrl-C, then start all again."


class FleetFailed(Exception):
    """A service ended by itself; the message says which, with its last lines."""


class NeverReady(FleetFailed):
    """It ended before all were healthy, or wasn't healthy in time."""


class Fleet:
    def __init__(self, services: list[Service], write: Write, start_seconds: float = START_SECONDS) -> None:
        self._services = services
        self._write = write
        self._start_seconds = start_seconds
        self._running: list[Running] = []

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        try:
            for service in self._services:
                self._running.append(await Running.start(service, self._write))
            if await self._unless_stopped(stop, self._wait_for_health(), NeverReady):
                on_ready()
                for each in self._running:
                    each.heard = True
                await self._watch(stop)
        finally:
            await self._stop_all()

    def last_lines(self, name: str) -> list[str]:
        return [line for each in self._running if each.service.name == name for line in each.last_lines]

    def kill(self) -> None:
        """For the impatient: end all at once. `run` then returns as after any stop."""
        for each in self._running:
            each.kill()

    async def _unless_stopped(
        self, stop: asyncio.Event, work: Coroutine[Any, Any, object], failure: type[FleetFailed]
    ) -> bool:
        """True once `work` is done, False once a stop is asked for. Raises where a service ends before either."""
        working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
        ends = {asyncio.create_task(each.ended()): each for each in self._running}
        tasks = [working, stopping, *ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                return False
            for end, each in ends.items():
                if end.done():
                    raise failure(f"{each.service.name} {how_it_ended(end.result())}.{last_lines(each)}")
            await working
            return True
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, stop: asyncio.Event) -> None:
        """Until a stop. A subgraph that ends is named, and the rest goes on, so that partial answers can be seen."""
        stopping = asyncio.create_task(stop.wait())
        ends = {asyncio.create_task(each.ended()): each for each in self._running}
        try:
            while not stopping.done():
                done, _ = await asyncio.wait({stopping, *ends}, return_when=asyncio.FIRST_COMPLETED)
                for end in done & ends.keys():
                    each = ends.pop(end)
                    told = f"{each.service.name} {how_it_ended(end.result())}.{last_lines(each)}"
                    if each is self._running[-1]:
                        raise FleetFailed(told)
                    self._write(each.service.name, f"{told}\n{_GOES_ON}")
        finally:
            for task in (stopping, *ends):
                task.cancel()
            await asyncio.gather(stopping, *ends, return_exceptions=True)

    async def _wait_for_health(self) -> None:
        async def one(each: Running) -> None:
            await each.healthy()
            self._write(each.service.name, f"ready on {each.service.url}")

        waits = {asyncio.create_task(one(each)): each for each in self._running}
        try:
            _, late = await asyncio.wait(waits, timeout=self._start_seconds)
        finally:
            for task in waits:
                task.cancel()
        if late:
            slow = sorted((waits[task] for task in late), key=lambda each: each.service.name)
            names = " and ".join(each.service.name for each in slow)
            lines = "".join(map(last_lines, slow))
            raise NeverReady(f"{names} did not get healthy within {self._start_seconds:g} s.{lines}")

    async def _stop_all(self) -> None:
        for each in self._running:
            each.heard = False
        for each in reversed(self._running):
            await each.stop()
            self._write(each.service.name, "stopped")


def how_it_ended(code: int) -> str:
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def last_lines(each: Running) -> str:
    if not each.last_lines:
        return f"\n  {each.service.name} said nothing."
    return "".join(f"\n  {each.service.name} | {line}" for line in each.last_lines)
