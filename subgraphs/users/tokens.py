"""Access tokens: what the users service signs (RFC 9068).

Enters: an account. Leaves: a signed token and its life. Invariant: each claim that `subgraphs.shared.token_check`
asks for is written here, and times are whole seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import jwt
from jwt import PyJWK

from subgraphs.shared.identity import SCOPES_OF_ROLE, Role
from subgraphs.shared.token_check import TOKEN_TYPE, TOKEN_USE
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KeyRingStore


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`text` is the token; `expires_in` its life in seconds."""

    text: str
    expires_in: int


def issue_access_token(settings: UsersSettings, keys: KeyRingStore, account_id: UUID, role: Role) -> AccessToken:
    """Sign a token for an account. Raises `KeyRingError` when no key may sign."""
    now = int(time.time())
    key = keys.ring().signing_key(now)
    claims = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "sub": str(account_id),
        "iat": now,
        "nbf": now,
        "exp": now + settings.access_token_life,
        "jti": str(uuid4()),
        "token_use": TOKEN_USE,
        "role": role.value,
        "scope": " ".join(SCOPES_OF_ROLE[role]),
    }
    headers = {"typ": TOKEN_TYPE, "kid": key.key_id}
    text = jwt.encode(claims, PyJWK(key.jwk).key, algorithm=key.algorithm, headers=headers)
    return AccessToken(text, settings.access_token_life)
