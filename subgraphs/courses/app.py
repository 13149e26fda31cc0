"""The courses application.

Enters: settings, and an HTTP client for tests and embedding. Leaves: a FastAPI application with `/graphql` and
`/health`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
from fastapi import FastAPI

from subgraphs.courses.context import CoursesContext
from subgraphs.courses.models import MIGRATIONS
from subgraphs.courses.schema import SCHEMA
from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.app import Service, build_app, open_client
from subgraphs.shared.database import Database
from subgraphs.shared.graphql_http import CallScope
from subgraphs.shared.key_set import RemoteKeySet
from subgraphs.shared.token_check import TokenCheck


def create_app(settings: CoursesSettings | None = None, *, http_client: httpx2.AsyncClient | None = None) -> FastAPI:
    """Build the application. The key set is fetched with `http_client`, or with a client of its own."""
    settings = settings or CoursesSettings()
    closing: list[Callable[[], Awaitable[None]]] = []
    client = open_client(http_client, closing)
    keys = RemoteKeySet(settings, client)
    closing.append(keys.close)
    database = Database(settings)

    def make_context(scope: CallScope) -> CoursesContext:
        return CoursesContext(settings, database, scope.caller)

    return build_app(
        Service(
            name="courses",
            settings=settings,
            schema=SCHEMA,
            database=database,
            migrations=MIGRATIONS,
            token_check=TokenCheck(settings, keys),
            make_context=make_context,
            closing=closing,
        )
    )
