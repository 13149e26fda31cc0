"""Several processes behind one listening socket.

Enters: how many workers, and what each runs. Leaves: when all have ended. Invariant: the parent serves nothing; it
starts workers, hands signals on, and replaces a worker that died, a bounded number of times.

Workers share the socket, not their memory: each has its own caches, its own connections to subgraphs, and counts its
own metrics.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from router.errors import InputError, RouterError

#: A worker that dies this often within :data:`WINDOW` seconds won't be mended by starting it again.
MOST_RESTARTS: Final = 5
WINDOW: Final = 60.0
_log = logging.getLogger("router")


class Workers:
    """Runs ``work`` in ``count`` forked processes. Make one while the process has a single thread."""

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        self._count = count
        self._work = work
        self._running: dict[int, int] = {}
        self._restarts: list[float] = []
        self._stopping = False

    def run(self) -> int:
        """Start the workers and wait for them. Returns the exit code: 0 after a signal, 3 where workers kept dying."""
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, self._hand_on)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self._tell)
        for number in range(self._count):
            self._start(number)
        code = 0
        while self._running:
            try:
                pid, status = os.wait()
            except InterruptedError:
                continue
            if pid not in self._running:
                continue
            number = self._running.pop(pid)
            if not self._stopping:
                code = self._replace(number, os.waitstatus_to_exitcode(status))
        return code

    def _replace(self, number: int, code: int) -> int:
        """Start a worker again, unless its input is at fault or it keeps ending. Returns the parent's exit code."""
        if code != InputError.exit_code:
            _log.error("Worker %d ended with %d.", number, code)
            if self._may_restart():
                self._start(number)
                return 0
            _log.error("Workers keep ending; the router stops.")
            code = RouterError.exit_code
        self._hand_on(signal.SIGTERM, None)
        return code

    def _start(self, number: int) -> None:
        # Standard streams are flushed first, or what they hold would come out twice.
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._running[pid] = number
            return
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, signal.SIG_DFL)
        if hasattr(signal, "SIGHUP"):
            # Until the worker serves there is nothing to read again.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        code = RouterError.exit_code
        try:
            self._work(number)
            code = 0
        except RouterError as error:
            # All workers would say the same.
            if number == 0:
                sys.stderr.write(f"{error}\n")
            code = error.exit_code
        except BaseException:
            _log.exception("Worker %d failed.", number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _may_restart(self) -> bool:
        now = time.monotonic()
        self._restarts = [moment for moment in self._restarts if now - moment < WINDOW] + [now]
        return len(self._restarts) <= MOST_RESTARTS

    def _hand_on(self, signal_number: int, frame: FrameType | None) -> None:
        self._stopping = True
        self._tell(signal_number, frame)

    def _tell(self, signal_number: int, frame: FrameType | None) -> None:
        for pid in self._running:
            os.kill(pid, signal_number)
