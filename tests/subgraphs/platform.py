"""The three services in one process, as tests use them.

Enters: databases that are migrated and seeded. Leaves: a `Platform` that answers operations without a socket.
Invariant: each host name leads to one application, so the services call each other as they do in production.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event

from subgraphs.courses import app as courses_app
from subgraphs.courses.settings import CoursesSettings
from subgraphs.enrollments import app as enrollments_app
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.identity import Role
from subgraphs.users import app as users_app
from subgraphs.users import seed as users_seed
from subgraphs.users.settings import UsersSettings
from subgraphs.users.signing_keys import KeyRing
from subgraphs.users.tokens import issue_access_token

SERVICES = ("users", "courses", "enrollments")
KEYS = KeyRing(()).rotate("EdDSA", 1, 0, 600)
OTHER_STUDENT_ID = users_seed.STUDENT2_ID
OTHER_INSTRUCTOR_ID = UUID("00000000-0000-4000-a000-000000000003")

#: What a busy machine needs; tests about a time-out set their own.
PATIENT: dict[str, Any] = {
    "request_timeout": 60,
    "ready_timeout": 60,
    "jwks_timeout": 30,
    "database_pool_timeout": 60,
    "database_connect_timeout": 60,
    "database_statement_timeout": 60,
}
#: Times that mustn't be over before a busy machine has asked again. Tests move the clock of what is stored.
UNHURRIED: dict[str, Any] = {"lockout_first_wait": 600.0, "refresh_grace": 50.0}
#: Cheap hashing, so that a test costs no more than it must.
QUICK: dict[str, Any] = {"argon2_time_cost": 1, "argon2_memory_cost": 8192, "argon2_parallelism": 1}
WHERE: dict[str, Any] = {"jwks_url": "http://users.test/.well-known/jwks.json"}
SIBLINGS: dict[str, Any] = {
    "users_url": "http://users.test/graphql",
    "courses_url": "http://courses.test/graphql",
    "sibling_timeout": 30,
}


def users_settings(url: str, **changes: Any) -> UsersSettings:
    own = {"database_url": url, "signing_keys": SecretStr(KEYS.to_json().decode())}
    return UsersSettings(**{**own, **PATIENT, **UNHURRIED, **QUICK, **changes})


def courses_settings(url: str, **changes: Any) -> CoursesSettings:
    return CoursesSettings(**{"database_url": url, **PATIENT, **WHERE, **changes})


def enrollments_settings(url: str, **changes: Any) -> EnrollmentsSettings:
    return EnrollmentsSettings(**{"database_url": url, **PATIENT, **WHERE, **SIBLINGS, **changes})


class HostTransport(httpx2.AsyncBaseTransport):
    """Sends a request to the transport of its host; a host without one can't be reached."""

    def __init__(self) -> None:
        self.hosts: dict[str, httpx2.AsyncBaseTransport] = {}
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        transport = self.hosts.get(request.url.host)
        if transport is None:
            raise httpx2.ConnectError("no such host", request=request)
        return await transport.handle_async_request(request)

    def calls(self, host: str) -> int:
        return sum(request.url.host == host and request.method == "POST" for request in self.requests)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; `codes` are the errors' codes in order."""

    status: int
    body: dict[str, Any]
    headers: httpx2.Headers

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors", [])

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


@dataclass(slots=True)
class Platform:
    """Three running services. `client` reaches them as `http://users.test`, and so on."""

    apps: dict[str, FastAPI]
    transport: HostTransport
    client: httpx2.AsyncClient
    is_sqlite: bool
    statements: list[str] = field(default_factory=list)

    async def ask(
        self,
        service: str,
        query: str,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **variables: Any,
    ) -> Answer:
        """POST one operation to a service."""
        sent = {"accept": "application/graphql-response+json", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        body = {"query": query, "variables": variables}
        response = await self.client.post(f"http://{service}.test/graphql", json=body, headers=sent)
        return Answer(response.status_code, response.json(), response.headers)

    def token(self, user_id: UUID, role: Role) -> str:
        parts = self.apps["users"].state.parts
        return issue_access_token(parts.settings, parts.keys, user_id, role).text

    @property
    def admin(self) -> str:
        return self.token(users_seed.ADMIN_ID, Role.ADMIN)

    @property
    def instructor(self) -> str:
        return self.token(users_seed.INSTRUCTOR_ID, Role.INSTRUCTOR)

    @property
    def other_instructor(self) -> str:
        return self.token(OTHER_INSTRUCTOR_ID, Role.INSTRUCTOR)

    @property
    def student(self) -> str:
        return self.token(users_seed.STUDENT1_ID, Role.STUDENT)

    @property
    def other_student(self) -> str:
        return self.token(OTHER_STUDENT_ID, Role.STUDENT)

    @contextmanager
    def counting(self, service: str) -> Iterator[list[str]]:
        """The SQL statements that a service runs meanwhile."""
        engines = self.apps[service].state.service.database.engines
        seen: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                seen.append(statement)

        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)

    def cut_off(self, service: str) -> None:
        """From now on nobody reaches that service."""
        del self.transport.hosts[f"{service}.test"]


@asynccontextmanager
async def start_platform(
    urls: dict[str, str], changes: dict[str, dict[str, Any]] | None = None
) -> AsyncIterator[Platform]:
    """Start the three services on databases that exist. `changes` overrides settings by service, or for `all`."""
    changes = changes or {}
    both = changes.get("all", {})

    def merged(service: str) -> dict[str, Any]:
        return {**both, **changes.get(service, {})}

    transport = HostTransport()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx2.AsyncClient(transport=transport))
        apps = {
            "users": users_app.create_app(users_settings(urls["users"], **merged("users")), http_client=client),
            "courses": courses_app.create_app(
                courses_settings(urls["courses"], **merged("courses")), http_client=client
            ),
            "enrollments": enrollments_app.create_app(
                enrollments_settings(urls["enrollments"], **merged("enrollments")), http_client=client
            ),
        }
        for service, app in apps.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport.hosts[f"{service}.test"] = httpx2.ASGITransport(app=app)
        yield Platform(apps, transport, client, urls["users"].startswith("sqlite"))
