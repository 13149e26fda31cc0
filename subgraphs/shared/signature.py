"""Signed calls between the router and the services.

Enters: a request's method, target and body, and shared secrets. Leaves: one header's text, or a verdict.
Invariant: comparing takes the same time whatever the signature is, and an old or future call is refused.

The header is `Supergraph-Signature: t=<seconds since 1970>,v1=<hex>`; `v1` is HMAC-SHA256 under the secret of

    t + "\\n" + METHOD + "\\n" + target + "\\n" + body

where target is the path with its query string, such as `/graphql` or `/graphql?query=%7B...`, as sent.
To replace a secret, list both: the first signs, all are accepted.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from pydantic import SecretStr

SIGNATURE_HEADER: Final = "supergraph-signature"
FORMAT = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def digest(secret: SecretStr, timestamp: int, method: str, target: str, body: bytes) -> str:
    signed = f"{timestamp}\n{method.upper()}\n{target}\n".encode() + body
    return hmac.new(secret.get_secret_value().encode(), signed, sha256).hexdigest()


def sign_call(secrets: Sequence[SecretStr], method: str, target: str, body: bytes) -> dict[str, str]:
    """The header of a signed call; empty when no secret is configured."""
    if not secrets:
        return {}
    now = int(time.time())
    return {SIGNATURE_HEADER: f"t={now},v1={digest(secrets[0], now, method, target, body)}"}


def is_signed(
    secrets: Sequence[SecretStr], max_age: int, header: str | None, method: str, target: str, body: bytes
) -> bool:
    """Whether one of the secrets signed this very call at most `max_age` seconds ago. Without secrets, always."""
    if not secrets:
        return True
    match = FORMAT.fullmatch(header or "")
    if match is None or abs(time.time() - int(match[1])) > max_age:
        return False
    matches = False
    for secret in secrets:  # each of them, so that the time doesn't tell which one it was
        matches |= hmac.compare_digest(digest(secret, int(match[1]), method, target, body), match[2])
    return matches
