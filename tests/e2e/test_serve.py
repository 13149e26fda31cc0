"""`router serve` as a process: it listens, drains, reloads, and stands what clients do to it on the wire."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from router import compose
from tests.support.free_ports import free_ports
from tests.support.until import PATIENCE

pytestmark = pytest.mark.e2e

TICK = {"query": "{ tick }"}


def supergraph(port: int, more: str = "", milliseconds: int = 50) -> str:
    sdl = f"type Query {{ tick: Int {more} }}"
    composition = compose({"ticker": (f"http://127.0.0.1:{port}/{milliseconds}", sdl)})
    assert composition.supergraph_sdl is not None
    return composition.supergraph_sdl


@dataclass
class Served:
    process: "subprocess.Popen[str]"
    port: int
    folder: Path
    subgraph_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, sent: int = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to stop; return its exit code and what it said."""
        self.process.send_signal(sent)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@contextmanager
def served(folder: Path, *arguments: str, settings: str = "") -> Iterator[Served]:
    port, subgraph_port = free_ports(2)
    (folder / "supergraph.graphql").write_text(supergraph(subgraph_port))
    (folder / "router.yaml").write_text(settings)
    subgraph = subprocess.Popen([sys.executable, "-m", "tests.support.slow_subgraph", str(subgraph_port)])
    command = [sys.executable, "-m", "router", "serve", "--supergraph", str(folder / "supergraph.graphql")]
    command += ["--router-config", str(folder / "router.yaml"), "--listen", f"127.0.0.1:{port}", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    router = Served(process, port, folder, subgraph_port)
    try:
        wait_until_ready(router)
        yield router
    finally:
        for each in (process, subgraph):
            each.kill()
            each.wait()
        if process.stderr is not None:
            process.stderr.close()


def wait_until_ready(router: Served) -> None:
    end = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < end and router.process.poll() is None:
        with suppress(httpx2.HTTPError):
            if httpx2.post(f"{router.url}/graphql", json=TICK, timeout=PATIENCE).json() == {"data": {"tick": 1}}:
                return
        time.sleep(0.1)
    router.process.kill()
    _, said = router.process.communicate()
    pytest.fail(f"the router did not get ready; it said:\n{said}")


async def test_no_request_fails_when_it_is_told_to_stop_under_load(tmp_path: Path) -> None:
    with served(tmp_path, settings="supergraph: {drain_delay: 3s}") as router:
        outcomes: list[Any] = []
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            stopping, under_load = asyncio.Event(), asyncio.Event()

            async def load() -> None:
                while not stopping.is_set():
                    response = await client.post(f"{router.url}/graphql", json=TICK)
                    outcomes.append((response.status_code, response.json()))
                    if len(outcomes) > 50:
                        under_load.set()

            clients = [asyncio.create_task(load()) for _ in range(10)]
            await asyncio.wait_for(under_load.wait(), PATIENCE)
            router.process.send_signal(signal.SIGTERM)
            # The delay may be over before a very busy machine has asked; then nobody answers here, which fails.
            while (await client.get(f"{router.url}/health/ready")).status_code != 503:  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.02)
            assert (await client.get(f"{router.url}/health/live")).status_code == 200
            # The balancer has seen that it isn't ready, and sends it no more; what it sent is answered.
            stopping.set()
            await asyncio.gather(*clients)
        assert all(outcome == (200, {"data": {"tick": 1}}) for outcome in outcomes)
        _, said = await asyncio.to_thread(router.process.communicate, timeout=PATIENCE)
        assert router.process.returncode == 0
        assert "requests are taken for 3 s more." in said
        assert "Stopped." in said
        assert "Traceback" not in said


@dataclass
class Holding:
    """A subgraph that holds its answers back until it may give them."""

    port: int
    asked: asyncio.Event
    released: asyncio.Event


@asynccontextmanager
async def holding() -> AsyncIterator[Holding]:
    asked, released = asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await released.wait()
        body = b'{"data":{"tick":2}}'
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield Holding(listening.sockets[0].getsockname()[1], asked, released)


async def test_a_request_under_way_is_finished_without_a_drain_delay(tmp_path: Path) -> None:
    with served(tmp_path) as router:
        async with asyncio.timeout(2 * PATIENCE), holding() as subgraph, httpx2.AsyncClient(timeout=PATIENCE) as client:

            async def until_held() -> httpx2.Response:
                while True:
                    answer = await client.post(f"{router.url}/graphql", json=TICK)
                    if answer.json() != {"data": {"tick": 1}}:
                        return answer

            (tmp_path / "supergraph.graphql").write_text(supergraph(subgraph.port))
            running = asyncio.create_task(until_held())
            await subgraph.asked.wait()
            router.process.send_signal(signal.SIGTERM)
            await until_nobody_listens(router.port)
            assert router.process.poll() is None
            subgraph.released.set()
            assert (await running).json() == {"data": {"tick": 2}}
        assert await asyncio.to_thread(router.process.wait, PATIENCE) == 0


async def until_nobody_listens(port: int) -> None:
    with suppress(ConnectionRefusedError):
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await asyncio.sleep(0.02)


def test_interrupt_stops_it_at_once(tmp_path: Path) -> None:
    with served(tmp_path, "--dev", settings="supergraph: {drain_delay: 1h}") as router:
        code, said = router.stop(signal.SIGINT)
        assert code == 0
        assert f"GraphQL at http://127.0.0.1:{router.port}/graphql" in said
        assert f"The page at http://127.0.0.1:{router.port}/" in said


def test_a_new_supergraph_is_taken_over_and_a_bad_one_is_not(tmp_path: Path) -> None:
    with served(tmp_path, "--dev") as router, httpx2.Client() as client:

        def fields() -> set[str]:
            query = {"query": "{ __schema { queryType { fields { name } } } }"}
            found = client.post(f"{router.url}/graphql", json=query).json()
            return {field["name"] for field in found["data"]["__schema"]["queryType"]["fields"]}

        def metrics() -> str:
            return client.get(f"{router.url}/metrics").text

        def wait(condition: Any) -> None:
            end = time.monotonic() + PATIENCE
            while not condition():
                assert time.monotonic() < end
                time.sleep(0.05)

        file = tmp_path / "supergraph.graphql"
        assert fields() == {"tick"}
        # As editors and orchestrators do it: another file takes the name.
        (tmp_path / "next").write_text(supergraph(router.subgraph_port, "tock: Int"))
        (tmp_path / "next").replace(file)
        wait(lambda: fields() == {"tick", "tock"})
        file.write_text("type Query { broken")
        wait(lambda: 'router_supergraph_loads_total{outcome="refused"} 1' in metrics())
        assert fields() == {"tick", "tock"}
        file.write_text(supergraph(router.subgraph_port))
        wait(lambda: fields() == {"tick"})
        _, said = router.stop()
        assert "The new supergraph was refused, the old one goes on" in said


HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
GET = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: x\r\n"


def talk(port: int, data: bytes) -> bytes:
    """The answer as far as it goes: to the end of its body, or of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        received = b""
        with suppress(ConnectionError):
            while not is_whole(received) and (chunk := connection.recv(65536)):
                received += chunk
        return received


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.lower().partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end and lengths) and len(body) >= int(lengths[0].partition(b":")[2])


def test_what_clients_do_on_the_wire_and_a_port_in_use(tmp_path: Path) -> None:
    with served(tmp_path) as router:
        cases = [
            (HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
            (HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n{}", b"400"),
            (HEAD + b"transfer-encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n", b"400"),
            (HEAD + b"content-length: 99999999\r\n\r\n{}", b"413"),
            (HEAD + b"content-length: -1\r\n\r\n{}", b"400"),
            (HEAD + b"x-a: b\x00c\r\ncontent-length: 2\r\n\r\n{}", b"400"),
            (HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}", b"415"),
            (GET + b"".join(b"x%d: 1\r\n" % n for n in range(300)) + b"\r\n", b"431"),
            (GET + b"x-a: " + b"a" * 300_000 + b"\r\n\r\n", b"431"),
            (GET + b"".join(b"x%d: %s\r\n" % (n, b"a" * 1000) for n in range(3000)), b"431"),
            (GET + b"\r\n", b"200"),
            (b"GET /graphql?query=mutation%7Ba%7D HTTP/1.1\r\nhost: x\r\n\r\n", b"400"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        ]
        for sent, status in cases:
            answer = talk(router.port, sent)
            assert answer.split(b" ")[1:2] == [status], (sent[:100], answer[:200])
            assert b"Traceback" not in answer
        assert httpx2.post(f"{router.url}/graphql", json=TICK).json() == {"data": {"tick": 1}}
        check_that_the_port_is_named(router)
        code, said = router.stop()
        assert code == 0
        assert "Traceback" not in said


def check_that_the_port_is_named(router: Served) -> None:
    command = [sys.executable, "-m", "router", "serve", "--supergraph", str(router.folder / "supergraph.graphql")]
    command += ["--listen", f"127.0.0.1:{router.port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert f"can't listen at 127.0.0.1:{router.port} (Address already in use)" in done.stderr
    assert "choose another with --listen HOST:PORT" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_it_serves_where_its_log_cannot_be_written(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "supergraph.graphql").write_text(supergraph(1))
    command = [sys.executable, "-m", "router", "serve", "--supergraph", str(tmp_path / "supergraph.graphql")]
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen([*command, "--listen", f"127.0.0.1:{port}"], stderr=full)
    try:
        # Its subgraph is away, which goes to the log as well.
        answer = None
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end:
            assert process.poll() is None
            with suppress(httpx2.HTTPError):
                answer = httpx2.post(f"http://127.0.0.1:{port}/graphql", json=TICK, timeout=PATIENCE).json()
                break
            time.sleep(0.2)
        assert answer is not None
        assert answer["errors"][0]["extensions"]["code"] == "SUBREQUEST_HTTP_ERROR"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
