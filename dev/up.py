"""`make up`: the whole product on this machine, from an empty folder to a signed-in query.

Enters: ports and the data folder, as environment variables. Leaves: exit code 0 after Ctrl-C or SIGTERM, 1 after
a failure that was printed.
Invariant: when it ends, nothing that it started runs.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from dev.console import say, write
from dev.data_lock import DataInUse, hold_data
from dev.fleet import Fleet, FleetFailed, NeverReady
from dev.ports import in_use_sentence, is_free
from dev.preparation import PreparationFailed, prepare
from dev.prepared import forget_prepared
from dev.product import ROOT, BadSetting, Product, read_product
from dev.service import Service
from dev.welcome import read_homepage, welcome

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortsInUse(Exception):
    """One sentence a port."""


def require_free_ports(services: list[Service]) -> None:
    taken = [service for service in services if not is_free(service.port)]
    if taken:
        raise PortsInUse("\n".join(in_use_sentence(each.name, each.port, each.port_variable) for each in taken))


async def launch(product: Product, on_ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    fleet = Fleet(product.services(), write)

    def on_signal() -> None:
        if stop.is_set():
            fleet.kill()
        else:
            say("\nStopping…")
            stop.set()

    loop = asyncio.get_running_loop()
    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, on_signal)
    preparing = asyncio.create_task(prepare(product.preparations(), product.environment(), write))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        return
    await preparing
    product.note_prepared()
    try:
        await fleet.run(stop, on_ready)
    except NeverReady:
        # A database that was changed behind our back is one reason why a service doesn't start.
        forget_prepared(product.data)
        raise


def main() -> int:
    try:
        product = read_product(os.environ)
        with hold_data(product.data):
            require_free_ports(product.services())
            homepage = read_homepage(ROOT / "router.yaml")
            asyncio.run(launch(product, lambda: say(welcome(product.url, homepage))))
    except (BadSetting, DataInUse, PortsInUse, PreparationFailed, FleetFailed) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # Before the launcher listens for signals it has started nothing.
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
