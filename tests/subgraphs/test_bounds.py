"""What one request may cost, however few characters it has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from subgraphs.courses.models import CourseRow
from subgraphs.courses.schema import SCHEMA
from subgraphs.courses.seed import GRAPHQL_ID, INSTRUCTOR_ID
from subgraphs.courses.settings import CoursesSettings
from subgraphs.enrollments.models import EnrollmentRow
from subgraphs.enrollments.seed import STUDENT1_GRAPHQL_ID
from subgraphs.shared.documents import BYTES_A_CHARACTER, DocumentCache
from subgraphs.users.seed import STUDENT1_ID
from subgraphs.users.throttle import subscriber
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import Platform

ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { ... on %s { %s } } }"
START = datetime(2026, 1, 1, tzinfo=UTC)


async def enrol_in_many(platform: Platform, count: int) -> None:
    """The student takes so many courses more."""
    rows = [
        {
            "id": uuid4(),
            "user_id": STUDENT1_ID,
            "course_id": uuid4(),
            "status": "ACTIVE",
            "created_at": START + timedelta(minutes=number),
            "enrolled_at": START,
        }
        for number in range(count)
    ]
    async with platform.apps["enrollments"].state.service.database.write() as session:
        await session.exec(insert(EnrollmentRow), params=rows)


def nested(levels: int) -> str:
    return "enrollments { user { " * levels + "id" + " } }" * levels


async def test_lists_within_lists_end(either_platform: Platform) -> None:
    """Six levels of sixty enrolments each are 47 thousand million objects, asked for with 200 characters."""
    await enrol_in_many(either_platform, 60)
    student = [{"__typename": "User", "id": str(STUDENT1_ID)}]
    token = either_platform.student
    good = await either_platform.ask("enrollments", ENTITIES % ("User", nested(2)), token, r=student)
    assert good.errors == []
    started_at = time.process_time()
    answer = await either_platform.ask("enrollments", ENTITIES % ("User", nested(6)), token, r=student)
    assert (answer.status, answer.codes) == (400, ["OPERATION_TOO_LARGE"])
    assert answer.errors[0]["message"] == "The answer would be too large; ask for less at once."
    assert "data" not in answer.body
    assert time.process_time() - started_at < 15
    # Nothing of it goes on.
    await asyncio.sleep(0.1)
    assert len(asyncio.all_tasks()) == 1
    assert (await either_platform.ask("enrollments", "{ __typename }", token)).errors == []


async def test_the_most_fields_of_an_answer_are_exact(start: StartPlatform) -> None:
    platform = await start(courses={"max_answer_fields": 100})
    keys = [{"__typename": "Course", "id": str(GRAPHQL_ID)}]
    # The root's field is 2, then each course has two that only read, or one of 2 with one that reads.
    for fields, most in (("id title", 49), ("instructor { id }", 32)):
        assert (await platform.ask("courses", ENTITIES % ("Course", fields), r=keys * most)).errors == []
        answer = await platform.ask("courses", ENTITIES % ("Course", fields), r=keys * (most + 1))
        assert answer.codes == ["OPERATION_TOO_LARGE"]


@pytest.mark.parametrize("typename", ["Course", "Nothing"])
async def test_a_request_brings_only_so_many_representations(either_platform: Platform, typename: str) -> None:
    """Fifty times two thousand that are nothing would be a hundred thousand errors, and ten seconds' work."""
    aliased = " ".join(
        f"a{number}: _entities(representations: $r) {{ ... on Course {{ id }} }}" for number in range(50)
    )
    keys = [{"__typename": typename, "id": str(uuid4())} for _ in range(2_000)]
    started_at = time.process_time()
    with either_platform.counting("courses") as statements:
        answer = await either_platform.ask("courses", f"query($r: [_Any!]!) {{ {aliased} }}", r=keys)
    assert time.process_time() - started_at < 5
    assert len(statements) <= 6
    refused = [error["message"] for error in answer.errors if len(error["path"]) == 1]
    assert refused == ["At most 10000 representations may be asked for in one request."]
    assert answer.data is None
    # The next request begins anew.
    assert (await either_platform.ask("courses", ENTITIES % ("Course", "id"), r=keys[:3])).status == 200


async def test_a_field_that_waits_counts_more(start: StartPlatform) -> None:
    platform = await start(enrollments={"max_answer_fields": 100})
    keys = [{"__typename": "Course", "id": str(GRAPHQL_ID)}]
    assert (await platform.ask("enrollments", ENTITIES % ("Course", "enrollmentCount"), r=keys * 4)).errors == []
    answer = await platform.ask("enrollments", ENTITIES % ("Course", "enrollmentCount"), r=keys * 5)
    assert answer.codes == ["OPERATION_TOO_LARGE"]


async def test_a_long_text_may_not_stand_in_an_answer_without_end(platform: Platform) -> None:
    course = uuid4()
    row = CourseRow(id=course, title="long", title_folded="long", description="d" * 20_000, instructor_id=INSTRUCTOR_ID)
    async with platform.apps["courses"].state.service.database.write() as session:
        session.add(row)
    keys = [{"__typename": "Course", "id": str(course)}]
    answer = await platform.ask("courses", ENTITIES % ("Course", "description"), r=keys * 900)
    assert len(answer.data["_entities"]) == 900
    answer = await platform.ask("courses", ENTITIES % ("Course", "description"), r=keys * 1_001)
    assert answer.codes == ["OPERATION_TOO_LARGE"]


@pytest.mark.parametrize(
    "fields",
    [
        " ".join(f"a{n}: __typename" for n in range(51)),
        "... { " + " ".join(f"a{n}: __typename" for n in range(51)) + " }",
        "...F " + " ".join(f"a{n}: __typename" for n in range(26)),
        " ".join(f'a{n}: courses(search: "{n}") {{ totalCount }}' for n in range(51)),
    ],
    ids=["plain", "inline", "fragment", "counts"],
)
async def test_an_operation_has_only_so_many_root_fields(platform: Platform, fields: str) -> None:
    fragment = " fragment F on Query { " + " ".join(f"b{n}: __typename" for n in range(25)) + " }"
    text = f"{{ {fields} }}" + (fragment if "...F" in fields else "")
    answer = await platform.ask("courses", text)
    assert (answer.status, answer.codes) == (400, ["OPERATION_TOO_LARGE"])
    assert answer.errors[0]["message"] == "The operation has more than 50 fields at its root."
    fewer = text.replace("a0: __typename ", "").replace('a0: courses(search: "0") { totalCount } ', "")
    assert (await platform.ask("courses", fewer)).errors == []


async def test_passwords_are_not_guessed_by_the_hundred_in_one_request(platform: Platform) -> None:
    guess = 'tokenAuth(username: "student{n}@learn.test", password: "a guess") {{ expiresIn }}'
    text = "mutation { " + " ".join(f"a{n}: " + guess.format(n=n) for n in range(51)) + " }"
    assert (await platform.ask("users", text)).codes == ["OPERATION_TOO_LARGE"]


async def test_an_operation_has_only_so_many_different_lists(platform: Platform) -> None:
    keys = [{"__typename": "User", "id": str(STUDENT1_ID)}]
    lists = " ".join(f"a{n}: enrollments(first: {n + 1}) {{ id }}" for n in range(21))
    await platform.ask("enrollments", "{ __typename }")
    with platform.counting("enrollments") as statements:
        answer = await platform.ask("enrollments", ENTITIES % ("User", lists), platform.student, r=keys)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert len(statements) == 20
    assert [name for name, found in answer.data["_entities"][0].items() if found is None] == ["a20"]


async def test_lists_have_only_so_many_rows_together(
    either_platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subgraphs.enrollments.register.MAX_ROWS", 12)
    await enrol_in_many(either_platform, 12)
    keys = [{"__typename": "User", "id": str(STUDENT1_ID)}]
    token = either_platform.student
    answer = await either_platform.ask(
        "enrollments", ENTITIES % ("User", "enrollments(first: 12) { id }"), token, r=keys
    )
    assert len(answer.data["_entities"][0]["enrollments"]) == 12
    answer = await either_platform.ask("enrollments", ENTITIES % ("User", "enrollments { id }"), token, r=keys)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "At most 12 enrolments" in answer.errors[0]["message"]


async def test_a_body_that_comes_too_slowly_ends(start: StartPlatform) -> None:
    platform = await start(courses={"request_timeout": 0.2})

    async def drip() -> AsyncIterator[bytes]:
        yield b'{"query": "{ __typename'
        await asyncio.sleep(30)

    response = await platform.client.post(
        "http://courses.test/graphql", content=drip(), headers={"content-type": "application/json"}
    )
    assert (response.status_code, response.headers["connection"]) == (408, "close")
    assert response.json()["errors"][0]["extensions"]["code"] == "REQUEST_TIMEOUT"


@pytest.mark.parametrize("depth", [50, 150, 190, 250, 2_000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ("{a: ", "}")], ids=["lists", "objects"])
async def test_values_nested_however_deeply_are_no_fault(
    platform: Platform, depth: int, opened: str, closed: str
) -> None:
    value = opened * depth + "1" + closed * depth
    text = f'{{ _entities(representations: [{{__typename: "Course", id: "x", other: {value}}}]) {{ __typename }} }}'
    answer = await platform.ask("courses", text)
    assert answer.status in (200, 400)
    assert answer.codes in ([], ["GRAPHQL_PARSE_FAILED"], ["OPERATION_TOO_LARGE"])


def test_documents_that_are_kept_are_bounded_in_bytes() -> None:
    settings = CoursesSettings(document_cache_bytes=1_000_000)
    cache = DocumentCache(SCHEMA.executable, settings)
    most = 1_000_000 // BYTES_A_CHARACTER
    texts = [f"{{ a{number}: __typename }}" + " " * 2_000 for number in range(50)]
    first = cache.read(texts[0])
    assert cache.read(texts[0]) is first
    for text in texts:
        cache.read(text)
        assert sum(map(len, cache._kept)) <= most
        assert cache._kept_characters == sum(map(len, cache._kept))
    assert len(cache._kept) == 3
    assert cache.read(texts[0]) is not first


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
    ],
)
def test_an_ipv6_address_counts_as_its_network(address: str, counted: str) -> None:
    assert subscriber(address) == counted


async def test_a_subscriber_has_no_more_guesses_for_having_more_addresses(start: StartPlatform) -> None:
    platform = await start(users={"lockout_address_threshold": 3})
    sign_in = 'mutation($u: String!) { tokenAuth(username: $u, password: "a guess") { expiresIn } }'
    codes = []
    for number in range(5):
        headers = {"x-forwarded-for": f"2001:db8::{number + 1:x}"}
        codes += (await platform.ask("users", sign_in, headers=headers, u=f"nobody{number}@learn.test")).codes
    assert codes == ["INVALID_CREDENTIALS"] * 3 + ["TOO_MANY_ATTEMPTS"] * 2
    elsewhere = {"x-forwarded-for": "2001:db8:0:1::1"}
    answer = await platform.ask("users", sign_in, headers=elsewhere, u="nobody@learn.test")
    assert answer.codes == ["INVALID_CREDENTIALS"]


@pytest.mark.parametrize(
    ("service", "fields", "statements"),
    [
        ("courses", [f'course(id: "{each}") {{ title }}' for each in [*(uuid4() for _ in range(49)), GRAPHQL_ID]], 1),
        ("users", [f'user(id: "{uuid4()}") {{ displayName }}' for _ in range(49)] + ["whoami { id }"], 1),
        (
            "enrollments",
            [f'enrollment(id: "{each}") {{ id }}' for each in [*(uuid4() for _ in range(49)), STUDENT1_GRAPHQL_ID]],
            1,
        ),
        (
            "enrollments",
            [f'isEnrolled(userId: "{STUDENT1_ID}", courseId: "{uuid4()}")' for _ in range(49)]
            + [f'isEnrolled(userId: "{STUDENT1_ID}", courseId: "{GRAPHQL_ID}")'],
            1,
        ),
        # Four loaders: enrolments of all users, of all courses, the counts; and the list itself.
        (
            "enrollments",
            [
                "enrollments(first: 100) { user { enrollments { id } } "
                "course { enrollmentCount students { id } enrollments { id } } }"
            ],
            4,
        ),
        ("courses", ["courses(first: 100) { edges { node { title instructor { id } } } }"], 1),
    ],
    ids=["course", "user", "enrollment", "isEnrolled", "lists in a list", "a list"],
)
async def test_one_statement_for_each_kind_however_many_fields(
    either_platform: Platform, service: str, fields: list[str], statements: int
) -> None:
    await either_platform.ask(service, "{ __typename }", either_platform.admin)
    query = "{ " + " ".join(f"a{number}: {field}" for number, field in enumerate(fields)) + " }"
    with either_platform.counting(service) as seen:
        answer = await either_platform.ask(service, query, either_platform.admin)
    assert answer.errors == []
    assert answer.data[f"a{len(fields) - 1}"]
    assert len(seen) == statements, seen
