"""Runs several commands of one service in one process: loading its libraries takes longer than each of them.

Enters: a service's name and its commands, each one argument. Leaves: exit code 0, or that of the first that failed.
Invariant: no command runs after one that failed.
"""

import shlex
import sys
from importlib.metadata import entry_points


def main(name: str, commands: list[str]) -> int:
    (script,) = entry_points(group="console_scripts", name=name)
    program = script.load()
    for command in commands:
        try:
            program(shlex.split(command), prog_name=name)
        except SystemExit as end:
            if end.code:
                return int(end.code) if isinstance(end.code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
