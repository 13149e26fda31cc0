"""Keys, key sets and tokens for tests, good ones and every kind of bad one.

Enters: claims and headers. Leaves: tokens in compact form, made without the library that checks them. Invariant:
nothing here stops a test from making a token that a decent library would refuse to make.
"""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://issuer.test"
AUDIENCE = "https://graph.test"
URL = "http://keys.test/jwks.json"


@lru_cache
def rsa_key(name: str = "rsa", bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@lru_cache
def ed_key(name: str = "ed") -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


@lru_cache
def ec_key(name: str = "ec") -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def encode(part: bytes | dict[str, Any] | str) -> str:
    raw = json.dumps(part).encode() if isinstance(part, dict) else part.encode() if isinstance(part, str) else part
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "iat": now, "nbf": now, "exp": now + 300, "jti": "j1"}
    found.update(changes)
    return {name: value for name, value in found.items() if value is not ...}


def sign(algorithm: str, key: Any, signed: bytes) -> bytes:
    match algorithm:
        case "EdDSA":
            return key.sign(signed)  # type: ignore[no-any-return]
        case "RS256":
            return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[no-any-return]
        case "ES256":
            r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        case "HS256":
            return hmac.new(key, signed, hashlib.sha256).digest()
        case _:
            return b""


def token(header: dict[str, Any] | str, payload: dict[str, Any] | str, key: Any, algorithm: str | None = None) -> str:
    signed = f"{encode(header)}.{encode(payload)}"
    name = algorithm or (header["alg"] if isinstance(header, dict) else "")
    return f"{signed}.{encode(sign(name, key, signed.encode()))}"


def good_token(**changes: Any) -> str:
    return token({"alg": "EdDSA", "typ": "at+jwt", "kid": "ed-1"}, claims(**changes), ed_key())


def public_jwk(key: Any, **more: Any) -> dict[str, Any]:
    public = key.public_key()
    algorithm = {
        rsa.RSAPublicKey: RSAAlgorithm, ec.EllipticCurvePublicKey: ECAlgorithm, ed25519.Ed25519PublicKey: OKPAlgorithm,
    }  # fmt: skip
    maker = next(maker for kind, maker in algorithm.items() if isinstance(public, kind))
    return {**maker.to_jwk(public, as_dict=True), **more}


def public_pem(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


@dataclass
class KeyServer:
    """Answers as the address of a key set would; `failing` has it answer not at all."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    failing: bool = False
    body: bytes | None = None
    calls: int = 0

    async def __call__(self, url: str, headers: Sequence[tuple[str, str]]) -> bytes:
        self.calls += 1
        if self.failing:
            raise OSError("unreachable")
        return self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()


def standard_keys() -> list[dict[str, Any]]:
    return [
        public_jwk(ed_key(), kid="ed-1", use="sig", alg="EdDSA"),
        public_jwk(rsa_key(), kid="rsa-1"),
        public_jwk(ec_key(), kid="ec-1"),
    ]
