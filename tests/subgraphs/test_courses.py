"""Courses, as a client of the courses service sees them."""

from __future__ import annotations

from typing import Any

import pytest

from subgraphs.courses.seed import ARCHIVED_ID, DRAFT_ID, GRAPHQL_ID, INSTRUCTOR_ID
from tests.subgraphs.platform import Platform

CREATE = """mutation($t: String!, $d: String!, $draft: Boolean! = false, $c: Int) {
  createCourse(title: $t, description: $d, draft: $draft, capacity: $c) { id title status capacity instructor { id } }
}"""
PAGE = """query($first: Int, $after: String, $search: String, $status: CourseStatus, $teacher: ID) {
  courses(first: $first, after: $after, search: $search, status: $status, instructorId: $teacher) {
    totalCount edges { cursor node { id title } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def make(platform: Platform, title: str, token: str | None = None, **more: Any) -> dict[str, Any]:
    answer = await platform.ask("courses", CREATE, token or platform.instructor, t=title, d="", **more)
    course: dict[str, Any] = answer.data["createCourse"]
    return course


async def test_an_instructor_creates_a_course(either_platform: Platform) -> None:
    answer = await either_platform.ask(
        "courses", CREATE, either_platform.instructor, t=" Graphs ", d="All of them", c=5
    )
    course = answer.data["createCourse"]
    assert (course["title"], course["status"], course["capacity"]) == ("Graphs", "PUBLISHED", 5)
    assert course["instructor"] == {"id": str(INSTRUCTOR_ID)}


async def test_who_may_create_a_course(platform: Platform) -> None:
    assert (await platform.ask("courses", CREATE, t="x", d="")).codes == ["UNAUTHENTICATED"]
    assert (await platform.ask("courses", CREATE, platform.student, t="x", d="")).codes == ["FORBIDDEN"]
    assert await make(platform, "x", platform.admin)


@pytest.mark.parametrize(
    "arguments",
    [{"t": " "}, {"t": "x" * 201}, {"d": "x" * 20_001}, {"c": 0}, {"c": -1}, {"c": 2_000_000}, {"t": "a\x00"}],
)
async def test_bad_input_makes_no_course(platform: Platform, arguments: dict[str, Any]) -> None:
    answer = await platform.ask("courses", CREATE, platform.instructor, **{"t": "x", "d": "", **arguments})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert (await platform.ask("courses", PAGE)).data["courses"]["totalCount"] == 3


async def test_the_list_holds_published_courses_in_order(platform: Platform) -> None:
    whole = (await platform.ask("courses", "{ allCourses { id status } }", platform.admin)).data["allCourses"]
    assert [course["status"] for course in whole] == ["PUBLISHED"] * 3
    page = "query($a: ID) { allCourses(first: 2, after: $a) { id status } }"
    first = (await platform.ask("courses", page)).data["allCourses"]
    assert first == whole[:2]
    assert (await platform.ask("courses", page, a=first[-1]["id"])).data["allCourses"] == whole[2:]
    assert (await platform.ask("courses", page, a="nonsense")).data["allCourses"] == []
    assert (await platform.ask("courses", "{ allCourses(first: 1000) { id } }")).codes == ["BAD_USER_INPUT"]


async def test_pages_meet_without_a_gap_while_courses_are_added(either_platform: Platform) -> None:
    platform = either_platform
    titles = [(await make(platform, f"Course {number}"))["title"] for number in range(5)]
    seen: list[str] = []
    after = None
    for _ in range(20):
        answer = await platform.ask("courses", PAGE, first=3, after=after)
        page = answer.data["courses"]
        seen += [edge["node"]["title"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        if len(seen) == 3:
            titles.append((await make(platform, "Added meanwhile"))["title"])
    assert seen[3:] == titles
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["", "nonsense", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk6eA==", "é"])
async def test_a_made_up_cursor_is_refused(platform: Platform, cursor: str) -> None:
    assert (await platform.ask("courses", PAGE, after=cursor)).codes == ["BAD_USER_INPUT"]


async def test_search_ignores_case_and_takes_wildcards_as_letters(either_platform: Platform) -> None:
    platform = either_platform
    await make(platform, "100% ÜBUNG_1")
    for search, expected in (("übung", 1), ("GRAPH", 2), ("%", 1), ("_", 1), ("nothing like it", 0), ("", 4)):
        answer = await platform.ask("courses", PAGE, search=search)
        assert answer.data["courses"]["totalCount"] == expected, search
    for search in ("x" * 101, "a\x00b"):
        assert (await platform.ask("courses", PAGE, search=search)).codes == ["BAD_USER_INPUT"]


async def test_a_draft_is_seen_by_its_makers_only(platform: Platform) -> None:
    one = "query($i: ID!) { course(id: $i) { title } }"
    entity = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Course { title } } }"
    forged = [{"__typename": "Course", "id": str(DRAFT_ID), "status": "PUBLISHED", "instructor": {"id": "me"}}]
    for token, visible in (
        (None, False),
        (platform.student, False),
        (platform.other_instructor, False),
        (platform.instructor, True),
        (platform.admin, True),
    ):
        assert ((await platform.ask("courses", one, token, i=str(DRAFT_ID))).data["course"] is not None) == visible
        assert ((await platform.ask("courses", entity, token, r=forged)).data["_entities"][0] is not None) == visible
        drafts = (await platform.ask("courses", PAGE, token, status="DRAFT")).data["courses"]
        assert (drafts["totalCount"] == 1) == visible
    assert (await platform.ask("courses", one, i=str(ARCHIVED_ID))).data["course"] is not None


async def test_the_life_of_a_course(either_platform: Platform) -> None:
    platform = either_platform
    course = await make(platform, "Draft", draft=True)
    one = "query($i: ID!) { course(id: $i) { title status capacity } }"
    publish = "mutation($i: ID!) { publishCourse(id: $i) { status } }"
    archive = "mutation($i: ID!) { archiveCourse(id: $i) { status } }"
    update = """mutation($i: ID!, $t: String, $c: Int) {
      updateCourse(id: $i, title: $t, capacity: $c) { title capacity } }"""
    rename = "mutation($i: ID!, $t: String) { updateCourse(id: $i, title: $t) { title capacity } }"
    token, i = platform.instructor, course["id"]

    for refused, code in ((None, "UNAUTHENTICATED"), (platform.student, "COURSE_NOT_FOUND")):
        assert (await platform.ask("courses", publish, refused, i=i)).codes == [code]
    assert (await platform.ask("courses", publish, token, i=i)).data["publishCourse"] == {"status": "PUBLISHED"}
    assert (await platform.ask("courses", publish, token, i=i)).codes == ["COURSE_STATUS"]
    assert (await platform.ask("courses", rename, platform.other_instructor, i=i, t="Mine")).codes == ["FORBIDDEN"]

    answer = await platform.ask("courses", update, token, i=i, t="New", c=3)
    assert answer.data["updateCourse"] == {"title": "New", "capacity": 3}
    answer = await platform.ask("courses", rename, token, i=i, t="Newer")
    assert answer.data["updateCourse"] == {"title": "Newer", "capacity": 3}
    answer = await platform.ask("courses", update, platform.admin, i=i, c=None)
    assert answer.data["updateCourse"] == {"title": "Newer", "capacity": None}
    assert (await platform.ask("courses", rename, token, i=i)).codes == ["BAD_USER_INPUT"]

    assert (await platform.ask("courses", archive, token, i=i)).data["archiveCourse"] == {"status": "ARCHIVED"}
    assert (await platform.ask("courses", rename, token, i=i, t="x")).codes == ["COURSE_STATUS"]
    assert (await platform.ask("courses", one, i=i)).data["course"]["status"] == "ARCHIVED"
    assert (await platform.ask("courses", archive, token, i="nonsense")).codes == ["COURSE_NOT_FOUND"]


async def test_lists_can_be_narrowed_to_an_instructor(platform: Platform) -> None:
    mine = await make(platform, "Mine", platform.other_instructor)
    teacher = mine["instructor"]["id"]
    page = (await platform.ask("courses", PAGE, teacher=teacher)).data["courses"]
    assert [edge["node"]["id"] for edge in page["edges"]] == [mine["id"]]
    assert (await platform.ask("courses", PAGE, teacher="nonsense")).data["courses"]["totalCount"] == 0


async def test_an_unknown_id_is_null_without_an_error(platform: Platform) -> None:
    one = "query($i: ID!) { course(id: $i) { title } }"
    for unknown in ("nonsense", "5", str(GRAPHQL_ID).replace("b", "d")):
        assert (await platform.ask("courses", one, i=unknown)).body == {"data": {"course": None}}
