"""Clients that go while their request runs, and those that stay."""

import asyncio
from typing import Any

import pytest

from router.server.disconnect import PATIENCE, Watches
from router.server.request_body import ClientGone


class Client:
    """Stays until it goes."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.watched = 0

    async def receive(self) -> dict[str, Any]:
        self.watched += 1
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def work(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


async def test_what_is_quick_is_not_watched() -> None:
    client = Client()
    assert await Watches().while_connected(work(0), client.receive, None) == "done"
    await asyncio.sleep(3 * PATIENCE)
    assert client.watched == 0


async def test_a_client_that_goes_ends_its_own_request_alone() -> None:
    watches, goes, stays = Watches(), Client(), Client()
    ended = asyncio.ensure_future(watches.while_connected(work(60), goes.receive, None))
    going_on = asyncio.ensure_future(watches.while_connected(work(10 * PATIENCE), stays.receive, None))
    await asyncio.sleep(4 * PATIENCE)
    goes.gone.set()
    with pytest.raises(ClientGone):
        await asyncio.wait_for(ended, 10)
    assert await asyncio.wait_for(going_on, 10) == "done"


async def test_a_request_that_comes_late_is_watched_too() -> None:
    watches = Watches()
    for _ in range(2):
        await watches.while_connected(work(3 * PATIENCE), Client().receive, None)
        client = Client()
        client.gone.set()
        with pytest.raises(ClientGone):
            await asyncio.wait_for(watches.while_connected(work(60), client.receive, None), 10)


def test_each_event_loop_has_a_timer_of_its_own() -> None:
    watches = Watches()

    async def quick() -> None:
        await watches.while_connected(work(0), Client().receive, None)

    async def left() -> None:
        client = Client()
        client.gone.set()
        with pytest.raises(ClientGone):
            await asyncio.wait_for(watches.while_connected(work(60), client.receive, None), 10)

    # The first loop ends with its timer still set.
    asyncio.run(quick())
    asyncio.run(left())


async def test_who_is_cancelled_from_outside_stays_cancelled() -> None:
    running = asyncio.ensure_future(Watches().while_connected(work(60), Client().receive, None))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
