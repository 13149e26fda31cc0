"""The parts of a JSON Web Token (RFC 7519), read and checked without its keys (RFC 8725).

Enters: a token in compact form. Leaves: an :class:`UnverifiedToken`, later its claims. Invariant: what a token says
about how to check it is only ever compared with settings, never followed.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.config.authentication import Jwks, Jwt

MAX_LENGTH: Final = 8_192
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_KEY_ID: Final = re.compile(r"[A-Za-z0-9._~:@=+-]{1,256}")
#: Parameters that would have the token choose its own key or processing; none of them is understood here.
_FORBIDDEN_PARAMETERS: Final = frozenset({"b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"})
_TIMES: Final = ("exp", "iat", "nbf")
_NOT_FOR_ACCESS: Final = frozenset({"id", "logout", "offline", "refresh"})


EXPIRED: Final = "expired"


class InvalidToken(Exception):
    """A token that isn't good. The reason is for the log; the caller learns only that it isn't."""


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A well-formed token. Nothing of it may be believed before its signature held."""

    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read_token(text: str, settings: Jwt) -> UnverifiedToken:
    """Take a token apart and check its header. Raises :class:`InvalidToken`."""
    match = _COMPACT.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise InvalidToken("not a token in compact form")
    header = _read_part(match[1])
    algorithm, key_id, token_type = header.get("alg"), header.get("kid"), header.get("typ", "jwt")
    if not _FORBIDDEN_PARAMETERS.isdisjoint(header):
        raise InvalidToken("a header parameter that is not understood")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        raise InvalidToken("no algorithm")
    if not isinstance(token_type, str) or _short_type(token_type) not in {_short_type(t) for t in settings.token_types}:
        raise InvalidToken("another type of token")
    if key_id is not None and (not isinstance(key_id, str) or _KEY_ID.fullmatch(key_id) is None):
        raise InvalidToken("an odd key id")
    signed = text[: match.end(2)].encode()
    return UnverifiedToken(algorithm, key_id, _read_part(match[2]), signed, _decode(match[3]))


def _short_type(token_type: str) -> str:
    # RFC 7515, section 4.1.9: the prefix may be left out.
    return token_type.lower().removeprefix("application/")


def check_claims(claims: Mapping[str, Any], now: float, leeway: float) -> None:
    """Check times and purpose. ``now`` is Unix time. Raises :class:`InvalidToken`."""
    for name in _TIMES:
        if name in claims and type(claims[name]) is not int:
            raise InvalidToken(f"{name} is not a whole number")
    if "exp" not in claims:
        raise InvalidToken("no exp")
    if claims["exp"] + leeway <= now:
        raise InvalidToken(EXPIRED)
    if claims.get("nbf", now) - leeway > now or claims.get("iat", now) - leeway > now:
        raise InvalidToken("not yet valid")
    if not isinstance(claims.get("sub", ""), str):
        raise InvalidToken("sub is not a string")
    if claims.get("token_use", "access") != "access" or str(claims.get("typ", "")).lower() in _NOT_FOR_ACCESS:
        raise InvalidToken("not an access token")


def issued_for(claims: Mapping[str, Any], jwks: Jwks) -> bool:
    """Whether issuer and audience are those that a key set is for."""
    issuer, audience = claims.get("iss"), claims.get("aud")
    if jwks.issuers and issuer not in jwks.issuers:
        return False
    audiences = audience if isinstance(audience, list) else [audience]
    return not jwks.audiences or any(isinstance(name, str) and name in jwks.audiences for name in audiences)


def _decode(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        raise InvalidToken("a part that isn't base64url") from None


def _read_part(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decode(part), object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidToken("a part that isn't strict JSON") from None
    if not isinstance(value, dict):
        raise InvalidToken("a part that isn't an object")
    return value


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
