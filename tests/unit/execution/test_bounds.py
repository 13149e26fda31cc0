"""What is bounded in an answer, and what isn't: the number of errors, and the size of integers."""

from __future__ import annotations

from typing import Any

from router.execution.answers import has_long_numbers, read_json
from router.execution.errors import FULL_ERRORS, MAX_KEPT, MAX_TOLD, ResponseError, format_errors
from router.query_plan.nodes import RepresentationShape, RequiredField, SequenceNode

from .conftest import Run
from .graph import entity_fetch, key, root_fetch

USERS = 12_000
BIG = 2**70 + 1


async def test_ten_thousand_entities_fail(run: Run) -> None:
    rest = entity_fetch("b", "users.@", "... on User { age }", id=1)
    plan = SequenceNode((root_fetch("a", "{ users { id } }"), rest))

    def fail(body: dict[str, Any]) -> Any:
        count = len(body["variables"]["representations"])
        errors = [{"message": f"no {number}", "path": ["_entities", number, "age"]} for number in range(count)]
        return {"data": {"_entities": [{"age": None}] * count}, "errors": errors}

    users = [{"__typename": "User", "id": str(number)} for number in range(USERS)]
    result, _ = await run("{ users { id age } }", plan, {"a": {"data": {"users": users}}, "b": fail})
    assert result.data is not None
    assert result.data["users"] == [{"id": str(number), "age": None} for number in range(USERS)]
    assert len(result.errors) <= 2 * MAX_KEPT
    told = format_errors(result.errors, {"": FULL_ERRORS})
    assert len(told) == MAX_TOLD + 1
    assert told[0]["path"] == ["users", 0, "age"]
    assert told[-1]["extensions"] == {"code": "MORE_ERRORS"}


async def test_one_failing_entity_in_many_places(run: Run) -> None:
    rest = entity_fetch("b", "users.@", "... on User { email }", id=1)
    plan = SequenceNode((root_fetch("a", "{ users { id } }"), rest))
    users = [{"__typename": "User", "id": "1"}] * USERS
    wrong = {"data": {"_entities": [None]}, "errors": [{"message": "no", "path": ["_entities", 0]}]}
    result, transport = await run("{ users { id email } }", plan, {"a": {"data": {"users": users}}, "b": wrong})
    assert result.data == {"users": [None] * USERS}
    assert len(result.errors) <= 2 * MAX_KEPT
    assert len(transport.requests[-1][1]["variables"]["representations"]) == 1


def test_no_more_is_said_where_all_are_told() -> None:
    errors = [ResponseError("x", path=(number,)) for number in range(MAX_TOLD)]
    assert len(format_errors(errors, {})) == MAX_TOLD
    assert format_errors(errors, {})[-1]["path"] == [MAX_TOLD - 1]
    assert len(format_errors([ResponseError("x")] * (MAX_TOLD + 1), {})) == 1


async def test_integers_beyond_64_bits_pass(run: Run) -> None:
    shape = RepresentationShape(("User",), (key(), RequiredField("blob", "blob", key=False)))
    plan = SequenceNode(
        (root_fetch("a", "{ me { id blob } }"), entity_fetch("b", "me", "... on User { age }", shapes=(shape,), id=1))
    )
    me = {"__typename": "User", "id": "1", "blob": {"n": BIG, "text": "1" * 30}}
    answers = {"a": {"data": {"me": me}}, "b": {"data": {"_entities": [{"age": 3}]}}}
    result, transport = await run("{ me { blob age } }", plan, answers)
    assert result.errors == []
    assert result.data == {"me": {"blob": {"n": BIG, "text": "1" * 30}, "age": 3}}
    (sent,) = transport.requests[-1][1]["variables"]["representations"]
    assert sent["blob"]["n"] == BIG


def test_long_numbers_are_noticed() -> None:
    assert not has_long_numbers(b'{"a": 999999999999999999, "b": "x1", "c": 1.5e300}')
    assert has_long_numbers(b'{"a": 18446744073709551616}')
    assert read_json(b"[18446744073709551616, -99999999999999999999]", exact=True) == [2**64, -(10**20) + 1]
    assert isinstance(read_json(b"[18446744073709551616]", exact=False)[0], float)
