"""What a subgraph owes the router: clean SDL, and entities that fail one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import parse

import subgraphs
from subgraphs.courses.schema import SCHEMA as COURSES
from subgraphs.courses.seed import FEDERATION_ID, GRAPHQL_ID
from subgraphs.enrollments.schema import SCHEMA as ENROLLMENTS
from subgraphs.shared.federation import SubgraphSchema
from subgraphs.users.schema import SCHEMA as USERS
from subgraphs.users.seed import SEEDED_ACCOUNTS, STUDENT1_ID
from tests.subgraphs.platform import Platform

SCHEMAS = {"users": USERS, "courses": COURSES, "enrollments": ENROLLMENTS}
TITLE = "query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Course { id title } } }"


def course(id_: object, **more: Any) -> dict[str, Any]:
    return {"__typename": "Course", "id": str(id_), **more}


@pytest.mark.parametrize("service", SCHEMAS)
def test_the_committed_sdl_is_current(service: str) -> None:
    committed = Path(next(iter(subgraphs.__path__))) / service / "schema.graphql"
    assert committed.read_text(encoding="utf-8") == SCHEMAS[service].sdl, f"run `{service} schema --output {committed}`"


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_the_sdl_is_federation_2_without_its_machinery(schema: SubgraphSchema) -> None:
    parse(schema.sdl)
    assert '@link(url: "https://specs.apollo.dev/federation/v2.' in schema.sdl
    for word in ("_service", "_entities", "_Any", "_Entity", "_Service", "= null"):
        assert word not in schema.sdl


@pytest.mark.parametrize("service", SCHEMAS)
async def test_the_router_reads_the_same_sdl(platform: Platform, service: str) -> None:
    answer = await platform.ask(service, "{ _service { sdl } }")
    assert answer.data["_service"]["sdl"] == SCHEMAS[service].sdl


@pytest.mark.parametrize(
    ("schema", "entities"),
    [(USERS, {"User"}), (ENROLLMENTS, {"User", "Course", "Enrollment"})],
)
def test_every_entity_can_be_entered(schema: SubgraphSchema, entities: set[str]) -> None:
    union = schema.executable.type_map["_Entity"]
    assert {member.name for member in union.types} == entities  # type: ignore[attr-defined]


async def test_an_unknown_typename_fails_at_its_own_place(platform: Platform) -> None:
    asked = [course(GRAPHQL_ID), {"__typename": "Nope", "id": "1"}, {"id": "1"}, {"__typename": 5, "id": "1"}, 7]
    answer = await platform.ask("courses", TITLE, r=[*asked, course(FEDERATION_ID)])
    assert [entity and entity["id"] for entity in answer.data["_entities"]] == [
        str(GRAPHQL_ID), None, None, None, None, str(FEDERATION_ID)
    ]  # fmt: skip
    assert answer.codes == ["BAD_USER_INPUT"] * 4
    assert [error["path"] for error in answer.errors] == [["_entities", position] for position in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "name", ["Query", "Mutation", "CourseStatus", "PageInfo", "String", "User", "_Any", "_Service"]
)
async def test_a_type_that_is_no_entity_here_is_refused(platform: Platform, name: str) -> None:
    answer = await platform.ask("courses", TITLE, r=[{"__typename": name, "id": str(STUDENT1_ID)}])
    assert answer.data == {"_entities": [None]}
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_bad_key_is_an_error_and_an_unknown_one_is_null(platform: Platform) -> None:
    asked = [
        {"__typename": "Course"},
        course(None) | {"id": None},
        course("") | {"id": ["x"]},
        course("nonsense"),
        course(5),
    ]
    answer = await platform.ask("courses", TITLE, r=asked)
    assert answer.data["_entities"] == [None] * 5
    assert [error["path"][1] for error in answer.errors] == [0, 1, 2]
    assert answer.codes == ["BAD_USER_INPUT"] * 3


async def test_more_fields_than_the_key_change_nothing(platform: Platform) -> None:
    forged = course(GRAPHQL_ID, title="Forged", instructorId="me", createdAt="never", resolve_reference=1, info=2)
    answer = await platform.ask("courses", TITLE, r=[forged])
    assert answer.body == {
        "data": {"_entities": [{"__typename": "Course", "id": str(GRAPHQL_ID), "title": "Introduction to GraphQL"}]}
    }


async def test_two_aliases_over_one_variable_see_the_same(platform: Platform) -> None:
    query = """query($r: [_Any!]!) {
      a: _entities(representations: $r) { ... on Course { title } }
      b: _entities(representations: $r) { ... on Course { title } } }"""
    answer = await platform.ask("courses", query, r=[course(GRAPHQL_ID), course(FEDERATION_ID)])
    assert answer.errors == []
    assert answer.data["a"] == answer.data["b"]
    assert None not in answer.data["a"]


async def test_a_representation_may_be_written_as_a_literal(platform: Platform) -> None:
    literal = f'{{__typename: "Course", id: "{GRAPHQL_ID}"}}'
    query = f"{{ _entities(representations: [{literal}]) {{ ... on Course {{ title }} }} }}"
    assert (await platform.ask("courses", query)).data == {"_entities": [{"title": "Introduction to GraphQL"}]}


async def test_answers_keep_order_and_repetition(platform: Platform) -> None:
    ids = [str(account[0]) for account in SEEDED_ACCOUNTS]
    asked = [ids[2], ids[0], ids[2], "nonsense", ids[1]]
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { id } } }"
    answer = await platform.ask("users", query, r=[{"__typename": "User", "id": id_} for id_ in asked])
    assert [entity and entity["id"] for entity in answer.data["_entities"]] == [*asked[:3], None, asked[4]]


@pytest.mark.parametrize(
    ("service", "typename", "field"), [("users", "User", "displayName"), ("courses", "Course", "title")]
)
async def test_a_hundred_representations_are_one_statement(
    either_platform: Platform, service: str, typename: str, field: str
) -> None:
    ids = [str(account[0]) for account in SEEDED_ACCOUNTS] + [str(GRAPHQL_ID), str(FEDERATION_ID)]
    asked = [{"__typename": typename, "id": ids[number % len(ids)]} for number in range(100)]
    query = f"query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {typename} {{ {field} }} }} }}"
    await either_platform.ask(service, "{ __typename }")
    with either_platform.counting(service) as statements:
        answer = await either_platform.ask(service, query, r=asked)
    assert answer.errors == []
    assert len(statements) == 1


async def test_too_many_representations_are_refused(platform: Platform) -> None:
    answer = await platform.ask("courses", TITLE, r=[course(GRAPHQL_ID)] * 2001)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_unexpected_errors_are_not_shown(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("subgraphs.courses.schema.types.find_courses", fail)
    answer = await platform.ask("courses", TITLE, r=[course(GRAPHQL_ID), course(FEDERATION_ID)])
    assert answer.codes == ["INTERNAL_SERVER_ERROR"] * 2
    assert [error["path"] for error in answer.errors] == [["_entities", 0], ["_entities", 1]]
    assert "42" not in str(answer.body)
    assert "42" in caplog.text


async def test_a_database_that_fails_is_a_typed_error(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    await platform.ask("courses", "{ __typename }")
    database = platform.apps["courses"].state.service.database
    async with database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TABLE courses")
    answer = await platform.ask("courses", TITLE, r=[course(GRAPHQL_ID)])
    assert answer.codes == ["DATABASE_UNAVAILABLE"]
    assert "courses" not in answer.errors[0]["message"]
    assert str(GRAPHQL_ID) not in caplog.text
