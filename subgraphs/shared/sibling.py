"""Asking another service for entities, in the caller's name.

Enters: representations and a selection. Leaves: one entity or None each, in order.
Invariant: an answer is used only if it's whole: any transport failure, status, size, shape or GraphQL error
is `UpstreamUnavailable`, so that a question that wasn't answered is never taken for "there is none".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx2
import orjson
from pydantic import SecretStr

from subgraphs.shared.errors import UpstreamUnavailable
from subgraphs.shared.signature import sign_call
from subgraphs.shared.tracing import traced_call

log = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 2_000_000
Entity = Mapping[str, Any]


class Sibling:
    """One other service. `timeout` bounds the whole exchange, in seconds."""

    def __init__(
        self, name: str, url: str, client: httpx2.AsyncClient, secrets: Sequence[SecretStr], timeout: float
    ) -> None:
        self.name = name
        self._url = httpx2.URL(url)
        self._client = client
        self._secrets = secrets
        self._timeout = timeout

    async def entities(
        self, typename: str, ids: Sequence[UUID], selection: str, authorization: str | None
    ) -> list[Entity | None]:
        """Ask for `{selection}` of the entities with these ids. None is the sibling's word that there is none
        that this caller may see. Raises `UpstreamUnavailable`."""
        query = f"query($r:[_Any!]!){{_entities(representations:$r){{...on {typename}{{{selection}}}}}}}"
        representations = [{"__typename": typename, "id": str(id_)} for id_ in ids]
        body = orjson.dumps({"query": query, "variables": {"r": representations}})
        try:
            with traced_call(self.name, "POST", self._url) as trace_headers:
                async with asyncio.timeout(self._timeout):
                    answer = await self._post(body, authorization, trace_headers)
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            log.warning("%s can't be asked: %s", self.name, type(error).__name__)
            raise UpstreamUnavailable(self.name) from None
        return self._read(answer, len(ids))

    async def _post(self, body: bytes, authorization: str | None, more: Mapping[str, str]) -> Any:
        headers = {
            "content-type": "application/json",
            "accept": "application/graphql-response+json",
            **sign_call(self._secrets, "POST", self._url.raw_path.decode("ascii"), body),
            **more,
        }
        if authorization is not None:
            headers["authorization"] = authorization
        async with self._client.stream(
            "POST", self._url, content=body, headers=headers, timeout=self._timeout, follow_redirects=False
        ) as response:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > MAX_ANSWER_BYTES:
                    raise ValueError("the answer is too large")
        return orjson.loads(bytes(received))

    def _read(self, answer: Any, expected: int) -> list[Entity | None]:
        data = answer.get("data") if isinstance(answer, dict) and not answer.get("errors") else None
        entities = data.get("_entities") if isinstance(data, dict) else None
        if (
            not isinstance(entities, list)
            or len(entities) != expected
            or not all(entity is None or isinstance(entity, dict) for entity in entities)
        ):
            log.warning("%s gave an answer that can't be used", self.name)
            raise UpstreamUnavailable(self.name)
        return entities
