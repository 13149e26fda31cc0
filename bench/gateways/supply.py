"""What a run needs around the gateways: the subgraphs in a process of their own, and a supergraph that names them.

The subgraphs take a free port, and the supergraph file that all gateways get is written for it. So two runs beside one
another each have their own, and none is answered by the other's, which may end at any time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.gateways.dataset import SHARED

_ROOT = Path(__file__).parents[2]
_SAID = re.compile(r"subgraphs on 127\.0\.0\.1:(\d+)\n")


@dataclass(frozen=True, slots=True)
class Supply:
    """The subgraphs' address and process, and the supergraph file."""

    url: str
    pid: int
    supergraph: Path


@contextmanager
def supply(cores: set[int] | None = None) -> Iterator[Supply]:
    """Start the subgraphs, by default on the core that the gateway doesn't use."""
    chosen = cores or {(os.cpu_count() or 1) - 1}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.gateways.subgraphs"],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, chosen),
    )
    assert process.stdout is not None
    try:
        said = _SAID.fullmatch(process.stdout.readline())
        if said is None:
            raise SystemExit(f"the subgraphs did not start ({process.wait(10)})")
        with tempfile.TemporaryDirectory() as folder:
            supergraph = Path(folder) / "supergraph.graphql"
            supergraph.write_text(read("supergraph.graphql").replace("127.0.0.1:4200/", f"127.0.0.1:{said[1]}/"))
            yield Supply(f"http://127.0.0.1:{said[1]}", process.pid, supergraph)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def read(name: str) -> str:
    """Read a file of the benchmark's data. Ends the program with a hint where it isn't there."""
    path = SHARED / name
    if not path.is_file():
        raise SystemExit(f"{path} is missing; BENCH_DATA names the folder with the benchmark's data (README.md in it)")
    return path.read_text(encoding="utf-8")


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Keep this process, and the load that it starts, on some cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
