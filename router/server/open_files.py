"""How many connections one process can have, by the files that it may open.

Enters: the system's bounds. Leaves: a number of connections. Invariant: clients never take so many that none is left
for subgraphs, the log or a new supergraph.
"""

from __future__ import annotations

from typing import Final

#: The part of the files that clients' connections may take.
_SHARE: Final = 0.75
#: Where the system says nothing of a bound.
_UNBOUNDED: Final = 1_000_000


def raise_bound() -> int:
    """Let the process open as many files as it may let itself, and return how many these are."""
    try:
        import resource
    except ImportError:  # a system without such bounds
        return _UNBOUNDED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, _UNBOUNDED)
    if soft != resource.RLIM_INFINITY and soft < hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            soft = hard
        except (OSError, ValueError):
            # Some systems bound it further than they say.
            pass
    return _UNBOUNDED if soft == resource.RLIM_INFINITY else soft


def most_connections(files: int) -> int:
    """Return how many clients may be connected where so many files may be open."""
    return max(1, int(files * _SHARE))
