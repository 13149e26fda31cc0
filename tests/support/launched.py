"""The whole product, started as `make up` starts it, on free ports and with data of its own.

Enters: a data folder. Leaves: the running product; on leaving it has stopped, by the signal that was chosen.
Invariant: what it printed is kept, and a start that fails shows it.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.product import DEFAULT_PORTS, ROOT, SUBGRAPHS, port_variable
from tests.support.free_ports import free_ports
from tests.support.patience import patience

UP = "Ctrl-C stops everything."
START_SECONDS = 240.0


@dataclass
class Launched:
    process: "subprocess.Popen[str]"
    ports: dict[str, int]
    data: Path
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['router']}"

    @property
    def text(self) -> str:
        return "".join(self.said)


def ask(url: str, query: str, token: str | None = None) -> dict[str, Any]:
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(f"{url}/graphql", json.dumps({"query": query}).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def sign_in(url: str, email: str, password: str = "learn-graphs-together") -> str:
    mutation = f'mutation {{ tokenAuth(username: "{email}", password: "{password}") {{ accessToken }} }}'
    token: str = ask(url, mutation)["data"]["tokenAuth"]["accessToken"]
    return token


def environment(ports: dict[str, int], data: Path) -> dict[str, str]:
    chosen = {port_variable(name): str(port) for name, port in ports.items()}
    return {**os.environ, **patience(*SUBGRAPHS), **chosen, "DATA_DIR": str(data)}


@contextmanager
def launched(data: Path, stop: signal.Signals = signal.SIGTERM, **variables: str) -> Iterator[Launched]:
    ports = dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True))
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.up"],
        cwd=ROOT,
        env={**environment(ports, data), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    product = Launched(process, ports, data)
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=read_lines, args=(process, product.said, lines))
    reader.start()
    try:
        wait_until_up(product, lines)
        yield product
    finally:
        process.send_signal(stop)
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            reader.join(10)
            if process.stdout is not None:
                process.stdout.close()


def read_lines(process: "subprocess.Popen[str]", said: list[str], lines: "queue.SimpleQueue[str | None]") -> None:
    for line in process.stdout or ():
        said.append(line)
        lines.put(line)
    lines.put(None)


def wait_until_up(product: Launched, lines: "queue.SimpleQueue[str | None]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"not up within {START_SECONDS:g} s:\n{product.text}") from None
        if line is None:
            raise AssertionError(f"it ended instead of coming up:\n{product.text}")
        if line.startswith(UP):
            return
