"""`make up`: the whole product on this machine, from an empty folder to a signed-in query.

Enters: ports, the data folder and the kind of database, as environment variables. Leaves: exit code 0 after Ctrl-C or
SIGTERM, 1 after a failure that was printed.
Invariant: when it ends, nothing that it started runs.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar

from dev.console import say, write
from dev.data_lock import DataInUse, hold_data
from dev.fleet import Fleet, FleetFailed, NeverReady
from dev.ports import in_use_sentence, is_free
from dev.postgres import PostgresFailed, running
from dev.preparation import PreparationFailed, prepare
from dev.prepared import forget_prepared
from dev.product import ROOT, SUBGRAPHS, BadSetting, Product, read_product
from dev.service import Service
from dev.welcome import read_homepage, welcome

T = TypeVar("T")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortsInUse(Exception):
    """One sentence a port."""


def require_free_ports(services: list[Service]) -> None:
    taken = [service for service in services if not is_free(service.port)]
    if taken:
        raise PortsInUse("\n".join(in_use_sentence(each.name, each.port, each.port_variable) for each in taken))


async def launch(product: Product, on_ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    fleets: list[Fleet] = []

    def on_signal() -> None:
        if stop.is_set():
            for fleet in fleets:
                fleet.kill()
        else:
            say("\nStopping…")
            stop.set()

    loop = asyncio.get_running_loop()
    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, on_signal)
    async with AsyncExitStack() as open_until_the_end:
        if product.database == "postgres":
            server = open_until_the_end.enter_async_context(running(product.postgres, SUBGRAPHS))
            urls = await unless_stopped(stop, server)
            if urls is None:
                return
            product = replace(product, database_urls=urls)
        if not await unless_stopped(stop, prepared(product)):
            return
        product.note_prepared()
        fleets.append(Fleet(product.services(), write))
        try:
            await fleets[0].run(stop, on_ready)
        except NeverReady:
            # A database that was changed behind our back is one reason why a service doesn't start.
            forget_prepared(product.data)
            raise


async def prepared(product: Product) -> bool:
    await prepare(product.preparations(), product.environment(), write)
    return True


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives, or None once a stop is asked for; the work has then been cancelled."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return None
    return await working


def main() -> int:
    try:
        product = read_product(os.environ)
        with hold_data(product.data):
            require_free_ports(product.services())
            homepage = read_homepage(ROOT / "router.yaml")
            asyncio.run(launch(product, lambda: say(welcome(product.url, homepage))))
    except (BadSetting, DataInUse, PortsInUse, PreparationFailed, PostgresFailed, FleetFailed) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # Before the launcher listens for signals it has started nothing.
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
