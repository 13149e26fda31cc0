"""The users application.

Enters: settings, and an HTTP client for tests and embedding. Leaves: a FastAPI application with `/graphql`,
`/health` and `/.well-known/jwks.json`.
"""

from __future__ import annotations

import time
from functools import partial

import httpx2
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from subgraphs.shared.app import Service, build_app
from subgraphs.shared.database import Database
from subgraphs.shared.metrics import Reading
from subgraphs.shared.token_check import TokenCheck
from subgraphs.users.context import UsersParts, make_context
from subgraphs.users.models import MIGRATIONS
from subgraphs.users.passwords import PasswordHasher
from subgraphs.users.schema import SCHEMA
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KEY_SET_MAX_AGE, KeyRingError, KeyRingStore, OwnKeySet


def create_app(settings: UsersSettings | None = None, *, http_client: httpx2.AsyncClient | None = None) -> FastAPI:
    """Build the application. The users service calls no other: `http_client` is taken for the siblings' signature.

    Raises `KeyRingError` when the named key ring is missing or can't be read.
    """
    settings = settings or UsersSettings()
    keys = KeyRingStore(settings)
    keys.ring()
    parts = UsersParts(settings, Database(settings), keys, PasswordHasher(settings))
    service = Service(
        name="users",
        settings=settings,
        schema=SCHEMA,
        database=parts.database,
        migrations=MIGRATIONS,
        token_check=TokenCheck(settings, OwnKeySet(keys)),
        make_context=partial(make_context, parts),
        closing=[parts.hasher.close],
    )
    service.metrics.readings.append(
        Reading(
            "subgraph_password_hashings", "Passwords that are hashed or wait for it.", parts.hasher.hashings, "state"
        )
    )
    age = "Seconds since the key that signs access tokens began to; of none, none."
    service.metrics.readings.append(Reading("subgraph_signing_key_age_seconds", age, keys.signing_age))
    app = build_app(service)
    app.state.parts = parts

    async def jwks(_: Request) -> JSONResponse:
        try:
            published = keys.ring().published(time.time())
        except KeyRingError:
            return JSONResponse({"keys": []}, 503)
        cache = {"cache-control": f"public, max-age={KEY_SET_MAX_AGE}"}
        return JSONResponse({"keys": [key.public_jwk for key in published]}, headers=cache)

    app.add_route("/.well-known/jwks.json", jwks, methods=["GET"])
    return app
