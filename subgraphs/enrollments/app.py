"""The enrollments application.

Enters: settings, and an HTTP client for tests and embedding. Leaves: a FastAPI application with `/graphql` and
`/health`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
from fastapi import FastAPI

from subgraphs.enrollments.context import EnrollmentsContext, EnrollmentsParts
from subgraphs.enrollments.models import MIGRATIONS
from subgraphs.enrollments.schema import SCHEMA
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.app import Service, build_app, open_client
from subgraphs.shared.database import Database
from subgraphs.shared.graphql_http import CallScope
from subgraphs.shared.key_set import RemoteKeySet
from subgraphs.shared.sibling import Sibling
from subgraphs.shared.token_check import TokenCheck


def create_app(
    settings: EnrollmentsSettings | None = None, *, http_client: httpx2.AsyncClient | None = None
) -> FastAPI:
    """Build the application. Keys and siblings are asked with `http_client`, or with a client of its own."""
    settings = settings or EnrollmentsSettings()
    closing: list[Callable[[], Awaitable[None]]] = []
    client = open_client(http_client, closing)
    keys = RemoteKeySet(settings, client)
    closing.append(keys.close)

    def sibling(name: str, url: str) -> Sibling:
        return Sibling(name, url, client, settings.signature_secrets, settings.sibling_timeout)

    parts = EnrollmentsParts(
        settings, Database(settings), sibling("users", settings.users_url), sibling("courses", settings.courses_url)
    )

    def make_context(scope: CallScope) -> EnrollmentsContext:
        return EnrollmentsContext(parts, scope.caller, scope.authorization)

    return build_app(
        Service(
            name="enrollments",
            settings=settings,
            schema=SCHEMA,
            database=parts.database,
            migrations=MIGRATIONS,
            token_check=TokenCheck(settings, keys),
            make_context=make_context,
            closing=closing,
        )
    )
