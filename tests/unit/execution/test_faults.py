"""Subgraphs that fail or answer wrong: an error at every place that it empties, the rest of the data intact."""

from __future__ import annotations

from typing import Any

import pytest

from router.execution.transport import SubgraphResponse, TransportError
from router.query_plan.nodes import ParallelNode, Rename, RepresentationShape, RequiredField, SequenceNode

from .conftest import Run
from .graph import entity_fetch, failing, key, path, places, root_fetch, told

USERS = root_fetch("a", "{ users { __typename id name } }")
USERS_ANSWER = {
    "data": {"users": [{"__typename": "User", "id": number, "name": f"n{number}"} for number in ("1", "2", "1")]}
}
TEAMS = SequenceNode((USERS, entity_fetch("b", "users.@", "... on User { team email }")))
QUERY = "{ users { name team } }"
BLANK = {"users": [{"name": "n1", "team": None}, {"name": "n2", "team": None}, {"name": "n1", "team": None}]}
EVERYWHERE = [["users", 0, "team"], ["users", 1, "team"], ["users", 2, "team"]]

WRONG = {
    "unreachable": failing(),
    "time-out": TransportError("slow", code="SUBREQUEST_TIMEOUT"),
    "too large": TransportError("large", code="SUBREQUEST_TOO_LARGE"),
    "not JSON": b"<html><body>Bad gateway</body></html>",
    "truncated": b'{"data": {"_entities": [{"team": "x"}',
    "bad UTF-8": b'{"data": "\xff"}',
    "not a number": b'{"data": {"_entities": [NaN]}}',
    "not an object": [[]],
    "empty": b"",
    "no data": {},
    "data of a wrong kind": {"data": []},
    "null data": {"data": None},
    "null entities": {"data": {"_entities": None}},
    "no entities": {"data": {}},
    "entities of a wrong kind": {"data": {"_entities": {"team": "x"}}},
    "too few entities": {"data": {"_entities": [{"team": "x"}]}},
    "too many entities": {"data": {"_entities": [{"team": "x"}] * 3}},
    "status 500": SubgraphResponse(500, {}, b"oops"),
    "status 500 with JSON": SubgraphResponse(500, {}, b'{"detail": "oops"}'),
    "status 302": SubgraphResponse(302, {"location": "http://elsewhere.test"}, b""),
    "request error": {"errors": [{"message": "no"}]},
    "malformed errors": {"errors": "no"},
    "errors of a wrong kind": {"errors": ["no"]},
    "very deep": b'{"data": {"_entities": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_fetch_that_fails_is_an_error_at_every_place_it_would_have_filled(run: Run, name: str) -> None:
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": WRONG[name]})
    assert result.data == BLANK
    assert places(result) == EVERYWHERE
    assert all(error.service == "b" for error in result.errors)


async def test_codes_tell_what_happened(run: Run) -> None:
    codes = {}
    for name in ("unreachable", "time-out", "too large", "not JSON", "too few entities", "status 500"):
        result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": WRONG[name]})
        codes[name] = result.errors[0].extensions["code"]
    assert codes == {
        "unreachable": "SUBREQUEST_HTTP_ERROR",
        "time-out": "SUBREQUEST_TIMEOUT",
        "too large": "SUBREQUEST_TOO_LARGE",
        "not JSON": "SUBREQUEST_MALFORMED_RESPONSE",
        "too few entities": "SUBREQUEST_MALFORMED_RESPONSE",
        "status 500": "SUBREQUEST_HTTP_ERROR",
    }


async def test_a_failing_root_fetch_leaves_the_others_alone(run: Run) -> None:
    plan = ParallelNode((USERS, root_fetch("b", "{ me { name } media { title } }", id=1)))
    result, _ = await run("{ users { name } me { name } media { title } }", plan, {"a": USERS_ANSWER, "b": failing()})
    assert result.data == {"users": [{"name": "n1"}, {"name": "n2"}, {"name": "n1"}], "me": None, "media": None}
    assert places(result) == [["me"], ["media"]]


async def test_errors_of_entities_are_told_at_every_place_of_the_entity(run: Run) -> None:
    errors = [{"message": "no team", "path": ["_entities", 0, "team"], "extensions": {"code": "E"}}]
    answer = {"data": {"_entities": [{"team": None}, {"team": "y"}]}, "errors": errors}
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": answer})
    assert result.data == {
        "users": [{"name": "n1", "team": None}, {"name": "n2", "team": "y"}, {"name": "n1", "team": None}]
    }
    assert told(result) == [("no team", ["users", 0, "team"]), ("no team", ["users", 2, "team"])]
    assert result.errors[0].extensions == {"code": "E"}


async def test_an_error_that_took_the_whole_entity_explains_its_other_fields_too(run: Run) -> None:
    plan = SequenceNode((USERS, entity_fetch("b", "users.@", "... on User { team age }")))
    errors = [{"message": "boom", "path": ["_entities", 1, "team"]}]
    answer = {"data": {"_entities": [{"team": "x", "age": 1}, None]}, "errors": errors}
    result, _ = await run("{ users { team age } }", plan, {"a": USERS_ANSWER, "b": answer})
    assert result.data is not None
    assert result.data["users"][1] == {"team": None, "age": None}
    assert told(result) == [("boom", ["users", 1, "team"]), ("boom", ["users", 1, "age"])]


async def test_an_error_without_a_path_is_told_at_what_came_empty(run: Run) -> None:
    answer = {"data": {"_entities": [{"team": "x"}, None]}, "errors": [{"message": "boom"}]}
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": answer})
    assert told(result) == [("boom", ["users", 1, "team"])]


async def test_an_error_without_a_path_beside_complete_data_stands_by_itself(run: Run) -> None:
    answer = {"data": {"_entities": [{"team": "x"}, {"team": "y"}]}, "errors": [{"message": "warning"}]}
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": answer})
    assert told(result) == [("warning", None)]


async def test_an_entity_of_another_type_is_not_merged(run: Run) -> None:
    answer = {"data": {"_entities": [{"__typename": "Book", "team": "x"}, {"__typename": "User", "team": "y"}]}}
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": answer})
    assert result.data is not None
    assert [user["team"] for user in result.data["users"]] == [None, "y", None]
    assert places(result) == [["users", 0, "team"], ["users", 2, "team"]]


@pytest.mark.parametrize("entity", ["text", 5, [], True])
async def test_an_entity_that_is_no_object_is_an_error_there(run: Run, entity: Any) -> None:
    answer = {"data": {"_entities": [entity, {"team": "y"}]}}
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": answer})
    assert result.data is not None
    assert [user["team"] for user in result.data["users"]] == [None, "y", None]
    assert places(result) == [["users", 0, "team"], ["users", 2, "team"]]


async def test_what_an_error_emptied_is_not_sent_on(run: Run) -> None:
    """A field computed from an input that an error nulled would be computed from a wrong input."""
    shape = RepresentationShape(("User",), (key(), RequiredField("name", "name", key=False)))
    plan = SequenceNode(
        (
            root_fetch("a", "{ me { __typename id } }"),
            entity_fetch("b", "me", "... on User { name }"),
            entity_fetch("c", "me", "... on User { team }", shapes=(shape,), id=2),
        )
    )
    me = {"data": {"me": {"__typename": "User", "id": "1"}}}
    asked: list[Any] = []

    def team(body: Any) -> Any:
        asked.append(body)
        return {"data": {"_entities": [{"team": "of " + str(body["variables"]["representations"][0]["name"])}]}}

    errors = [{"message": "boom", "path": ["_entities", 0, "name"]}]
    answers = {"a": me, "b": {"data": {"_entities": [{"name": None}]}, "errors": errors}, "c": team}
    result, _ = await run("{ me { name team } }", plan, answers)
    assert asked == []
    assert told(result) == [("boom", ["me", "name"]), ("boom", ["me", "team"])]

    answers["b"] = {"data": {"_entities": [{"name": None}]}}
    result, _ = await run("{ me { name team } }", plan, answers)
    assert result.data == {"me": {"name": None, "team": "of None"}}

    answers["b"] = failing("down")
    result, _ = await run("{ me { name team } }", plan, answers)
    assert result.data == {"me": {"name": None, "team": None}}
    assert places(result) == [["me", "name"], ["me", "team"]]


async def test_an_error_below_a_non_null_field_goes_up_once(run: Run) -> None:
    plan = SequenceNode((USERS, entity_fetch("b", "users.@", "... on User { email }")))
    result, _ = await run("{ users { name email } }", plan, {"a": USERS_ANSWER, "b": failing("down")})
    assert result.data == {"users": [None, None, None]}
    assert places(result) == [["users", 0, "email"], ["users", 1, "email"], ["users", 2, "email"]]


async def test_errors_are_told_in_the_clients_names(run: Run) -> None:
    renames = (Rename(path("me"), "_n", "name"),)
    errors = [{"message": "x", "path": ["me", "_n"]}, {"message": "y", "path": ["me", "_internal", 0, "deep"]}]
    answer = {"data": {"me": {"_n": None, "_internal": None}}, "errors": errors}
    result, _ = await run("{ me { name } }", root_fetch("a", "{ me { _n: name } }", renames=renames), {"a": answer})
    assert told(result) == [("x", ["me", "name"]), ("y", ["me"])]


async def test_a_null_root_takes_all_its_fields_with_its_own_errors(run: Run) -> None:
    errors = [{"message": "x", "path": ["me", "email"]}, {"message": "y", "path": ["strict", "name"]}]
    fetch = root_fetch("a", "{ me { email } users { name } }")
    answer = {"data": None, "errors": errors[:1]}
    result, _ = await run("{ me { email } users { name } }", fetch, {"a": answer})
    assert result.data == {"me": None, "users": None}
    assert told(result) == [("x", ["me", "email"]), ("x", ["users"])]


async def test_an_entity_error_with_an_index_beyond_the_entities_is_still_told(run: Run) -> None:
    answer = {
        "data": {"_entities": [{"team": "x"}, {"team": "y"}]},
        "errors": [{"message": "odd", "path": ["_entities", 7, "team"]}, {"message": "odder", "path": ["_entities"]}],
    }
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": answer})
    assert told(result) == [("odd", None), ("odder", None)]


async def test_a_transport_that_breaks_its_contract_is_only_an_error(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    result, _ = await run(QUERY, TEAMS, {"a": USERS_ANSWER, "b": RuntimeError("bug")})
    assert result.data == BLANK
    assert places(result) == EVERYWHERE
    assert "the transport failed" in caplog.text
    assert all("bug" not in error.message for error in result.errors)


@pytest.mark.parametrize("depth", [300, 700, 1000])
async def test_values_nested_deeply_hurt_nobody(run: Run, depth: int) -> None:
    """Custom scalars may be nested without limit: in what is merged, compared and sent on."""
    deep = b"[" * depth + b"]" * depth
    user = b'{"__typename": "User", "id": "1", "name": "x", "blob": ' + deep + b"}"
    shape = RepresentationShape(("User",), (key(), RequiredField("blob", "blob", key=False)))
    plan = SequenceNode(
        (
            root_fetch("a", "{ users { __typename id name blob } }"),
            entity_fetch("b", "users.@", "... on User { team }", shapes=(shape,)),
        )
    )
    answers = {
        "a": b'{"data": {"users": [' + user + b", " + user + b"]}}",
        "b": {"data": {"_entities": [{"team": "t"}]}},
    }
    result, _ = await run("{ users { name team } }", plan, answers)
    assert result.data is not None
    assert [item["name"] for item in result.data["users"]] == ["x", "x"]
    assert all(item["team"] in ("t", None) for item in result.data["users"])
