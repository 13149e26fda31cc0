"""One child process of the launcher: started in its own process group, heard, asked for its health, stopped.

Enters: a command with its port and environment. Leaves: its log lines and how it ended.
Invariant: a service that was started is stopped with all its children, first politely and then by force.
"""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LAST_LINES = 20
LONGEST_LINE = 1 << 20
POLITE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    command: list[str]
    port: int
    port_variable: str
    environment: dict[str, str] = field(default_factory=dict)
    health_path: str = "/health"
    folder: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Running:
    """A started service. Its lines go to `write` once `heard` is set; the last of them are kept either way."""

    def __init__(self, service: Service, process: asyncio.subprocess.Process, write: Callable[[str, str], None]):
        self.service = service
        self.heard = False
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._process = process
        self._write = write
        self._forwarding = asyncio.create_task(self._forward())

    @classmethod
    async def start(cls, service: Service, write: Callable[[str, str], None]) -> "Running":
        # A session of its own: the terminal's Ctrl-C reaches the launcher alone, which then stops all in order.
        process = await asyncio.create_subprocess_exec(
            *service.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=service.folder,
            env={**os.environ, **service.environment, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            limit=LONGEST_LINE,
        )
        return cls(service, process, write)

    async def ended(self) -> int:
        """The exit code, once the process is gone and all it said has been read."""
        code = await self._process.wait()
        with suppress(TimeoutError):
            # A grandchild may hold the pipe open for longer than is worth waiting for.
            await asyncio.wait_for(asyncio.shield(self._forwarding), 1)
        return code

    async def healthy(self) -> None:
        # Another process can only be polled.
        while await http_status(self.service.port, self.service.health_path) != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def stop(self, polite_seconds: float = POLITE_SECONDS) -> None:
        self._signal_group(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), polite_seconds)
        except TimeoutError:
            self._write(self.service.name, f"did not stop within {polite_seconds:g} s; ending it")
        self.kill()
        await self._process.wait()
        self._forwarding.cancel()
        await asyncio.gather(self._forwarding, return_exceptions=True)

    def kill(self) -> None:
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, which: signal.Signals) -> None:
        # The process leads its group, so its id is the group's; the group outlives it while it has other members.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, which)

    async def _forward(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                line = b"(a line too long to show)\n"
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self.last_lines.append(text)
            if self.heard:
                self._write(self.service.name, text)


async def http_status(port: int, path: str) -> int | None:
    """The status of one GET on loopback; None where nothing answers in time."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
                words = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None
