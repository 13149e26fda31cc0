"""The command line: ``router COMMAND``. One file a command.

Enters: arguments, files, the environment. Leaves: results on standard output, everything else on standard error, an
exit code (0 good, 1 the input is at fault, 2 usage, 3 the router's own fault).
"""

from __future__ import annotations

from router.cli.program import main

__all__ = ["main"]
