"""The short way of the executor gives what the library's own executor gives."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import execute_sync, parse
from graphql.execution import Executor
from sqlalchemy import text

from subgraphs.courses.seed import ARCHIVED_ID, DRAFT_ID, FEDERATION_ID, GRAPHQL_ID, PYTHON_ID
from subgraphs.enrollments.seed import STUDENT1_GRAPHQL_ID, STUDENT2_GRAPHQL_ID
from subgraphs.shared.executor import SubgraphExecutor
from subgraphs.shared.federation import SubgraphSchema
from subgraphs.users.seed import ADMIN_ID, STUDENT1_ID
from tests.subgraphs.platform import Platform

COURSES = [
    {"__typename": "Course", "id": str(i)} for i in (GRAPHQL_ID, DRAFT_ID, ARCHIVED_ID, PYTHON_ID, FEDERATION_ID)
]
ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { "

OPERATIONS: list[tuple[str, str, Any]] = [
    ("courses", ENTITIES + "... on Course { b: title a: title id status capacity createdAt } } }", COURSES),
    ("courses", ENTITIES + "__typename ... on Course { instructor { __typename id } description } } }", COURSES),
    ("courses", ENTITIES + "...F } } fragment F on Course { ...G id } fragment G on Course { s: status }", COURSES),
    ("courses", ENTITIES + '... on Course { id @skip(if: true) title @include(if: true) } } }', COURSES),
    ("courses", "{ z: __typename allCourses { id __typename } courses { totalCount edges { cursor node { status } } "
                "pageInfo { hasNextPage endCursor } } }", None),
    ("courses", "{ courses(first: 0) { edges { cursor } pageInfo { startCursor hasPreviousPage } } }", None),
    ("courses", ENTITIES + "... on Course { title } } }", [{"__typename": "Nope"}, *COURSES, {"__typename": "Course"}]),
    ("users", ENTITIES + "... on User { displayName email id role createdAt isActive } } }",
     [{"__typename": "User", "id": str(i)} for i in (STUDENT1_ID, ADMIN_ID, DRAFT_ID)]),
    ("users", "{ whoami { role id email } users { email } }", None),
    ("enrollments", ENTITIES + "... on Course { a: enrollmentCount id enrollments { status id user { id } enrolledAt } "
                    "students { id } } ... on User { enrollments { cancelledAt course { id } } id } } }",
     [{"__typename": "User", "id": str(STUDENT1_ID)}, *COURSES[:2]]),
    ("enrollments", ENTITIES + "... on Enrollment { status user { id } course { id enrollmentCount } } } }",
     [{"__typename": "Enrollment", "id": str(i)} for i in (STUDENT1_GRAPHQL_ID, STUDENT2_GRAPHQL_ID)]),
    ("enrollments", "mutation { a: cancelEnrollment(id: 1) { id } b: cancelEnrollment(id: 2) { id status } }", None),
]  # fmt: skip


def tokens(platform: Platform) -> list[str | None]:
    return [None, platform.student, platform.instructor, platform.admin]


async def answers(platform: Platform) -> list[str]:
    """Each operation's whole answer for each caller, with its members in order."""
    found = []
    for service, query, representations in OPERATIONS:
        for token in tokens(platform):
            variables = {} if representations is None else {"r": representations}
            found.append(str((await platform.ask(service, query, token, **variables)).body))
    return found


class LongWay(Executor[Any]):
    """The library's own; the endpoint asks what was spent."""

    spent = budget = 0


async def test_the_short_way_gives_what_the_long_way_gives(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = platform.apps["courses"].state.service.database
    async with database.write() as session:
        connection = await session.connection()
        # A value that can't be finished: an error that both ways must report alike.
        await connection.execute(text("UPDATE courses SET status = 'WRONG' WHERE title LIKE 'Asynchronous%'"))
    short = await answers(platform)
    monkeypatch.setattr("subgraphs.shared.graphql_http.SubgraphExecutor", LongWay)
    long = await answers(platform)
    assert short == long
    assert "INTERNAL_SERVER_ERROR" in "".join(long)
    assert "FORBIDDEN" in "".join(long)


async def test_the_short_way_is_taken(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    original = Executor.execute_field

    def note(self: Any, parent_type: Any, source: Any, details: Any, *rest: Any) -> Any:
        taken.append(f"{parent_type.name}.{details[0].node.name.value}")
        return original(self, parent_type, source, details, *rest)

    monkeypatch.setattr(Executor, "execute_field", note)
    query = ENTITIES + "__typename ... on Course { id title description status createdAt instructor { id } } } }"
    await platform.ask("courses", query, r=COURSES[:1])
    assert taken == ["Query._entities", "Course.instructor"]


@strawberry.type
class Odd:
    text: str
    number: int | None

    @strawberry.field
    def broken(self) -> str:
        raise ValueError("broken")

    @strawberry.field
    def found(self) -> str | None:
        return ValueError("a value")  # type: ignore[return-value]


@strawberry.type
class OddQuery:
    @strawberry.field
    def odd(self) -> Odd | None:
        return Odd(text=None, number=5)  # type: ignore[arg-type]

    @strawberry.field
    def large(self) -> Odd:
        return Odd(text="x", number=2**40)


@pytest.mark.parametrize(
    "query", ["{ odd { number text } }", "{ odd { broken } }", "{ odd { found } }", "{ large { text number } }"]
)
def test_what_cannot_be_finished_is_the_librarys_error(query: str) -> None:
    schema = SubgraphSchema(query=OddQuery, mutation=None, types=[]).executable
    short = execute_sync(schema, parse(query), executor_class=SubgraphExecutor)
    long = execute_sync(schema, parse(query), executor_class=Executor)
    assert short.formatted == long.formatted
    assert long.errors
