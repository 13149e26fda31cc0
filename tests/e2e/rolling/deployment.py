"""Deployments as plain processes: the commands and the environment that the charts declare.

Enters: k8s/, ports, a folder. Leaves: running copies. Invariant: command, arguments and environment are those of the
manifest; only addresses, paths and secrets, which belong to a place, are put in.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from dev.rendering import read_documents
from tests.e2e.rolling.balancer import Balancer, Copy
from tests.support.free_ports import free_ports
from tests.support.until import until

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = Path(sys.executable).parent
START_SECONDS = 240.0
WORK_SECONDS = 120.0
#: Seconds of the pods' lives, shortened: the order is what matters. A write goes on no connection that has rested for a
#: second, and draining is longer, also for a caller that learns late of its last answer.
PRE_STOP, DRAIN = 0.8, 2.0


@cache
def manifests(name: str) -> list[dict[str, Any]]:
    return read_documents((ROOT / "k8s" / f"{name}.yaml").read_text())


def manifest(name: str, kind: str, object_name: str | None = None) -> dict[str, Any]:
    """An object of k8s/."""
    documents = manifests(name)
    wanted = object_name or name
    (found,) = [each for each in documents if (each["kind"], each["metadata"]["name"]) == (kind, wanted)]
    return dict(found)


@dataclass(eq=False)
class Running:
    process: subprocess.Popen[bytes]
    copy: Copy


@dataclass(eq=False)
class Deployment:
    """Copies of one service behind a balancer. ``places`` are the paths and variables of this machine."""

    name: str
    balancer: Balancer
    folder: Path
    environment: Mapping[str, str]
    paths: Mapping[str, Path] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.balancer.port}"

    def command(self, job: str | None = None) -> list[str]:
        kind = "Job" if job else "Deployment"
        pod = manifest(self.name, kind, f"{self.name}-{job}" if job else None)["spec"]["template"]["spec"]
        program, *arguments = pod["containers"][0]["command"]
        for prefix, path in self.paths.items():
            arguments = [argument.replace(prefix, str(path)) for argument in arguments]
        return [str(COMMANDS / program), *arguments]

    def variables(self) -> dict[str, str]:
        declared = {} if self.name == "router" else manifest(self.name, "ConfigMap")["data"]
        return {**os.environ, **declared, **self.environment}

    def run(self, command: list[str]) -> None:
        """Run a command of the service to its end."""
        subprocess.run(command, env=self.variables(), cwd=self.folder, check=True, capture_output=True)

    def _start(self, command: list[str], variables: dict[str, str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=variables, cwd=self.folder, stdout=output, stderr=output)

    async def add(self) -> Running:
        """Start a copy, and wait until it gets requests."""
        (port,) = free_ports(1)
        command, variables = self.command(), self.variables()
        if self.name == "router":
            command = [f"--listen=127.0.0.1:{port}" if each.startswith("--listen=") else each for each in command]
        else:
            variables |= {f"{self.name.upper()}_PORT": str(port), f"{self.name.upper()}_HOST": "127.0.0.1"}
        log = self.folder / f"{self.name}-{port}.log"
        with log.open("wb") as output:
            process = self._start(command, variables, output)
        running = Running(process, Copy(port))
        self.running.append(running)
        self.balancer.copies.append(running.copy)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not running.copy.ready:
                    assert process.poll() is None, f"{self.name} ended:\n{log.read_text()}"
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{self.name} did not get ready:\n{log.read_text()}") from None
        return running

    async def remove(self, running: Running, *, careless: bool = False) -> None:
        """Stop a copy as a kubelet does: it leaves the Service, preStop passes, SIGTERM, and it ends by itself.

        Carelessly it ends in the middle of whatever it does, and the balancer learns of it a second later.
        """
        if careless:
            running.copy.unwatched = True
            running.process.kill()
            await asyncio.to_thread(running.process.wait, 60)
            await asyncio.sleep(1.0)
        else:
            running.copy.leaving = True
            await asyncio.sleep(PRE_STOP)
            running.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(running.process.wait, 60)
        self.forget(running)

    async def freeze_at_work(self) -> Running:
        """Stop a copy's process for a while, with an operation that it therefore can't answer.

        The callers' kept connections decide which copy is asked. One that turns out to have no work goes on.
        """
        try:
            async with asyncio.timeout(WORK_SECONDS):
                while True:
                    running = await self._at_work()
                    running.copy.unwatched = True
                    running.process.send_signal(signal.SIGSTOP)
                    await asyncio.to_thread(os.waitpid, running.process.pid, os.WUNTRACED)
                    for _ in range(100):
                        # What it said before it stood still is here by now.
                        await asyncio.sleep(0.05)
                        if running.copy.unanswered:
                            return running
                    running.process.send_signal(signal.SIGCONT)
                    running.copy.unwatched = False
        except TimeoutError:
            raise AssertionError(f"no copy of {self.name} was asked for {WORK_SECONDS:g} s") from None

    async def _at_work(self) -> Running:
        found: list[Running] = []
        await until(lambda: found.extend(each for each in self.running if each.copy.unanswered) or found, WORK_SECONDS)
        return found[0]

    async def kill(self, running: Running) -> None:
        """End a copy in the middle of whatever it does. Nobody is sent there from then on.

        Done once its callers could know: their connections have been closed.
        """
        running.copy.leaving = True
        running.process.kill()
        await asyncio.to_thread(running.process.wait, 60)
        await until(lambda: not running.copy.connections)
        await asyncio.sleep(0.05)
        self.forget(running)

    def forget(self, running: Running) -> None:
        self.running.remove(running)
        self.balancer.copies.remove(running.copy)

    def stop(self) -> None:
        for running in self.running:
            running.process.kill()
        for running in self.running:
            running.process.wait()
