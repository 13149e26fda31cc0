"""From the Authorization header to claims.

Enters: a header's value. Leaves: claims, ``None`` for no token; a :class:`~router.server.answer.Refusal` for a bad one.
Invariant: a token that was found good once is believed again only until it expires or any key changes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from router.config.authentication import Jwt
from router.server.answer import Refusal
from router.server.identity.key_set import Fetch, KeySet
from router.server.identity.token import EXPIRED, InvalidToken, UnverifiedToken, check_claims, issued_for, read_token

REMEMBERED: Final = 2_000
SCHEME: Final = "another scheme"
_log = logging.getLogger("router.identity")


class Authenticator:
    """Verifies bearer tokens by the settings of `authentication.router.jwt`. ``wall_clock`` gives Unix time."""

    def __init__(self, settings: Jwt, fetch: Fetch, wall_clock: Callable[[], float] = time.time) -> None:
        self.header = settings.header_name.lower().encode()
        self._settings = settings
        self._prefix = settings.header_value_prefix
        self._key_sets = [KeySet(jwks, fetch) for jwks in settings.jwks]
        self._clock = wall_clock
        self._good: OrderedDict[str, tuple[int, Mapping[str, Any]]] = OrderedDict()

    def without_keys(self) -> list[str]:
        """Return the settings of the key sets that couldn't be had yet."""
        return [
            f"authentication.router.jwt.jwks[{number}]"
            for number, key_set in enumerate(self._key_sets)
            if not key_set.ready
        ]

    async def poll(self) -> None:
        """Keep all key sets fresh, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for key_set in self._key_sets:
                group.create_task(key_set.poll())

    async def identify(self, header: bytes | None) -> Mapping[str, Any] | None:
        """Return the claims of a header's token, ``None`` without a header.

        Raises :class:`Refusal`: 401 for anything but a good token, 503 where no keys could be had yet.
        """
        if header is None:
            return None
        try:
            return await self._verify(self._token(header))
        except InvalidToken as reason:
            _log.info("A token was refused: %s.", reason)
            challenge = (b"www-authenticate", b'Bearer error="invalid_token"')
            raise Refusal(401, "UNAUTHENTICATED", self._told(str(reason)), (challenge,)) from None

    def _told(self, reason: str) -> str:
        """What a caller learns: only what the caller could read in the request too."""
        if reason == EXPIRED:
            return "The token has expired; sign in again."
        if reason == SCHEME:
            return f"The header {self._settings.header_name} must be: {self._prefix} TOKEN."
        return "The token is not valid."

    def _token(self, header: bytes) -> str:
        try:
            text = header.decode("ascii").strip(" ")
        except UnicodeDecodeError:
            raise InvalidToken("not ASCII") from None
        if not self._prefix:
            return text
        scheme, _, token = text.partition(" ")
        if scheme.lower() != self._prefix.lower():
            raise InvalidToken(SCHEME)
        return token.strip(" ")

    async def _verify(self, text: str) -> Mapping[str, Any]:
        now = self._clock()
        generation = sum(key_set.generation for key_set in self._key_sets)
        known = self._good.get(text)
        if known is not None and known[0] == generation:
            check_claims(known[1], now, self._settings.leeway)
            return known[1]
        token = read_token(text, self._settings)
        check_claims(token.claims, now, self._settings.leeway)
        await self._check_signature(token)
        self._remember(text, token.claims)
        return token.claims

    async def _check_signature(self, token: UnverifiedToken) -> None:
        candidates = [key_set for key_set in self._key_sets if issued_for(token.claims, key_set.settings)]
        if not candidates:
            raise InvalidToken("another issuer or audience")
        candidates = [key_set for key_set in candidates if token.algorithm in key_set.settings.algorithms]
        if not candidates:
            raise InvalidToken("an algorithm that is not allowed")
        for key_set in candidates:
            key = await key_set.find(token.key_id, token.algorithm)
            if key is not None and key.verifies(token.algorithm, token.signed, token.signature):
                return
        if not any(key_set.ready for key_set in candidates):
            message = "Tokens can't be verified at the moment; try again."
            raise Refusal(503, "AUTHENTICATION_UNAVAILABLE", message, ((b"retry-after", b"1"),))
        raise InvalidToken("no key by which the signature holds")

    def _remember(self, text: str, claims: Mapping[str, Any]) -> None:
        generation = sum(key_set.generation for key_set in self._key_sets)
        self._good[text] = (generation, claims)
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)
