"""Reading again what subgraphs answered, where something turned out to be missing in it.

Answers mostly are complete, so a run doesn't look for what they leave out. Where projection finds a field without a
value and without a reason, the plan is run again over the same answers, now with a close look at each of them.

Enters: what was sent and what came of it. Leaves: a caller that finds the same answers to the same requests. Invariant:
nothing is sent a second time, and an answer is given only to the very request that it came for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from router.execution.errors import ResponseError
from router.execution.subrequests import Caller, FetchFailed, Heard
from router.execution.transport import SubgraphResponse
from router.query_plan.nodes import FetchNode
from router.record import record


@record
class Again(Caller):
    """Answers fetches by what was heard before; ``known`` is by fetch and body."""

    known: Mapping[tuple[int, bytes], SubgraphResponse | ResponseError] = field(default_factory=dict)

    async def send(self, fetch: FetchNode, body: bytes) -> SubgraphResponse:
        """Return the response that came to this request. Raises :class:`FetchFailed` where none did."""
        found = self.known.get((fetch.id, body))
        if isinstance(found, SubgraphResponse):
            return found
        if found is None:
            name = self.services.endpoints[fetch.service].name
            extensions = {"code": "SUBREQUEST_MALFORMED_RESPONSE"}
            message = f"{name}: what it was asked for depends on an answer that can't be used"
            found = ResponseError(message, extensions=extensions, service=name)
        raise FetchFailed(found)


def hear_again(caller: Caller, heard: Iterable[Heard]) -> Again:
    """Make a caller that knows what came of the requests of another one."""
    known = {(fetch_id, body): outcome for fetch_id, body, outcome in heard}
    return Again(caller.services, caller.context, caller.received, None, known)
