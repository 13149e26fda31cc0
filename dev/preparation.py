"""Gets the data and the supergraph ready before anything starts.

Enters: commands by name. Leaves: done, or the output of the first that failed.
Invariant: commands of one name run one after another, those of different names beside each other.
"""

import asyncio
import os
from collections.abc import Callable, Mapping


class PreparationFailed(Exception):
    """A preparing command failed; the message is what it printed."""


async def prepare(
    steps: Mapping[str, list[list[str]]], environment: Mapping[str, str], write: Callable[[str, str], None]
) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for name, commands in steps.items():
                group.create_task(run_in_order(name, commands, environment, write))
    except* PreparationFailed as failures:
        raise PreparationFailed("\n".join(str(each) for each in failures.exceptions)) from None


async def run_in_order(
    name: str, commands: list[list[str]], environment: Mapping[str, str], write: Callable[[str, str], None]
) -> None:
    for command in commands:
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
        said = output.decode(errors="replace").rstrip()
        if process.returncode != 0:
            shown = " ".join([command[0].rpartition("/")[2], *command[1:]])
            raise PreparationFailed(f"`{shown}` failed with code {process.returncode}:\n{said}")
        write(name, said.partition("\n")[0] or f"{command[1]}: done")
