"""Gets the data and the supergraph ready before anything starts.

Enters: a command by the name that it is for. Leaves: done, or what the failed ones printed.
Invariant: the commands run beside each other; where one fails, none is left running.
"""

import asyncio
import os
from collections.abc import Callable, Mapping


class PreparationFailed(Exception):
    """A preparing command failed; the message is what it printed."""


async def prepare(
    commands: Mapping[str, list[str]], environment: Mapping[str, str], write: Callable[[str, str], None]
) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for name, command in commands.items():
                group.create_task(run(name, command, environment, write))
    except* PreparationFailed as failures:
        raise PreparationFailed("\n".join(str(each) for each in failures.exceptions)) from None


async def run(name: str, command: list[str], environment: Mapping[str, str], write: Callable[[str, str], None]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    lines = output.decode(errors="replace").rstrip().splitlines()
    if process.returncode != 0:
        shown = " ".join([command[0].rpartition("/")[2], *command[1:]])
        raise PreparationFailed("\n".join([f"`{shown}` failed with code {process.returncode}:", *lines]))
    for line in lines:
        # The seed lists the accounts below its own line; they are printed at the end, with their passwords.
        if not line.startswith(" "):
            write(name, line.removeprefix(f"{name}: "))
