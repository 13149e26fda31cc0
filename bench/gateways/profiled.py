"""This router under the profiler while it serves: ``python -m bench.gateways.profiled FILE serve ...``.

SIGUSR1 starts the profile and SIGUSR2 writes it to FILE, so that neither imports nor the warm-up are in it.
"""

from __future__ import annotations

import cProfile
import os
import signal
import sys
from types import FrameType

from router.cli.program import main


def run(path: str, arguments: list[str]) -> None:
    """Run the command line with the signals set up."""
    profiler = cProfile.Profile()

    def start(number: int, frame: FrameType | None) -> None:
        profiler.enable()

    def write(number: int, frame: FrameType | None) -> None:
        profiler.disable()
        profiler.dump_stats(f"{path}.part")
        os.replace(f"{path}.part", path)

    signal.signal(signal.SIGUSR1, start)
    signal.signal(signal.SIGUSR2, write)
    sys.argv[1:] = arguments
    main()


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
