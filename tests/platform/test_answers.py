"""The seeded product, through the router: it answers what the documents say, with no more fetches than needed."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.platform.routed import ROOT, Routed

FLAGSHIP = '{ enrollment(id: "00000000-0000-4000-c000-000000000001") { user { email } course { title } } }'
ANSWER = {"enrollment": {"user": {"email": "student1@learn.test"}, "course": {"title": "Introduction to GraphQL"}}}
HOMEPAGE = yaml.safe_load((ROOT / "router.yaml").read_text())["homepage"]


def blocks(text: str, language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


async def test_the_flagship_query_asks_each_service_once(either_routed: Routed) -> None:
    answer = await either_routed.ask(FLAGSHIP, either_routed.platform.student)
    assert answer.body == {"data": ANSWER}
    assert either_routed.asked[0] == "enrollments"
    assert sorted(either_routed.asked[1:]) == ["courses", "users"]


async def test_the_first_query_of_the_readme_has_the_answer_that_it_prints(routed: Routed) -> None:
    start = (ROOT / "README.md").read_text().partition("\n## Start\n")[2].partition("\n## ")[0]
    (query,), (printed,) = blocks(start, "graphql"), blocks(start, "json")
    assert (await routed.ask(query, routed.platform.student)).body == json.loads(printed)


async def test_the_operations_of_the_services_readme_answer(either_routed: Routed) -> None:
    section = (ROOT / "subgraphs/README.md").read_text().partition("\n## Example operations\n")[2].partition("\n## ")[0]
    operations = [line for block in blocks(section, "graphql") for line in block.splitlines()]
    assert len(operations) == 4
    sign_in, *others = operations
    token = (await either_routed.ask(sign_in)).data["tokenAuth"]["accessToken"]
    for operation in others:
        answer = await either_routed.ask(operation, token)
        assert "errors" not in answer.body, operation
        assert all(answer.data.values()), operation


@pytest.mark.parametrize("example", HOMEPAGE["examples"], ids=lambda example: example["name"])
async def test_the_examples_of_the_page_answer(routed: Routed, example: dict[str, Any]) -> None:
    token = None
    if "account" in example:
        account = next(each for each in HOMEPAGE["sign_in"]["accounts"] if each["label"] == example["account"])
        signed_in = await routed.ask(HOMEPAGE["sign_in"]["operation"], **account["variables"])
        token = signed_in.data["tokenAuth"]["accessToken"]
    answer = await routed.ask(example["query"], token, **example.get("variables", {}))
    allowed = {"FORBIDDEN"} if example["name"] == "Who learns what" else set()
    assert set(answer.codes) <= allowed
    assert all(answer.data.values())
    most = {"My courses": {"users": 2}}.get(example["name"], {})
    for service, count in Counter(routed.asked).items():
        assert count <= most.get(service, 1), routed.asked


@pytest.mark.parametrize(
    ("down", "data"),
    [
        ("users", {"enrollment": {"user": {"email": None}, "course": ANSWER["enrollment"]["course"]}}),
        ("courses", {"enrollment": {"user": ANSWER["enrollment"]["user"], "course": None}}),
        ("enrollments", {"enrollment": None}),
    ],
)
async def test_one_service_down_leaves_the_rest(routed: Routed, down: str, data: object) -> None:
    token = routed.platform.student
    assert (await routed.ask(FLAGSHIP, token)).body == {"data": ANSWER}
    routed.down.add(down)
    answer = await routed.ask(FLAGSHIP, token)
    assert (answer.status, answer.data) == (200, data)
    assert set(answer.codes) == {"SUBREQUEST_HTTP_ERROR"}
    assert all(error["path"][0] == "enrollment" for error in answer.errors)
    assert down not in str([error["message"] for error in answer.errors])


async def test_a_mutation_that_needs_a_missing_service_writes_nothing(routed: Routed) -> None:
    enrol = """mutation { createEnrollment(userId: "00000000-0000-4000-a000-000000000011",
      courseId: "00000000-0000-4000-b000-000000000003") { id } }"""
    token = routed.platform.student
    routed.platform.cut_off("courses")
    refused = await routed.ask(enrol, token)
    assert (refused.data, refused.codes) == ({"createEnrollment": None}, ["UPSTREAM_UNAVAILABLE"])
    assert set(refused.errors[0]["extensions"]) == {"code"}
    asked = """{ isEnrolled(userId: "00000000-0000-4000-a000-000000000011",
      courseId: "00000000-0000-4000-b000-000000000003") }"""
    assert (await routed.ask(asked, token)).data == {"isEnrolled": False}


async def test_refusals_keep_their_codes_without_dev(routed: Routed) -> None:
    again = """mutation { createEnrollment(userId: "00000000-0000-4000-a000-000000000011",
      courseId: "00000000-0000-4000-b000-000000000001") { id } }"""
    answer = await routed.ask(again, routed.platform.student)
    assert answer.data == {"createEnrollment": None}
    assert answer.errors == [
        {
            "message": "The user is enrolled in this course already.",
            "path": ["createEnrollment"],
            "extensions": {"code": "ALREADY_ENROLLED"},
        }
    ]


async def test_a_fault_inside_a_service_stays_inside(routed: Routed, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret text of an exception")

    monkeypatch.setattr("subgraphs.courses.schema.queries.list_courses", fail)
    answer = await routed.ask("{ courses { totalCount } }")
    assert "secret" not in str(answer.body)
    assert answer.codes == ["INTERNAL_SERVER_ERROR"]
