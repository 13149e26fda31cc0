"""A gateway under test: started, watched by its process's own accounting, stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_TICKS = os.sysconf("SC_CLK_TCK")
_ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Gateway:
    """How to start a gateway. ``{supergraph}`` and ``{port}`` are filled in; ``setup`` runs once, before the first."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[str, ...] = ()
    folder: Path = HERE
    path: str = "/graphql"


def own_router(name: str, settings: Path, workers: int = 1, profile: Path | None = None) -> Gateway:
    """This project's router with a settings file; with ``profile``, under the profiler, which writes there."""
    program = ["router"] if profile is None else ["bench.gateways.profiled", str(profile)]
    command = [sys.executable, "-m", *program, "serve", "--supergraph", "{supergraph}"]
    command += ["--router-config", str(settings), "--listen", "127.0.0.1:{port}"]
    if workers > 1:
        command += ["--workers", str(workers)]
    return Gateway(name, tuple(command), folder=HERE.parents[1])


def read_peer(path: Path) -> Gateway:
    """Read ``peer.json`` of a folder: name, command, environment, setup."""
    raw: dict[str, Any] = json.loads((path / "peer.json").read_text())
    return Gateway(
        raw["name"],
        tuple(raw["command"]),
        raw.get("environment", {}),
        tuple(raw.get("setup", ())),
        path,
        raw.get("path", "/graphql"),
    )


class Cpu(dict[int, float]):
    """Seconds of processor time by process."""

    def since(self, before: Mapping[int, float]) -> Cpu:
        """What was used after ``before``."""
        return Cpu({pid: seconds - before.get(pid, 0.0) for pid, seconds in self.items()})

    @property
    def total(self) -> float:
        """Of all processes together."""
        return sum(self.values())


@lru_cache
def _set_up(command: tuple[str, ...], folder: Path) -> None:
    """Run what a gateway needs before it can start, once in this run."""
    if command:
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _links(folder: Path) -> Iterator[str]:
    """Where the links of a folder lead; one may be gone when it is looked at."""
    for entry in folder.iterdir():
        with suppress(OSError):
            yield os.readlink(entry)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A started gateway. Use as a context manager: it is stopped, with its children, at the end."""

    def __init__(self, gateway: Gateway, supergraph: Path, cores: set[int]) -> None:
        self.gateway, self.port = gateway, free_port()
        port = self.port
        self.url = f"http://127.0.0.1:{port}{gateway.path}"
        values = {"supergraph": str(supergraph), "port": str(port)}
        _set_up(gateway.setup, gateway.folder)
        environment = {name: value.format(**values) for name, value in gateway.environment.items()}
        self.process = subprocess.Popen(
            [part.format(**values) for part in gateway.command],
            cwd=gateway.folder,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("BENCH_LOG") else subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )

    def __enter__(self) -> Running:
        for _ in range(300):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.gateway.name} ended with {self.process.returncode} at start")
            try:
                self.ask("{ __typename }")
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise RuntimeError(f"{self.gateway.name} did not answer within 30 s")

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, query: str) -> Any:
        """Send one operation; returns the decoded answer."""
        return json.loads(self.ask_raw(query))

    def ask_raw(self, query: str) -> bytes:
        """Send one operation; returns the answer's body."""
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            found: bytes = response.read()
            return found

    def cpu_seconds(self) -> Cpu:
        """User and system time so far of each of the gateway's processes, by its id."""
        return Cpu({pid: cpu_seconds(pid) for pid in self._pids()})

    def connections(self) -> list[int]:
        """How many connections of clients each of its processes has, where it has any."""
        ours = set()
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == _ESTABLISHED and int(parts[1].split(":")[1], 16) == self.port:
                ours.add(f"socket:[{parts[9]}]")
        found = []
        for pid in self._pids():
            found.append(sum(name in ours for name in _links(Path(f"/proc/{pid}/fd"))))
        return [count for count in found if count]

    def memory_bytes(self) -> int:
        """The largest resident set that any of its processes had."""
        most = 0
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    most = max(most, int(line.split()[1]) * 1024)
        return most

    def _pids(self) -> list[int]:
        """The process and all below it."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                queue.extend(int(child) for child in children.read_text().split())
        return found
