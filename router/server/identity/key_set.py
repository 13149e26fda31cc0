"""The keys of one issuer, kept fresh.

Enters: an address. Leaves: keys by id. Invariants: known keys stay when the address can't be reached or answers
badly; unknown key ids cause at most one fetch per cool-down, whatever clients send.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from router.config.authentication import Jwks
from router.server.identity.keys import VerificationKey, read_key_set

#: Fetches a URL with headers; raises ``OSError`` or ``ValueError`` where there is no good answer.
Fetch: TypeAlias = Callable[[str, Sequence[tuple[str, str]]], Awaitable[bytes]]

UNKNOWN_KEY_COOLDOWN: Final = 10.0
FAILURE_COOLDOWN: Final = 1.0
#: Seconds between tries of the poll after failures: half the shortest while there are no keys at all, and the longest.
FIRST_RETRY: Final = 0.125
LONGEST_RETRY: Final = 5.0
#: Every how many failures in a row the log says so again.
_SAID_AGAIN: Final = 12
_log = logging.getLogger("router.identity")


class KeySet:
    """One entry of `authentication.router.jwt.jwks`. ``generation`` grows whenever the keys change."""

    def __init__(self, settings: Jwks, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.generation = 0
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[VerificationKey, ...] = ()
        self._next_fetch = float("-inf")
        self._lock = asyncio.Lock()
        self._failures = 0

    @property
    def ready(self) -> bool:
        """Whether keys have ever been had."""
        return bool(self._keys)

    async def find(self, key_id: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key for a token's header, fetching the set again where the key isn't known."""
        found = self._find(key_id, algorithm)
        if found is None and self._clock() >= self._next_fetch:
            async with self._lock:
                found = self._find(key_id, algorithm)
                if found is None and self._clock() >= self._next_fetch:
                    await self._refresh()
            found = self._find(key_id, algorithm)
        return found

    async def poll(self) -> None:
        """Fetch the keys, and again every ``poll_interval``, until cancelled; sooner after a failure."""
        while True:
            async with self._lock:
                good = await self._refresh()
            await asyncio.sleep(max(self.settings.poll_interval, 1.0) if good else self._retry_in())

    def _retry_in(self) -> float:
        """Seconds until the next try: quick for the first keys, which readiness waits for."""
        if self._keys:
            return LONGEST_RETRY
        return min(LONGEST_RETRY, FIRST_RETRY * float(1 << min(self._failures, 10)))

    def _find(self, key_id: str | None, algorithm: str) -> VerificationKey | None:
        fitting = [key for key in self._keys if algorithm in key.by_algorithm]
        if key_id is None:
            # Without an id the choice must be clear.
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.key_id == key_id), None)

    async def _refresh(self) -> bool:
        self._next_fetch = self._clock() + (UNKNOWN_KEY_COOLDOWN if self._keys else FAILURE_COOLDOWN)
        headers = [(header.name, header.value) for header in self.settings.headers]
        try:
            keys = read_key_set(await self._fetch(self.settings.url, headers))
        except (OSError, ValueError) as error:
            return self._failed(f"can't be had ({error})")
        if not keys:
            return self._failed("has no key that can be used")
        if self._failures:
            _log.info("The key set %s is back, with %d keys.", self.settings.url, len(keys))
            self._failures = 0
        if [key.key_id for key in keys] != [key.key_id for key in self._keys] or not _same(keys, self._keys):
            self.generation += 1
        self._keys = keys
        return True

    def _failed(self, what: str) -> bool:
        self._failures += 1
        if self._failures % _SAID_AGAIN == 1:
            follows = "known keys stay" if self._keys else "until it can no token can be verified"
            _log.warning("The key set %s %s; %s.", self.settings.url, what, follows)
        return False


def _same(left: Sequence[VerificationKey], right: Sequence[VerificationKey]) -> bool:
    return all(one.by_algorithm == other.by_algorithm for one, other in zip(left, right, strict=True))
