"""What execution knows of one client request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Headers = Sequence[tuple[str, str]]


def _no_headers(subgraph: str) -> Headers:
    return ()


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One client request, as execution sees it.

    ``headers_for`` gives the headers that go to a subgraph (by its name), already filtered by the header rules.
    ``claims`` are those of a verified token, ``None`` for an anonymous caller. ``labels`` are the active override
    labels; ``policies`` those of ``@policy`` that were evaluated to true for the caller. ``deadline`` is in seconds on
    the event loop's clock, ``None`` for none.
    """

    headers_for: Callable[[str], Headers] = _no_headers
    claims: Mapping[str, Any] | None = None
    labels: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    deadline: float | None = None
    baggage: dict[str, Any] = field(default_factory=dict)
