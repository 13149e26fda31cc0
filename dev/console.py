"""What the launcher says: one line at a time, each after the name of who says it.

Enters: a name and a line. Leaves: the line on standard output, coloured where a terminal shows it.
Invariant: it never raises. A reader that went away is no reason to leave services running.
"""

import os
import sys
from contextlib import suppress

COLOURS = {"users": 36, "courses": 33, "enrollments": 35, "router": 32}
NAME_WIDTH = max(map(len, COLOURS))


def write(name: str, line: str) -> None:
    label = name.ljust(NAME_WIDTH)
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        label = f"\x1b[{COLOURS.get(name, 0)}m{label}\x1b[0m"
    say(f"{label} | {line}")


def say(text: str) -> None:
    with suppress(OSError, ValueError):
        print(text, flush=True)
