"""A JSON Web Key Set (RFC 7517) -> keys that can verify signatures.

Enters: the bytes of a key set. Leaves: :class:`VerificationKey` s. Invariant: a key verifies only algorithms of its
own kind, so no token can have a public key taken for a shared secret; keys that are weak, private, or not for
signatures are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from jwt.algorithms import Algorithm, get_default_algorithms
from jwt.exceptions import PyJWTError

_ALGORITHMS: Final[Mapping[str, Algorithm]] = get_default_algorithms()
_BY_CURVE: Final = {
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("EdDSA",),
    "Ed448": ("EdDSA",),
}
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_SECRET_BITS: Final = {"HS256": 256, "HS384": 384, "HS512": 512}
MIN_RSA_BITS: Final = 2048
MAX_KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key with the algorithms that it may verify. ``key_id`` is ``None`` where the set gives none."""

    key_id: str | None
    by_algorithm: Mapping[str, Any]

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether the signature of ``signed`` holds by this key and algorithm."""
        key = self.by_algorithm.get(algorithm)
        return key is not None and bool(_ALGORITHMS[algorithm].verify(signed, key, signature))


def read_key_set(body: bytes) -> tuple[VerificationKey, ...]:
    """Read a key set; keys that can't be used are left out. Raises ``ValueError`` where it isn't a key set at all."""
    value = orjson.loads(body)
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        raise ValueError('not a key set: "keys" is missing')
    found = [_read_key(key) for key in keys[:MAX_KEYS] if isinstance(key, dict)]
    return tuple(key for key in found if key is not None)


def _read_key(jwk: dict[str, Any]) -> VerificationKey | None:
    key_id = jwk.get("kid")
    if key_id is not None and not isinstance(key_id, str):
        return None
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    if "d" in jwk:
        return None
    names = _possible_algorithms(jwk)
    if "alg" in jwk:
        names = tuple(name for name in names if name == jwk["alg"])
    by_algorithm = {}
    for name in names:
        try:
            by_algorithm[name] = _ALGORITHMS[name].from_jwk(jwk)
        except (PyJWTError, ValueError, TypeError, KeyError):
            return None
    if any(
        getattr(key, "key_size", MIN_RSA_BITS) < MIN_RSA_BITS for key in by_algorithm.values() if jwk["kty"] == "RSA"
    ):
        return None
    return VerificationKey(key_id, by_algorithm) if by_algorithm else None


def _possible_algorithms(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    match jwk.get("kty"):
        case "RSA":
            return _RSA
        case "EC" | "OKP":
            return _BY_CURVE.get(str(jwk.get("crv")), ())
        case "oct":
            bits = len(str(jwk.get("k", ""))) * 6
            return tuple(name for name, needed in _SECRET_BITS.items() if bits >= needed)
        case _:
            return ()
