"""Subgraph names -> ids of the ``join__Graph`` enum.

An id is a valid name in upper case. Invariant: ids are unique, and depend on the set of names only, not on their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NOT_IN_A_NAME = re.compile(r"[^_0-9A-Za-z]")
_NUMBERED = re.compile(r"_\d+$")


def graph_ids(names: Sequence[str]) -> tuple[str, ...]:
    """Return the id of each name: ``foo-a`` is ``FOO_A``; several that would be ``FOO_A`` are ``FOO_A_1``, ``FOO_A_2``.

    A name that ends in a number after an underscore gets one more underscore, so that it can't meet a numbered one.
    """
    wanted = [_sanitise(name) for name in names]
    total: dict[str, int] = {}
    for candidate in wanted:
        total[candidate] = total.get(candidate, 0) + 1
    taken: dict[str, int] = {}
    ids = {}
    for candidate, name in sorted(zip(wanted, names, strict=True)):
        if total[candidate] == 1:
            ids[name] = candidate
            continue
        taken[candidate] = taken.get(candidate, 0) + 1
        ids[name] = f"{candidate}_{taken[candidate]}"
    return tuple(ids[name] for name in names)


def _sanitise(name: str) -> str:
    candidate = _NOT_IN_A_NAME.sub("_", name).upper()
    if candidate[:1].isdigit():
        candidate = f"_{candidate}"
    return f"{candidate}_" if _NUMBERED.search(candidate) else candidate
