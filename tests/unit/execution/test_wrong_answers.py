"""Every way in which a subgraph's answer can be wrong, as a table: what the client gets, from both executors alike.

The rows hold the answer of one subgraph, the data that comes of it, and the places of its errors. What isn't wrong is
there in every row: the rest of the data stays, and no row gives one entity what belongs to another.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.execution.compiled.executor import CompiledPlan
from router.execution.context import RequestContext
from router.execution.errors import FULL_ERRORS, ErrorPolicy, ResponseError, format_errors
from router.execution.executor import ExecutionResult, execute_plan
from router.query_plan.nodes import (
    FetchNode,
    ParallelNode,
    Rename,
    RepresentationShape,
    RequiredField,
    RequiredFragment,
    SequenceNode,
)
from router.query_plan.plan import QueryPlan

from .graph import FakeTransport, entity_fetch, key, operation_of, path, places, root_fetch, services

Places = list[list[str | int] | None]


async def both(query: str, plan: QueryPlan, answers: dict[str, Any]) -> tuple[Any, list[ResponseError]]:
    """Run on both executors, which have to agree; return the data and the errors."""
    operation = operation_of(query)
    found: list[tuple[Any, list[ResponseError]]] = []
    sent: list[Any] = []
    for compiled in (False, True):
        transport = FakeTransport(answers)
        known = services(transport, *answers)
        if compiled:
            result = await CompiledPlan(plan, operation, known.types).execute({}, known, RequestContext(), {})
        else:
            result = await execute_plan(plan, operation, {}, known, RequestContext())
        found.append((_data(result), list(result.errors)))
        sent.append(transport.requests)
    assert found[0] == found[1]
    assert sent[0] == sent[1]
    return found[0]


def _data(result: ExecutionResult) -> Any:
    return result.data if result.encoded is None else json.loads(result.encoded)


def errors_at(errors: list[ResponseError]) -> Places:
    return places(ExecutionResult(None, errors))


USERS = root_fetch("a", "{ users { __typename id name } }")
USERS_ANSWER = {"data": {"users": [{"__typename": "User", "id": str(n), "name": f"n{n}"} for n in (1, 2, 1)]}}
DETAILS = entity_fetch(
    "b", "users.@", "... on User { __typename age tags rank address { city } best { __typename id name } }", id=1
)
QUERY = "{ users { name age tags rank address { city } best { name } } }"
FULL = {
    "age": 5,
    "tags": ["t"],
    "rank": "LOW",
    "address": {"city": "c"},
    "best": {"__typename": "User", "id": "9", "name": "z"},
}
SEEN = {"age": 5, "tags": ["t"], "rank": "LOW", "address": {"city": "c"}, "best": {"name": "z"}}
#: An entity of which nothing came.
NOTHING: dict[str, Any] = dict.fromkeys(SEEN)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in FULL.items() if name not in names}


def seen(**changed: Any) -> dict[str, Any]:
    return {**SEEN, **changed}


#: The answer of the first entity (at places 0 and 2), what the client sees of it, and where errors are below it.
ENTITIES: dict[str, tuple[Any, dict[str, Any], list[list[str | int]]]] = {
    "all there": (FULL, SEEN, []),
    "null": (None, NOTHING, []),
    "a null field": ({**FULL, "age": None}, seen(age=None), []),
    "a field more": ({**FULL, "salary": 1}, SEEN, []),
    "a field left out": (without("age"), seen(age=None), [["age"]]),
    "two fields left out": (without("age", "best"), seen(age=None, best=None), [["age"], ["best"]]),
    "all fields left out": ({}, NOTHING, [[name] for name in SEEN]),
    "a field left out below": ({**FULL, "address": {}}, seen(address={"city": None}), [["address", "city"]]),
    "a field left out of another entity": (
        {**FULL, "best": {"__typename": "User"}},
        seen(best={"name": None}),
        [["best", "name"]],
    ),
    "another type": ({**FULL, "__typename": "Book"}, NOTHING, [[name] for name in SEEN]),
    "an unknown type": ({**FULL, "__typename": "Nobody"}, NOTHING, [[name] for name in SEEN]),
    "a type that is no text": ({**FULL, "__typename": 5}, NOTHING, [[name] for name in SEEN]),
    "text": ("text", NOTHING, [[name] for name in SEEN]),
    "a number": (5, NOTHING, [[name] for name in SEEN]),
    "true": (True, NOTHING, [[name] for name in SEEN]),
    "a list": ([FULL], NOTHING, [[name] for name in SEEN]),
    "text for Int": ({**FULL, "age": "5"}, seen(age=None), [["age"]]),
    "Int beyond 32 bits": ({**FULL, "age": 2**31}, seen(age=None), [["age"]]),
    "Int below 32 bits": ({**FULL, "age": -(2**31) - 1}, seen(age=None), [["age"]]),
    "Int beyond 64 bits": ({**FULL, "age": 2**64}, seen(age=None), [["age"]]),
    "an integral float for Int": ({**FULL, "age": 5.0}, SEEN, []),
    "a fraction for Int": ({**FULL, "age": 5.5}, seen(age=None), [["age"]]),
    "an enum value that nobody knows": ({**FULL, "rank": "HUGE"}, seen(rank=None), [["rank"]]),
    "a number for an enum": ({**FULL, "rank": 1}, seen(rank=None), [["rank"]]),
    "text for a list": ({**FULL, "tags": "t"}, seen(tags=None), [["tags"]]),
    "an object for a list": ({**FULL, "tags": {"0": "t"}}, seen(tags=None), [["tags"]]),
    "null in a list of non-null items": ({**FULL, "tags": ["t", None]}, seen(tags=None), [["tags", 1]]),
    "a wrong item in a list": ({**FULL, "tags": ["t", 5]}, seen(tags=None), [["tags", 1]]),
    "a list in a list": ({**FULL, "tags": [["t"]]}, seen(tags=None), [["tags", 0]]),
    "a list for an object": ({**FULL, "address": [{"city": "c"}]}, seen(address=None), [["address"]]),
    "text for an object": ({**FULL, "address": "c"}, seen(address=None), [["address"]]),
    "an object of another type": ({**FULL, "best": {"__typename": "Book", "name": "z"}}, seen(best=None), [["best"]]),
}


@pytest.mark.parametrize("name", ENTITIES)
async def test_an_entitys_answer(name: str) -> None:
    first, expected, below = ENTITIES[name]
    answers = {"a": USERS_ANSWER, "b": {"data": {"_entities": [first, {**FULL, "age": 7}]}}}
    data, errors = await both(QUERY, QueryPlan(SequenceNode((USERS, DETAILS))), answers)
    assert data == {
        "users": [{"name": "n1", **expected}, {"name": "n2", **seen(age=7)}, {"name": "n1", **expected}],
    }
    at = errors_at(errors)
    assert sorted(at, key=str) == sorted(([*["users", place], *inner] for place in (0, 2) for inner in below), key=str)
    assert all("b" in (error.service, error.giver) for error in errors)


ROOT = root_fetch(
    "a",
    "{ me { __typename id name email age friends { __typename id name } address { city } } users { id name }"
    " media { __typename id title ... on Book { pages } ... on Film { minutes } }"
    " search { __typename ... on User { name } ... on Book { title } } }",
)
ROOT_QUERY = (
    "{ me { id name email age friends { name } address { city } } users { id name }"
    " media { id title ... on Book { pages } ... on Film { minutes } }"
    " search { __typename ... on User { name } ... on Book { title } } }"
)
ME = {
    "__typename": "User",
    "id": "1",
    "name": "Ada",
    "email": "e",
    "age": 5,
    "friends": [{"__typename": "User", "id": "2", "name": "Bob"}],
    "address": {"city": "c"},
}
ALL: dict[str, Any] = {
    "me": ME,
    "users": [{"id": "1", "name": "Ada"}],
    "media": {"__typename": "Book", "id": "b", "title": "T", "pages": 3},
    "search": {"__typename": "Book", "title": "T"},
}
ALL_SEEN: dict[str, Any] = {
    "me": {
        "id": "1",
        "name": "Ada",
        "email": "e",
        "age": 5,
        "friends": [{"name": "Bob"}],
        "address": {"city": "c"},
    },
    "users": [{"id": "1", "name": "Ada"}],
    "media": {"id": "b", "title": "T", "pages": 3},
    "search": {"__typename": "Book", "title": "T"},
}


def me(**changed: Any) -> dict[str, Any]:
    return {"me": {name: value for name, value in {**ME, **changed}.items() if value is not ...}}


def see(**changed: Any) -> dict[str, Any]:
    return {"me": {**ALL_SEEN["me"], **changed}}


#: What a root fetch's data has of its own, what the client sees of it, and where errors are.
ROOTS: dict[str, tuple[dict[str, Any], dict[str, Any], Places]] = {
    "all there": ({}, {}, []),
    "a root field left out": ({"me": ...}, {"me": None}, [["me"]]),
    "a list of objects left out": ({"users": ...}, {"users": None}, [["users"]]),
    "a field left out": (me(age=...), see(age=None), [["me", "age"]]),
    "a non-null field left out": (me(email=...), {"me": None}, [["me", "email"]]),
    "a key left out": (me(id=...), {"me": None}, [["me", "id"]]),
    "an object left out": (me(address=...), see(address=None), [["me", "address"]]),
    "a field left out in an item": (
        {"users": [{"id": "1", "name": "Ada"}, {"id": "2"}, None]},
        {"users": [{"id": "1", "name": "Ada"}, {"id": "2", "name": None}, None]},
        [["users", 1, "name"]],
    ),
    "a non-null field left out in an item": (
        {"users": [{"name": "Ada"}, {"id": "2", "name": "Bob"}]},
        {"users": [None, {"id": "2", "name": "Bob"}]},
        [["users", 0, "id"]],
    ),
    "null for non-null": (me(email=None), {"me": None}, [["me", "email"]]),
    "a list for an object": ({"me": [ME]}, {"me": None}, [["me"]]),
    "an object for a list": ({"users": {"id": "1"}}, {"users": None}, [["users"]]),
    "text for a list": ({"users": "text"}, {"users": None}, [["users"]]),
    "a list in a list": ({"users": [[{"id": "1"}]]}, {"users": [None]}, [["users", 0]]),
    "a type that is not of the interface": (
        {"media": {**ALL["media"], "__typename": "User"}},
        {"media": None},
        [["media"]],
    ),
    "a type that clients may not know": (
        {"media": {**ALL["media"], "__typename": "Secret"}},
        {"media": None},
        [["media"]],
    ),
    "no type, where it decides what is selected": (
        {"media": {"id": "b", "title": "T", "pages": 3}},
        {"media": None},
        [["media"]],
    ),
    "a field of one type left out": (
        {"media": {"__typename": "Book", "id": "b", "title": "T"}},
        {"media": {"id": "b", "title": "T", "pages": None}},
        [["media", "pages"]],
    ),
    "another type's field": (
        {"media": {"__typename": "Film", "id": "b", "title": "T", "pages": 3}},
        {"media": {"id": "b", "title": "T", "minutes": None}},
        [["media", "minutes"]],
    ),
    "no type in a union": ({"search": {"title": "T"}}, {"search": None}, [["search"]]),
    "a type that is not of the union": ({"search": {"__typename": "Film"}}, {"search": None}, [["search"]]),
    "a number for ID": ({"users": [{"id": 1, "name": "Ada"}]}, {"users": [{"id": "1", "name": "Ada"}]}, []),
    "a fraction for ID": ({"users": [{"id": 1.5, "name": "Ada"}]}, {"users": [None]}, [["users", 0, "id"]]),
}


@pytest.mark.parametrize("name", ROOTS)
async def test_a_root_fetchs_answer(name: str) -> None:
    changed, expected, at = ROOTS[name]
    answer = {field: value for field, value in {**ALL, **changed}.items() if value is not ...}
    data, errors = await both(ROOT_QUERY, QueryPlan(ROOT), {"a": {"data": answer}})
    assert data == {**ALL_SEEN, **expected}
    assert errors_at(errors) == at


#: Paths that a subgraph may give an error of a root fetch whose data is complete but for ``users[1].name``.
ROOT_PATHS: dict[str, tuple[Any, list[str | int] | None]] = {
    "of the null": (["users", 1, "name"], ["users", 1, "name"]),
    "above the null": (["users", 1], ["users", 1]),
    "below the null": (["users", 1, "name", "first"], ["users", 1, "name"]),
    "a field that isn't selected": (["users", 1, "secret"], ["users"]),
    "a root field that isn't selected": (["secret"], None),
    "an index beyond the list": (["users", 99, "name"], ["users"]),
    "an index before the list": (["users", -1, "name"], ["users"]),
    "a name for an index": (["users", "1", "name"], ["users"]),
    "an index for a name": (["users", 1, 0], ["users", 1]),
    "empty": ([], None),
    "none": (None, None),
    "text": ("users", None),
    "an object": ({"users": 1}, None),
    "with an object": (["users", {}], None),
    "with null": (["users", None], None),
    "with true": (["users", True, "name"], None),
    "with a fraction": (["users", 0.5], None),
    "of entities": (["_entities", 0, "name"], None),
    "very long": (["users", 1, *["name"] * 5000], ["users", 1, "name"]),
}


@pytest.mark.parametrize("name", ROOT_PATHS)
async def test_the_path_of_a_root_fetchs_error(name: str) -> None:
    given, at = ROOT_PATHS[name]
    users = [{"id": "1", "name": "Ada"}, {"id": "2", "name": None}]
    answer = {"data": {"users": users}, "errors": [{"message": "boom", "path": given}]}
    plan = QueryPlan(root_fetch("a", "{ users { id name } }"))
    data, errors = await both("{ users { id name } }", plan, {"a": answer})
    assert data == {"users": users}
    assert errors_at(errors) == [at]
    assert errors[0].message == "boom"


#: Paths of an error of an entity fetch whose data is complete but for the first entity's ``age``.
ENTITY_PATHS: dict[str, tuple[Any, Places]] = {
    "of the null": (["_entities", 0, "age"], [["users", 0, "age"], ["users", 2, "age"]]),
    "of the entity": (["_entities", 0], [["users", 0], ["users", 2]]),
    "below the null": (["_entities", 0, "age", "years"], [["users", 0, "age"], ["users", 2, "age"]]),
    "deep": (["_entities", 0, "address", "city"], [["users", 0, "address", "city"], ["users", 2, "address", "city"]]),
    "in a list": (["_entities", 1, "tags", 0], [["users", 1, "tags", 0]]),
    "beyond a list": (["_entities", 1, "tags", 7], [["users", 1, "tags"]]),
    "a field that isn't selected": (["_entities", 1, "secret"], [["users"]]),
    "an index beyond the entities": (["_entities", 2, "age"], [None]),
    "an index before the entities": (["_entities", -1, "age"], [None]),
    "text for an index": (["_entities", "0", "age"], [None]),
    "true for an index": (["_entities", True, "age"], [None]),
    "of all entities": (["_entities"], [None]),
    "a root field": (["users", 0, "age"], [None]),
    "empty": ([], [None]),
    "none": (None, [None]),
    "with an object": (["_entities", {}], [None]),
}


@pytest.mark.parametrize("name", ENTITY_PATHS)
async def test_the_path_of_an_entity_fetchs_error(name: str) -> None:
    given, at = ENTITY_PATHS[name]
    entities = [{**FULL, "age": None}, FULL]
    answer = {"data": {"_entities": entities}, "errors": [{"message": "boom", "path": given}]}
    data, errors = await both(QUERY, QueryPlan(SequenceNode((USERS, DETAILS))), {"a": USERS_ANSWER, "b": answer})
    first, second = {"name": "n1", **seen(age=None)}, {"name": "n2", **SEEN}
    assert data == {"users": [first, second, first]}
    assert errors_at(errors) == at
    assert {error.message for error in errors} == {"boom"}


#: What stands in place of the list of errors, beside data in which nothing is missing.
MALFORMED_ERRORS: dict[str, tuple[Any, int]] = {
    "null": (None, 0),
    "empty": ([], 0),
    "text": ("boom", 1),
    "an object": ({"message": "boom"}, 1),
    "a number": (5, 1),
    "a list of text": (["boom"], 1),
    "a list of null": ([None], 1),
    "an error without a message": ([{}], 1),
    "a message that is no text": ([{"message": {"a": 1}}], 1),
    "extensions that are no object": ([{"message": "boom", "extensions": "x"}], 1),
    "two": ([{"message": "one"}, {"message": "two"}], 2),
}


@pytest.mark.parametrize("name", MALFORMED_ERRORS)
async def test_malformed_errors_beside_full_data(name: str) -> None:
    given, count = MALFORMED_ERRORS[name]
    plan = QueryPlan(root_fetch("a", "{ me { name } }"))
    data, errors = await both("{ me { name } }", plan, {"a": {"data": {"me": {"name": "Ada"}}, "errors": given}})
    assert data == {"me": {"name": "Ada"}}
    assert errors_at(errors) == [None] * count
    assert all(isinstance(error.message, str) for error in errors)


#: Whole answers of a root fetch from which nothing can be had.
USELESS: dict[str, Any] = {
    "nothing": b"",
    "not JSON": b"<html></html>",
    "truncated": b'{"data": {"me": {"name": "A',
    "more after the end": b'{"data": {"me": {"name": "Ada"}}} {}',
    "a byte order mark": b'\xef\xbb\xbf{"data": {"me": {"name": "Ada"}}}',
    "bad UTF-8": b'{"data": {"me": {"name": "\xff"}}}',
    "half a surrogate": b'{"data": {"me": {"name": "\\ud800"}}}',
    "NaN": b'{"data": {"me": {"name": NaN}}}',
    "null": b"null",
    "a list": b"[]",
    "text": b'"data"',
    "neither data nor errors": b"{}",
    "only extensions": b'{"extensions": {"a": 1}}',
    "data null without errors": b'{"data": null}',
    "data a list": b'{"data": [1]}',
    "data text": b'{"data": "me"}',
    "data false": b'{"data": false}',
    "errors empty and no data": b'{"errors": []}',
    "errors text and no data": b'{"errors": "boom"}',
}


@pytest.mark.parametrize("name", USELESS)
async def test_an_answer_of_which_nothing_can_be_used(name: str) -> None:
    plan = QueryPlan(ParallelNode((root_fetch("a", "{ me { name } }"), root_fetch("b", "{ things { id } }", id=1))))
    answers = {"a": USELESS[name], "b": {"data": {"things": [{"id": "1"}]}}}
    data, errors = await both("{ me { name } things { id } }", plan, answers)
    assert data == {"me": None, "things": [{"id": "1"}]}
    assert errors_at(errors) == [["me"]]
    assert errors[0].service == "a"


@pytest.mark.parametrize("count", [0, 1, 3, 200])
async def test_a_wrong_number_of_entities(count: int) -> None:
    answers = {"a": USERS_ANSWER, "b": {"data": {"_entities": [FULL] * count}}}
    data, errors = await both(QUERY, QueryPlan(SequenceNode((USERS, DETAILS))), answers)
    assert data == {"users": [{"name": name, **NOTHING} for name in ("n1", "n2", "n1")]}
    assert len(errors) == 3 * len(NOTHING)


async def test_what_is_left_out_names_its_subgraph_and_what_to_do_and_is_masked() -> None:
    answers = {"a": USERS_ANSWER, "b": {"data": {"_entities": [without("age"), FULL]}}}
    _, errors = await both(QUERY, QueryPlan(SequenceNode((USERS, DETAILS))), answers)
    (first, second) = format_errors(errors, {"": FULL_ERRORS})
    assert first == {
        "message": "b: 'age' was asked for and isn't in the answer; a field without a value has to be null there",
        "path": ["users", 0, "age"],
        "extensions": {"code": "SUBREQUEST_MALFORMED_RESPONSE", "service": "b"},
    }
    assert second["path"] == ["users", 2, "age"]
    (masked, _) = format_errors(errors, {"": ErrorPolicy()})
    assert masked == {
        "message": "The subgraph that fills this field gave an answer that cannot be used.",
        "path": ["users", 0, "age"],
        "extensions": {"code": "SUBREQUEST_MALFORMED_RESPONSE"},
    }


def hop(service: str, at: str, selection: str, shape: RepresentationShape | None = None, **more: Any) -> FetchNode:
    shapes = {} if shape is None else {"shapes": (shape,)}
    return entity_fetch(service, at, selection, **shapes, **more)


_NEEDS_NAME = RepresentationShape(("User",), (key(), RequiredField("name", "name", key=False)))

#: What the first subgraph answers for ``users``, and what of the second's field comes of it.
LEFT_OUT_INPUTS: dict[str, tuple[Any, Any, Places]] = {
    "nothing": ({"__typename": "User", "id": "1", "name": "n"}, "t", []),
    "the key": ({"__typename": "User", "name": "n"}, None, [["me", "team"]]),
    "the required field": ({"__typename": "User", "id": "1"}, None, [["me", "team"]]),
    "the type": ({"id": "1", "name": "n"}, None, [["me", "team"]]),
    "a null key": ({"__typename": "User", "id": None, "name": "n"}, None, []),
    "a required field that is null": ({"__typename": "User", "id": "1", "name": None}, "t", []),
}


@pytest.mark.parametrize("name", LEFT_OUT_INPUTS)
async def test_what_is_left_out_of_a_representation_is_told_where_it_was_needed(name: str) -> None:
    first, expected, at = LEFT_OUT_INPUTS[name]
    fetch = root_fetch("a", "{ me { __typename id name age } }")
    plan = QueryPlan(SequenceNode((fetch, hop("b", "me", "... on User { team }", _NEEDS_NAME))))
    answers = {"a": {"data": {"me": {**first, "age": 4}}}, "b": {"data": {"_entities": [{"team": "t"}]}}}
    data, errors = await both("{ me { age team } }", plan, answers)
    assert data == {"me": {"age": 4, "team": expected}}
    assert errors_at(errors) == at
    assert all(error.service == "a" for error in errors)


async def test_what_one_subgraph_leaves_out_another_may_bring() -> None:
    fetches = (root_fetch("a", "{ me { __typename id name } }"), hop("b", "me", "... on User { name }"))
    me_answer = {"data": {"me": {"__typename": "User", "id": "1"}}}
    for value in ("Ada", None):
        answers = {"a": me_answer, "b": {"data": {"_entities": [{"name": value}]}}}
        data, errors = await both("{ me { name } }", QueryPlan(SequenceNode(fetches)), answers)
        assert data == {"me": {"name": value}}
        assert errors == []


async def test_what_is_left_out_under_an_alias_is_told_by_the_clients_name() -> None:
    renames = (Rename(path("me"), "_n", "name"),)
    fetch = root_fetch("a", "{ me { __typename id _n: name } }", renames=renames)
    answers = {"a": {"data": {"me": {"__typename": "User", "id": "1"}}}}
    data, errors = await both("{ me { name } }", QueryPlan(fetch), answers)
    assert data == {"me": {"name": None}}
    assert errors_at(errors) == [["me", "name"]]
    assert "'name'" in errors[0].message


async def test_an_error_of_its_own_explains_what_is_left_out() -> None:
    answer = {
        "data": {"_entities": [without("age"), FULL]},
        "errors": [{"message": "boom", "path": ["_entities", 0, "age"]}],
    }
    _, errors = await both(QUERY, QueryPlan(SequenceNode((USERS, DETAILS))), {"a": USERS_ANSWER, "b": answer})
    assert [(error.message, error.path) for error in errors] == [
        ("boom", ("users", 0, "age")),
        ("boom", ("users", 2, "age")),
    ]


async def test_entities_that_are_null_leave_nothing_out_on_the_way_on() -> None:
    """A null entity, and what would have been asked by its fields, are nulls and nobody's failure."""
    needs_team = RepresentationShape(("User",), (key(), RequiredField("team", "team", key=False)))
    plan = QueryPlan(
        SequenceNode(
            (
                USERS,
                hop("b", "users.@", "... on User { team }"),
                hop("c", "users.@", "... on User { age }", needs_team, id=2),
            )
        )
    )
    answers = {
        "a": USERS_ANSWER,
        "b": {"data": {"_entities": [None, {"team": "t"}]}},
        "c": {"data": {"_entities": [{"age": 3}]}},
    }
    data, errors = await both("{ users { name team age } }", plan, answers)
    gone = {"name": "n1", "team": None, "age": None}
    assert data == {"users": [gone, {"name": "n2", "team": "t", "age": 3}, gone]}
    assert errors == []


@pytest.mark.parametrize("friends", [[None, {"id": "2"}], [{"id": "2"}, None]])
async def test_a_list_of_which_an_error_took_an_item_is_not_sent_as_an_input(friends: list[Any]) -> None:
    """What is computed from it would be computed from a wrong input; a null that no error made is an input."""
    needs = RepresentationShape(
        ("User",), (key(), RequiredField("friends", "friends", (RequiredField("id", "id", key=False),), key=False))
    )
    fetch = root_fetch("a", "{ me { __typename id friends { id } } }")
    plan = QueryPlan(SequenceNode((fetch, hop("b", "me", "... on User { team }", needs))))
    place = friends.index(None)
    first = {"data": {"me": {"__typename": "User", "id": "1", "friends": friends}}}
    second = {"data": {"_entities": [{"team": "t"}]}}
    data, errors = await both("{ me { team } }", plan, {"a": first, "b": second})
    assert (data, errors) == ({"me": {"team": "t"}}, [])
    failed = {**first, "errors": [{"message": "boom", "path": ["me", "friends", place, "id"]}]}
    data, errors = await both("{ me { team } }", plan, {"a": failed, "b": second})
    assert data == {"me": {"team": None}}
    assert [(error.message, error.path) for error in errors] == [("boom", ("me", "team"))]


@pytest.mark.parametrize(
    ("answer", "at", "seen", "told"),
    [
        ({"friends": [None, {"id": "2", "name": "Bob"}]}, ["friends", 0], [None, {"name": "Bob"}], ["friends", 0]),
        ({"friends": None}, ["friends", 0], None, ["friends"]),
        (
            {"friends": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]},
            ["friends", 0],
            [{"name": "A"}, {"name": "B"}],
            None,
        ),
    ],
    ids=["the item", "the list", "nothing but the field"],
)
async def test_what_only_the_router_asked_for_may_take_along_what_the_client_did(
    answer: dict[str, Any], at: list[str | int], seen: Any, told: list[str | int] | None
) -> None:
    """The error is told where the client finds a null because of it, and where it lacks what depends on it."""
    needs = RepresentationShape(
        ("User",),
        (key(), RequiredField("friends", "friends", (RequiredField("email", "email", key=False),), key=False)),
    )
    fetch = root_fetch("a", "{ me { __typename id friends { id name email } } }")
    plan = QueryPlan(SequenceNode((fetch, hop("b", "me", "... on User { team }", needs))))
    first = {
        "data": {"me": {"__typename": "User", "id": "1", **answer}},
        "errors": [{"message": "boom", "path": ["me", *at, "email"]}],
    }
    for friend in answer["friends"] or ():
        if friend is not None:
            friend["email"] = None if told is None else "e"
    data, errors = await both(
        "{ me { friends { name } team } }", plan, {"a": first, "b": {"data": {"_entities": [{}]}}}
    )
    assert data == {"me": {"friends": seen, "team": None}}
    assert errors_at(errors) == ([["me", *told]] if told else []) + [["me", "team"]]
    assert {error.message for error in errors} == {"boom"}


@pytest.mark.parametrize("typename", [..., None, 5, [], {"wrong": True}])
async def test_an_input_of_which_the_type_is_not_known_is_not_sent(typename: Any) -> None:
    """What is required of one type only would be left out, and the answer computed from a wrong input."""
    needs = RequiredFragment(("Book",), (RequiredField("title", "title", key=False),))
    shape = RepresentationShape(("User",), (key(), RequiredField("read", "_a0", (needs,), key=False)))
    fetch = root_fetch("a", "{ me { __typename id _a0: read { __typename ... on Book { title } } } }")
    plan = QueryPlan(SequenceNode((fetch, hop("b", "me", "... on User { team }", shape))))
    book = {"__typename": "Book", "title": "T"}
    for read, sent in (([book, None], True), ([book, {**book, "__typename": typename}], False)):
        found = [{k: v for k, v in item.items() if v is not ...} if item else None for item in read]
        first = {"data": {"me": {"__typename": "User", "id": "1", "_a0": found}}}
        answers = {"a": first, "b": {"data": {"_entities": [{"team": "t"}]}}}
        data, errors = await both("{ me { team } }", plan, answers)
        assert data == {"me": {"team": "t" if sent else None}}
        assert errors_at(errors) == ([] if sent else [["me", "team"]])


@pytest.mark.parametrize("typename", [False, True, 0, 5, "", "User", "Secret", [], {}])
async def test_a_wrong_type_of_an_object_whose_type_is_asked_for(typename: Any) -> None:
    """An interface's object form is told its type by another subgraph; one that it can't be is an error."""
    shape = RepresentationShape(("Media", "Book", "Film"), (key(),), typename="Media")
    first = root_fetch("a", "{ media { __typename id } }")
    second = entity_fetch(
        "b", "media", "... on Media { __typename title ... on Film { minutes } }", shapes=(shape,), id=1
    )
    answers = {
        "a": {"data": {"media": {"__typename": "Media", "id": "1"}}},
        "b": {"data": {"_entities": [{"__typename": typename, "title": "T", "minutes": 9}]}},
    }
    plan = QueryPlan(SequenceNode((first, second)))
    data, errors = await both("{ media { id title ... on Film { minutes } } }", plan, answers)
    assert data == {"media": None}
    assert errors
    answers["b"] = {"data": {"_entities": [{"__typename": "Film", "title": "T", "minutes": 9}]}}
    data, errors = await both("{ media { id title ... on Film { minutes } } }", plan, answers)
    assert (data, errors) == ({"media": {"id": "1", "title": "T", "minutes": 9}}, [])


async def test_a_failed_typename_is_what_keeps_an_object_from_being_asked_for() -> None:
    user = {"__typename": None, "id": "1", "name": "n"}
    answer = {"data": {"users": [user]}, "errors": [{"message": "no name", "path": ["users", 0, "__typename"]}]}
    plan = QueryPlan(SequenceNode((USERS, DETAILS)))
    data, errors = await both("{ users { name age } }", plan, {"a": answer, "b": {"data": {"_entities": []}}})
    assert data == {"users": [{"name": "n", "age": None}]}
    assert [(error.message, error.path) for error in errors] == [("no name", ("users", 0, "age"))]
