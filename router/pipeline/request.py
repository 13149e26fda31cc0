"""What comes into the pipeline and what leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from router.execution.subrequests import Received
from router.record import record


@record
class GraphQLRequest:
    """One request by GraphQL over HTTP. ``read_only`` forbids mutations (GET)."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    read_only: bool = False


@record
class GraphQLResponse:
    """``body`` is the JSON of a GraphQL response.

    ``refused`` is true for a request error, which has no ``data`` (400 where the media type allows it); ``status``
    overrides the status code where the reason has one of its own (405 for a mutation by GET). ``subgraph_headers`` are
    subgraph names with the headers that came from them, in the order of arrival.
    """

    body: bytes
    refused: bool = False
    status: int | None = None
    subgraph_headers: Sequence[Received] = ()
