"""Which labels of progressive ``@override`` are active for a request.

Enters: the labels that a supergraph's joins name, and those that the caller's context turns on. Leaves: the active
ones. Invariant: a label ``percent(N)`` is drawn anew for each request, so the planner itself never depends on chance.
"""

from __future__ import annotations

import random

from router.supergraph.model import Supergraph


def known_labels(supergraph: Supergraph) -> dict[str, float | None]:
    """Return the override labels of a supergraph; ``percent(20)`` with its share of 100, other labels without."""
    labels: dict[str, float | None] = {}
    for joins in supergraph.joins.values():
        for fields in joins.fields.values():
            for join in fields:
                if join.override_label is not None:
                    labels[join.override_label] = _share(join.override_label)
    return labels


def active_labels(known: dict[str, float | None], chosen: frozenset[str]) -> frozenset[str]:
    """Return those of the known labels that the caller chose, and those that a percentage turns on this time."""
    drawn = {label for label, share in known.items() if share is not None and random.random() * 100 < share}  # noqa: S311
    return frozenset(drawn | (chosen & known.keys()))


def _share(label: str) -> float | None:
    if not (label.startswith("percent(") and label.endswith(")")):
        return None
    try:
        return float(label.removeprefix("percent(").removesuffix(")"))
    except ValueError:
        return None
