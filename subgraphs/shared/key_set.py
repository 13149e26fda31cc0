"""The public keys that access tokens are checked with.

Enters: a JSON Web Key Set (RFC 7517), from memory or from the users service. Leaves: a key by its id.
Invariant: keys that were once fetched stay usable until a later fetch brings another set; an unknown key id
can't empty the cache, and can't cause more than one fetch in a cool-down.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx2
import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from subgraphs.shared.errors import SubgraphError
from subgraphs.shared.settings import ServiceSettings
from subgraphs.shared.tracing import traced_call

log = logging.getLogger(__name__)

MAX_KEY_SET_BYTES = 64_000
MAX_KEYS = 32
MIN_RSA_BITS = 2048


class KeySetUnavailable(SubgraphError):
    """No key set has ever been fetched, so no token can be judged: neither good nor bad."""

    code = "IDENTITY_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("Sign-in can't be checked at the moment; try again later.")


class KeySource(Protocol):
    async def find(self, key_id: str) -> PyJWK | None:
        """The key with this id, or None when there is none. Raises `KeySetUnavailable`."""
        ...


def read_key_set(document: object) -> dict[str, PyJWK]:
    """Read a key set's usable signature keys by id; a key that isn't understood is left out, as RFC 7517, 5 asks."""
    if not isinstance(document, Mapping) or not isinstance(document.get("keys"), list):
        raise ValueError("a key set needs a list of keys")
    keys: dict[str, PyJWK] = {}
    for entry in document["keys"][:MAX_KEYS]:
        key = read_key(entry)
        if key is not None and key.key_id is not None:
            keys[key.key_id] = key
    return keys


def read_key(entry: Any) -> PyJWK | None:
    if not isinstance(entry, Mapping) or entry.get("kty") not in ("OKP", "RSA") or entry.get("use", "sig") != "sig":
        return None
    if not isinstance(entry.get("kid"), str) or not isinstance(entry.get("alg"), str):
        return None
    try:
        key = PyJWK(dict(entry))
    except (PyJWTError, ValueError, TypeError):
        return None
    if entry["kty"] == "RSA" and key.key.key_size < MIN_RSA_BITS:
        return None
    return key


class RemoteKeySet:
    """The users service's key set over HTTP."""

    def __init__(self, settings: ServiceSettings, client: httpx2.AsyncClient) -> None:
        self._url = httpx2.URL(settings.jwks_url)
        self._client = client
        self._refresh_after = settings.jwks_refresh
        self._cooldown = settings.jwks_cooldown
        self._timeout = settings.jwks_timeout
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> PyJWK | None:
        known = self._keys.get(key_id)
        if known is None:
            await self._refresh()
        elif self._is_stale() and (self._refreshing is None or self._refreshing.done()):
            # Nobody waits for it: a users service that hangs must not slow down those whose key is known.
            self._refreshing = asyncio.create_task(self._refresh())
        if self._fetched_at is None:
            raise KeySetUnavailable
        return known or self._keys.get(key_id)

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    def _is_stale(self) -> bool:
        return self._fetched_at is None or time.monotonic() - self._fetched_at > self._refresh_after

    async def _refresh(self) -> None:
        """Fetch at most once in a cool-down, and once for all who wait."""
        waited_from = time.monotonic()
        async with self._fetching:
            if self._tried_at is not None and (
                self._tried_at >= waited_from or time.monotonic() - self._tried_at < self._cooldown
            ):
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = read_key_set(await self._fetch())
                self._fetched_at = time.monotonic()
            except (httpx2.HTTPError, TimeoutError, ValueError) as error:
                log.warning("the key set can't be fetched (%s); known keys stay in use", type(error).__name__)

    async def _fetch(self) -> object:
        with traced_call("users", "GET", self._url) as headers:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream(
                    "GET", self._url, headers=headers, timeout=self._timeout, follow_redirects=False
                ) as response,
            ):
                if response.status_code != 200:
                    raise ValueError(f"status {response.status_code}")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_KEY_SET_BYTES:
                        raise ValueError("the key set is too large")
                return orjson.loads(bytes(body))
