"""The reference planner as a process that answers line by line.

Enters: supergraphs and operations. Leaves: plans as nested lists (``reference.mjs`` says which), or why there is none.
Invariant: an operation that takes too long ends the process, and the next one starts a new one.
"""

from __future__ import annotations

import json
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: Where the planner's version is pinned, for the benchmark too.
PINNED = HERE.parents[2] / "bench" / "planning"
#: Seconds for one operation.
PATIENCE = 15.0


class ReferencePlanner:
    """One process at a time; ``folder`` has the script and its modules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[str] = set()

    def plan(
        self, name: str, supergraph: str, operation: str, labels: Sequence[str] = (), defer: bool = False
    ) -> Mapping[str, Any]:
        """Plan one operation; leaves ``{"plan": ...}`` or ``{"error": ...}``."""
        process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if name not in self._known:
                self._known.add(name)
                self._send(process, {"name": name, "supergraph": supergraph})
            self._send(process, {"name": name, "operation": operation, "labels": list(labels), "defer": defer})
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            line = process.stdout.readline() if ready else b""
        except BrokenPipeError:
            line = b""
        if not line:
            self.close()
            return {"error": "the process ended or took too long"}
        found: Mapping[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = ["node", "--max-old-space-size=1500", "--stack-size=4000", "reference.mjs"]
            self._known = set()
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _send(self, process: subprocess.Popen[bytes], message: Mapping[str, Any]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()


@contextmanager
def reference_planner() -> Iterator[ReferencePlanner]:
    """Install the reference planner for this run only, or take the benchmark's where it is installed."""
    with tempfile.TemporaryDirectory(prefix="reference-planner-") as made:
        folder = Path(made)
        shutil.copy(HERE / "reference.mjs", folder)
        if (PINNED / "node_modules").exists():
            (folder / "node_modules").symlink_to(PINNED / "node_modules")
        else:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PINNED / name, folder)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=folder, check=True, timeout=300)
        planner = ReferencePlanner(folder)
        try:
            yield planner
        finally:
            planner.close()
