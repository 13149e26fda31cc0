"""The one seam through which subgraphs are asked.

A transport sends bytes and gives back bytes, status and headers; it knows nothing of GraphQL. It enforces the time-out
and the size limit that the request carries, never follows a redirect, and raises :class:`TransportError` for whatever
goes wrong before a complete answer is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from router.errors import RouterError
from router.record import record


class TransportError(RouterError):
    """A subgraph gave no complete answer.

    ``code`` goes to ``extensions.code``: ``SUBREQUEST_HTTP_ERROR`` (unreachable, reset, no DNS),
    ``SUBREQUEST_TIMEOUT``, ``SUBREQUEST_MALFORMED_RESPONSE`` (truncated), ``SUBREQUEST_TOO_LARGE``,
    ``SUBREQUEST_HELD_BACK`` (not asked, since it failed too often; ``retry_after`` seconds from now it is again).
    ``sent`` tells whether the request may have reached the subgraph, which forbids repeating a mutation;
    ``repeatable`` that a query may go better another time: nothing of an answer came, and the request isn't at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "SUBREQUEST_HTTP_ERROR",
        sent: bool = True,
        repeatable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.sent = sent
        self.repeatable = repeatable
        self.retry_after = retry_after
        #: How often the request was sent again.
        self.resends = 0


@record
class SubgraphRequest:
    """One POST of a GraphQL request. ``timeout`` in seconds, ``max_response_bytes`` of the decoded body.

    ``resends`` counts how often it was sent before.
    """

    subgraph: str
    url: str
    body: bytes
    headers: Sequence[tuple[str, str]]
    kind: str = "query"
    timeout: float = 30.0
    max_response_bytes: int = 64 * 1024 * 1024
    resends: int = 0


@record
class SubgraphResponse:
    """A complete answer; header names are lower case. ``resends`` counts how often the request was sent again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    resends: int = 0


class SubgraphTransport(Protocol):
    """Sends requests to subgraphs. Safe for concurrent use within one event loop."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send and wait for the whole answer. Raises :class:`TransportError`; cancelling cancels the call."""
        ...

    async def aclose(self) -> None:
        """Close connections. Calls under way fail with :class:`TransportError`."""
        ...
