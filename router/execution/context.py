"""What execution knows of one client request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Any, Protocol

from router.record import record

Headers = Sequence[tuple[str, str]]


def _no_headers(subgraph: str) -> Headers:
    return ()


class RequestTrace(Protocol):
    """Is told what becomes of one client request that is traced."""

    def preparing(self) -> AbstractContextManager[None]:
        """Around parsing, validating and planning, where the operation wasn't known yet."""
        ...

    def prepared(self, kind: str, name: str | None, text: str) -> None:
        """The operation is good: `query`, `mutation` or `subscription`, its name, the document."""
        ...

    def errors(self, codes: Iterable[str]) -> None:
        """The answer has errors; their codes, one for each."""
        ...


@record
class RequestContext:
    """One client request, as execution sees it.

    ``headers_for`` gives the headers that go to a subgraph (by its name), already filtered by the header rules.
    ``claims`` are those of a verified token, ``None`` for an anonymous caller. ``labels`` are the active override
    labels; ``policies`` those of ``@policy`` that were evaluated to true for the caller. ``deadline`` is in seconds on
    the event loop's clock, ``None`` for none. ``trace`` is there where the request is traced.
    """

    headers_for: Callable[[str], Headers] = _no_headers
    claims: Mapping[str, Any] | None = None
    labels: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    deadline: float | None = None
    baggage: dict[str, Any] = field(default_factory=dict)
    trace: RequestTrace | None = None
