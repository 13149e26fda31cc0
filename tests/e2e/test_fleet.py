"""The launcher's services start together and stop together, shown with small stand-ins for them."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from dev.fleet import Fleet, FleetFailed, NeverReady, how_it_ended
from dev.ports import holder, in_use_sentence, is_free
from dev.service import Running, Service, http_status
from tests.support.free_ports import free_ports
from tests.support.until import PATIENCE, until

pytestmark = pytest.mark.e2e
FAKE = Path(__file__).parents[1] / "support" / "fake_service.py"


def fakes(**manners: str) -> list[Service]:
    ports = free_ports(len(manners))
    return [
        Service(name, [sys.executable, str(FAKE), str(port), manner], port, f"{name.upper()}_PORT")
        for (name, manner), port in zip(manners.items(), ports, strict=True)
    ]


class Heard(list[tuple[str, str]]):
    def write(self, name: str, line: str) -> None:
        self.append((name, line))

    def names_that(self, line: str) -> list[str]:
        return [name for name, said in self if said == line]


async def test_a_stop_ends_all_in_reverse_order() -> None:
    services = fakes(users="well", courses="well", router="well")
    stop, heard = asyncio.Event(), Heard()
    await Fleet(services, heard.write).run(stop, stop.set)
    assert [name for name, line in heard if line.startswith("ready on")] != []
    assert heard.names_that("stopped") == ["router", "courses", "users"]
    assert [await http_status(service.port, "/health") for service in services] == [None, None, None]


async def test_a_service_that_dies_early_is_named_with_its_last_lines() -> None:
    services, heard = fakes(users="well", courses="dies"), Heard()
    with pytest.raises(NeverReady, match=r"(?s)courses ended with code 3.*courses \| no database"):
        await Fleet(services, heard.write).run(asyncio.Event(), lambda: None)
    assert await http_status(services[0].port, "/health") is None


async def test_a_router_that_dies_later_stops_the_others() -> None:
    services, heard = fakes(users="well", router="well"), Heard()

    def let_the_router_die() -> None:
        tasks.append(asyncio.create_task(http_status(services[1].port, "/die")))

    tasks: list[asyncio.Task[int | None]] = []
    with pytest.raises(FleetFailed, match=r"(?s)router ended with code 3.*router \| giving up"):
        await Fleet(services, heard.write).run(asyncio.Event(), let_the_router_die)
    assert await http_status(services[0].port, "/health") is None


async def test_a_subgraph_that_dies_later_is_named_and_the_others_go_on() -> None:
    services, heard, stop = fakes(users="well", courses="well", router="well"), Heard(), asyncio.Event()
    healths: list[int | None] = []

    async def let_courses_die() -> None:
        await http_status(services[1].port, "/die")
        await until(lambda: any("courses ended with code 3" in line for _, line in heard))
        healths.append(await http_status(services[1].port, "/health"))
        for service in (services[0], services[2]):
            while await http_status(service.port, "/health") != 200:  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.05)
            healths.append(200)
        stop.set()

    tasks: list[asyncio.Task[None]] = []
    running = Fleet(services, heard.write).run(stop, lambda: tasks.append(asyncio.create_task(let_courses_die())))
    await asyncio.wait_for(running, PATIENCE)
    assert healths == [None, 200, 200]
    assert any("The rest goes on" in line for name, line in heard if name == "courses")


def test_a_signal_is_told_by_its_name() -> None:
    assert how_it_ended(-9) == "was ended by SIGKILL"
    assert how_it_ended(3) == "ended with code 3"


async def test_a_service_that_is_never_healthy_is_named() -> None:
    services, heard = fakes(users="well", courses="mute"), Heard()
    with pytest.raises(NeverReady, match=r"(?s)courses did not get healthy within 10 s.*courses \| starting mute"):
        await Fleet(services, heard.write, start_seconds=10).run(asyncio.Event(), lambda: None)
    assert await http_status(services[0].port, "/health") is None


async def test_a_stubborn_service_is_ended_by_force_when_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running.stop, "__defaults__", (10 * PATIENCE,))
    services, heard, stop = fakes(users="stubborn"), Heard(), asyncio.Event()
    fleet = Fleet(services, heard.write)

    def ask_twice() -> None:
        stop.set()
        asyncio.get_running_loop().call_later(0.2, fleet.kill)

    await asyncio.wait_for(fleet.run(stop, ask_twice), PATIENCE)
    assert heard.names_that("stopped") == ["users"]


async def test_children_of_a_service_go_with_it() -> None:
    services, heard, stop = fakes(users="parent"), Heard(), asyncio.Event()
    children: list[int] = []

    def note_child() -> None:
        said = fleet.last_lines("users")
        children.extend(int(line.split()[1]) for line in said if line.startswith("child"))
        stop.set()

    fleet = Fleet(services, heard.write)
    await fleet.run(stop, note_child)
    assert len(children) == 1
    await until(lambda: not is_running(children[0]))


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    # Without an init that reaps, a killed orphan stays as a zombie, which runs nothing.
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_port_in_use_is_named_with_who_has_it_and_the_way_out() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])
        assert not is_free(port)
        sentence = in_use_sentence("users", port, "USERS_PORT")
        assert f"Port {port}, which users needs, is in use" in sentence
        assert f"make up USERS_PORT={port + 100}" in sentence
        if sys.platform == "linux":
            assert f"(process {os.getpid()})" in str(holder(port))
    assert is_free(port)
