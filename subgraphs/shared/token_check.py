"""Access tokens: from an Authorization header to a caller.

Enters: the header's text. Leaves: a `Caller`; no header is the anonymous one.
Invariant: every claim is looked at here and nowhere else, and only after the signature held. What the token
says about how to check it (`alg`, `jku`, `jwk`, `x5u`, `crit`) is never followed: algorithms come from the
settings and must be the key's own, keys come from the key set. (RFC 8725, RFC 9068)
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from typing import Any, Final
from uuid import UUID

import jwt
from jwt.exceptions import PyJWTError

from subgraphs.shared.errors import Unauthenticated
from subgraphs.shared.identity import ANONYMOUS, Caller, Role, parse_id
from subgraphs.shared.key_set import KeySource
from subgraphs.shared.settings import ServiceSettings

TOKEN_TYPE: Final = "at+jwt"  # noqa: S105
TOKEN_USE: Final = "access"  # noqa: S105
MAX_TOKEN_LENGTH: Final = 4_096
BEARER = re.compile(r"Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE)
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
ALLOWED_HEADER = frozenset({"alg", "typ", "kid"})
REQUIRED_CLAIMS = ["iss", "aud", "sub", "exp", "iat", "nbf", "jti"]
INTEGER_CLAIMS = ("exp", "iat", "nbf")


class InvalidToken(Unauthenticated):
    """The bearer token isn't good. Why stays inside: the caller learns only that it isn't."""

    def __init__(self, reason: str) -> None:
        super().__init__("The access token is not valid; sign in again.")
        self.reason = reason


class TokenCheck:
    """Checks access tokens against one issuer, one audience and one source of keys."""

    def __init__(self, settings: ServiceSettings, keys: KeySource) -> None:
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._algorithms = frozenset(settings.jwt_algorithms)
        self._leeway = settings.jwt_leeway
        self._keys = keys

    async def identify(self, authorization: str | None) -> Caller:
        """The caller that an Authorization header names.

        Raises `InvalidToken` for anything but a good bearer token, `KeySetUnavailable` when no key was ever had.
        """
        if authorization is None:
            return ANONYMOUS
        match = BEARER.fullmatch(authorization.strip()) if len(authorization) <= MAX_TOKEN_LENGTH else None
        if match is None:
            raise InvalidToken("not a bearer token in compact form")
        token = match[1]
        header = read_json_part(token.split(".")[0])
        algorithm, key_id = check_header(header, self._algorithms)
        key = await self._keys.find(key_id)
        if key is None or key.algorithm_name != algorithm:
            raise InvalidToken("no such key for this algorithm")
        check_claims(read_json_part(token.split(".")[1]))
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=self._leeway,
                options={"require": REQUIRED_CLAIMS, "strict_aud": True},
            )
        except PyJWTError as error:
            raise InvalidToken(type(error).__name__) from None
        return Caller(*read_subject(claims))


def check_header(header: dict[str, Any], algorithms: frozenset[str]) -> tuple[str, str]:
    """The algorithm and the key id. Raises `InvalidToken` for a header with anything else than type and those."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not ALLOWED_HEADER.issuperset(header):
        raise InvalidToken("a header parameter that is not understood")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise InvalidToken("an algorithm that is not allowed")
    if header.get("typ") != TOKEN_TYPE:
        raise InvalidToken("not an access token")
    if not isinstance(key_id, str) or KEY_ID.fullmatch(key_id) is None:
        raise InvalidToken("an odd key id")
    return algorithm, key_id


def check_claims(claims: dict[str, Any]) -> None:
    """Raises `InvalidToken` unless it is an access token with whole-number times."""
    for name in INTEGER_CLAIMS:
        if type(claims.get(name)) is not int:
            raise InvalidToken(f"{name} is not a whole number")
    if not isinstance(claims.get("jti"), str) or claims.get("token_use") != TOKEN_USE:
        raise InvalidToken("not an access token")


def read_subject(claims: dict[str, Any]) -> tuple[UUID, Role]:
    user_id = parse_id(claims["sub"])
    try:
        role = Role(claims.get("role", ""))
    except ValueError:
        raise InvalidToken("an unknown role") from None
    if user_id is None:
        raise InvalidToken("an odd subject")
    return user_id, role


def read_json_part(part: str) -> dict[str, Any]:
    """Decode one part of a compact token. Raises `InvalidToken` for duplicate names, NaN and what isn't an object."""
    try:
        text = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(text, object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant)
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidToken("a part that can't be read") from None
    if not isinstance(value, dict):
        raise InvalidToken("a part that is not an object")
    return value


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def refuse_constant(name: str) -> None:
    raise ValueError(name)
