"""Whatever subgraphs and connections do, nobody ever gets an answer that belongs to someone else.

A router in a process of its own stands between clients, which ask for a few ids, but every request in a name that no
other request has, and subgraphs that fail in every way that a connection can, and are stopped and started meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from router import compose
from tests.support.free_ports import free_ports

pytestmark = pytest.mark.e2e

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n'
ITEMS = LINK + 'type Query { item(id: ID!): Item } type Item @key(fields: "id") { id: ID! by: String who: String }'
NOTES = LINK + 'type Item @key(fields: "id") { id: ID! note: String }'
QUERY = "query ($id: ID!) { item(id: $id) { id by who note } }"
SETTINGS = """
headers: {all: {request: [{propagate: {named: x-user}}]}}
traffic_shaping: {router: {deduplicate_query: true}, all: {deduplicate_query: true, timeout: 300ms}}
"""
FAULTS = {
    "none": 60, "in pieces": 10, "chunked": 10, "late": 4, "too late": 1, "no answer": 4, "breaks off": 4,
    "another answer behind": 4, "rubbish behind": 2, "last on its connection": 3, "not available": 2,
}  # fmt: skip


@dataclass
class Subgraphs:
    """Both subgraphs on one port; every answer is made of what its own request said."""

    draw: random.Random
    port: int
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    server: asyncio.Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)

    def stop(self) -> None:
        """Break off all connections, as a process does that is killed."""
        assert self.server is not None
        self.server.close()
        for writer in tuple(self.open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self.answer(reader, writer):
                pass
        self.open.discard(writer)
        writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        user, variables = headers.get("x-user", "nobody"), body["variables"]
        fault = self.draw.choices(list(FAULTS), list(FAULTS.values()))[0]
        self.faults[fault] += 1
        content = json.dumps({"data": data(user, variables)}).encode()
        others = json.dumps({"data": data("another", {name: other(value) for name, value in variables.items()})})
        return await send(writer, fault, content, others.encode())


def other(value: Any) -> Any:
    """The same for an id that nobody asked for."""
    return [{"__typename": "Item", "id": "0"}] * len(value) if isinstance(value, list) else "0"


def data(user: str, variables: dict[str, Any]) -> dict[str, Any]:
    asked = next(iter(variables.values()))
    if isinstance(asked, list):
        return {"_entities": [{"__typename": "Item", "note": f"{item['id']} for {user}"} for item in asked]}
    return {"item": {"__typename": "Item", "id": asked, "by": f"by {asked}", "who": user}}


def framed(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def send(writer: asyncio.StreamWriter, fault: str, content: bytes, others: bytes) -> bool:
    """Answer with a fault; return whether the connection goes on."""
    answer = framed(content)
    match fault:
        case "in pieces":
            for start in range(0, len(answer), 50):
                writer.write(answer[start : start + 50])
                await asyncio.sleep(0)
            return True
        case "chunked":
            pieces = b"".join(b"%x\r\n%b\r\n" % (1, content[at : at + 1]) for at in range(len(content)))
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n")
            return True
        case "late" | "too late":
            await asyncio.sleep(0.02 if fault == "late" else 0.5)
        case "no answer":
            return False
        case "breaks off":
            writer.write(answer[: len(answer) - 10])
            return False
        case "another answer behind":
            answer += framed(others)
        case "rubbish behind":
            answer += b"rubbish"
        case "last on its connection":
            writer.write(framed(content, more="connection: close\r\n"))
            return False
        case "not available":
            answer = framed(b"<html>", "503 Service Unavailable")
    writer.write(answer)
    await writer.drain()
    return True


@asynccontextmanager
async def routed(folder: Path, subgraphs_port: int, port: int) -> AsyncIterator[subprocess.Popen[bytes]]:
    address = f"http://127.0.0.1:{subgraphs_port}"
    composition = compose({"items": (f"{address}/items", ITEMS), "notes": (f"{address}/notes", NOTES)})
    assert composition.supergraph_sdl is not None
    (folder / "supergraph.graphql").write_text(composition.supergraph_sdl)
    (folder / "router.yaml").write_text(SETTINGS)
    command = [sys.executable, "-m", "router", "serve", "--supergraph", str(folder / "supergraph.graphql")]
    command += ["--router-config", str(folder / "router.yaml"), "--listen", f"127.0.0.1:{port}"]
    # A pipe that nobody empties would hold up a router that has much to say.
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)  # noqa: ASYNC220 - it returns at once
    try:
        for _ in range(1200):
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@dataclass
class Clients:
    """``outcomes`` counts whole, partial and missing answers; ``wrong`` keeps what belongs to someone else."""

    port: int
    draw: random.Random
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[Any] = field(default_factory=list)
    number: int = 0

    def request(self) -> tuple[str, str, bytes]:
        """A new id and name, and the request."""
        self.number += 1
        asked, user = f"id{self.number % 5}", f"user{self.number}"
        body = json.dumps({"query": QUERY, "variables": {"id": asked}}).encode()
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-user: {user}\r\n"
        return asked, user, f"{head}content-length: {len(body)}\r\n\r\n".encode() + body

    async def run(self, burst: int, goes: float) -> None:
        """Send ``burst`` requests at once, again and again; leave before the answer with a likelihood of ``goes``."""
        while not self.stopping.is_set():
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    while not self.stopping.is_set():
                        sent = [self.request() for _ in range(burst)]
                        writer.write(b"".join(item[2] for item in sent))
                        if self.draw.random() < goes:
                            await asyncio.sleep(self.draw.random() * 0.02)
                            break
                        for asked, user, _ in sent:
                            # An answer comes long before the router gives the whole request up.
                            async with asyncio.timeout(60):
                                self.check(asked, user, await read_answer(reader))
                finally:
                    writer.transport.abort()

    def check(self, asked: str, user: str, answer: Any) -> None:
        item = (answer.get("data") or {}).get("item")
        whole = {"id": asked, "by": f"by {asked}", "who": user, "note": f"{asked} for {user}"}
        if item == whole and "errors" not in answer:
            self.outcomes["whole"] += 1
        elif item in (None, {**whole, "note": None}) and answer.get("errors"):
            self.outcomes["partial" if item else "none"] += 1
        else:
            self.wrong.append((asked, user, answer))


async def read_answer(reader: asyncio.StreamReader) -> Any:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return json.loads(await reader.readexactly(int(length.split(b":")[1])))


async def test_no_answer_is_someone_elses(tmp_path: Path) -> None:
    seconds = float(os.environ.get("STRESS_SECONDS", "4"))
    subgraphs_port, port = free_ports(2)
    subgraphs = Subgraphs(random.Random(1), subgraphs_port)
    await subgraphs.start()
    async with routed(tmp_path, subgraphs_port, port) as router:
        clients = Clients(port, random.Random(2))
        kinds = [(1, 0.0)] * 30 + [(4, 0.0)] * 8 + [(1, 0.3)] * 8 + [(3, 0.3)] * 4
        running = [asyncio.create_task(clients.run(burst, goes)) for burst, goes in kinds]
        begun = asyncio.get_running_loop().time()

        def has_seen_enough() -> bool:
            passed = asyncio.get_running_loop().time() - begun
            enough = (
                clients.outcomes["whole"] > 100 and clients.outcomes["partial"] and set(subgraphs.faults) == set(FAULTS)
            )
            # A busy machine gets through as much in more time.
            return passed > seconds and (enough or passed > seconds + 60)

        while not has_seen_enough():
            await asyncio.sleep(0.7)
            subgraphs.stop()
            await asyncio.sleep(0.05)
            await subgraphs.start()
        clients.stopping.set()
        await asyncio.gather(*running)
        router.send_signal(signal.SIGTERM)
        await asyncio.to_thread(router.wait, timeout=60)
    subgraphs.stop()
    assert not clients.wrong, clients.wrong[:3]
    assert clients.outcomes["whole"] > 100
    assert clients.outcomes["partial"] > 0
    assert set(subgraphs.faults) == set(FAULTS)
    assert router.returncode == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
