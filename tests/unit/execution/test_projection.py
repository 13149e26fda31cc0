"""Projection: what the client sees of the response tree."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from router.execution.compiled.executor import CompiledPlan
from router.execution.context import RequestContext
from router.execution.executor import execute_plan
from router.operation.model import FieldSelection, Operation, SelectionSet
from router.query_plan.plan import QueryPlan

from .conftest import Run
from .graph import FakeTransport, operation_of, places, root_fetch, services, told

FETCH = root_fetch("a", "{ me { name } users { name } team { name } media { title } things { id } strict { email } }")


async def answer(run: Run, query: str, data: Any, variables: dict[str, Any] | None = None) -> Any:
    result, _ = await run(query, FETCH, {"a": {"data": data}}, variables)
    return result


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("age", 5, 5),
        ("age", 5.0, 5),
        ("age", -2147483648, -2147483648),
        ("score", 1.5, 1.5),
        ("score", 2, 2),
        ("name", "x", "x"),
        ("name", 'ü\U0001f600"\\\n', 'ü\U0001f600"\\\n'),
        ("active", True, True),
        ("active", False, False),
        ("rank", "LOW", "LOW"),
        ("tags", ["a", "b"], ["a", "b"]),
        ("tags", [], []),
        ("blob", {"any": [1, None, {"thing": "goes"}]}, {"any": [1, None, {"thing": "goes"}]}),
        ("blob", False, False),
        ("id", 5, "5"),
        ("id", "5", "5"),
        ("name", None, None),
        ("tags", None, None),
    ],
)
async def test_leaves_that_are_right(run: Run, field: str, value: Any, expected: Any) -> None:
    result = await answer(run, f"{{ me {{ {field} }} }}", {"me": {field: value}})
    assert result.data == {"me": {field: expected}}
    assert type(result.data["me"][field]) is type(expected)
    assert result.errors == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age", "5"),
        ("age", 5.5),
        ("age", 2147483648),
        ("age", True),
        ("age", []),
        ("score", "1.5"),
        ("score", False),
        ("name", 5),
        ("name", True),
        ("name", {}),
        ("name", ["x"]),
        ("active", 1),
        ("active", "true"),
        ("rank", "HIDDEN"),
        ("rank", 1),
        ("rank", ["LOW"]),
        ("tags", "a"),
        ("tags", {"0": "a"}),
        ("address", "text"),
        ("address", [{}]),
        ("address", True),
    ],
)
async def test_leaves_and_objects_that_are_wrong_are_null_with_an_error(run: Run, field: str, value: Any) -> None:
    selection = "address { city }" if field == "address" else field
    result = await answer(
        run,
        f"{{ me {{ name {selection} }} }}" if field != "name" else "{ me { name } }",
        {"me": {"name": "Ada", field: value}},
    )
    assert result.data["me"][field] is None
    assert places(result) == [["me", field]]


@pytest.mark.parametrize(("field", "value"), [("id", 1.5), ("id", True), ("id", None), ("id", {})])
async def test_a_wrong_value_of_a_non_null_type_takes_its_object(run: Run, field: str, value: Any) -> None:
    result = await answer(run, "{ me { id } users { name } }", {"me": {field: value}, "users": [{"name": "x"}]})
    assert result.data == {"me": None, "users": [{"name": "x"}]}
    assert places(result) == [["me", "id"]]


async def test_messages_name_no_value_of_an_enum(run: Run) -> None:
    result = await answer(run, "{ me { rank } }", {"me": {"rank": "HIDDEN"}})
    assert "HIDDEN" not in told(result)[0][0]


async def test_nulls_go_up_as_far_as_they_must(run: Run) -> None:
    users = [{"email": "a"}, {"email": None}, None, {}]
    result = await answer(run, "{ users { email } }", {"users": users})
    assert result.data == {"users": [{"email": "a"}, None, None, None]}
    assert told(result) == [
        ("Cannot return null for non-nullable field User.email.", ["users", 1, "email"]),
        ("No subgraph answered field 'User.email'.", ["users", 3, "email"]),
    ]
    result = await answer(run, "{ me { id } team { email } }", {"me": {"id": "1"}, "team": users})
    assert result.data == {"me": {"id": "1"}, "team": None}
    result = await answer(run, "{ me { id } things { label } }", {"me": {"id": "1"}, "things": [{"label": None}]})
    assert result.data is None
    assert places(result) == [["things", 0, "label"]]
    result = await answer(run, "{ strict { name } }", {"strict": None})
    assert result.data is None
    assert told(result) == [("Cannot return null for non-nullable field Query.strict.", ["strict"])]


async def test_a_null_item_of_non_null_items(run: Run) -> None:
    result = await answer(run, "{ me { tags } }", {"me": {"tags": ["a", None]}})
    assert result.data == {"me": {"tags": None}}
    assert places(result) == [["me", "tags", 1]]


async def test_fragments_choose_by_type(run: Run) -> None:
    query = "{ media { id ... on Book { pages n: title } ... on Film { minutes n: title } } }"
    result = await answer(run, query, {"media": {"__typename": "Book", "id": "1", "pages": 3, "n": "T", "minutes": 9}})
    assert result.data == {"media": {"id": "1", "pages": 3, "n": "T"}}
    result = await answer(run, query, {"media": {"__typename": "Film", "id": "1", "minutes": 9, "n": "T"}})
    assert result.data == {"media": {"id": "1", "minutes": 9, "n": "T"}}


async def test_unions_and_their_typename(run: Run) -> None:
    query = "{ search { __typename ... on User { name } ... on Media { title } } }"
    result = await answer(run, query, {"search": {"__typename": "Book", "title": "T"}})
    assert result.data == {"search": {"__typename": "Book", "title": "T"}}
    result = await answer(run, query, {"search": {"__typename": "User", "name": "N"}})
    assert result.data == {"search": {"__typename": "User", "name": "N"}}


@pytest.mark.parametrize("typename", ["Secret", "User", "Nothing", 5, ["Book"], {}])
async def test_a_type_that_clients_do_not_know_never_comes_out(run: Run, typename: Any) -> None:
    media = {"__typename": typename, "id": "1", "title": "T"}
    result = await answer(run, "{ media { __typename title } }", {"media": media})
    assert result.data == {"media": None}
    assert places(result) == [["media"]]
    assert "Secret" not in told(result)[0][0]


async def test_a_union_without_a_typename_is_an_error(run: Run) -> None:
    result = await answer(run, "{ search { __typename } }", {"search": {"name": "N"}})
    assert result.data == {"search": None}
    assert places(result) == [["search"]]


async def test_an_object_of_another_type_than_its_field_says(run: Run) -> None:
    result = await answer(run, "{ me { name } }", {"me": {"__typename": "Book", "name": "T"}})
    assert result.data == {"me": None}
    assert places(result) == [["me"]]


async def test_an_interface_object_has_no_typename_of_its_own(run: Run) -> None:
    media = {"__typename": "Media", "id": "1", "title": "T"}
    result = await answer(run, "{ media { title } }", {"media": media})
    assert result.data == {"media": {"title": "T"}}
    result = await answer(run, "{ media { title __typename } }", {"media": media})
    assert result.data == {"media": None}
    assert places(result) == [["media", "__typename"]]


async def test_conditions(run: Run) -> None:
    query = """query($a: Boolean!, $b: Boolean!) {
      me { name @include(if: $a) team @skip(if: $b) ...F @include(if: $a) best { team } }
    } fragment F on User { age best { id @skip(if: $b) name } }"""
    me = {"name": "n", "team": "t", "age": 1, "best": {"id": "2", "name": "m", "team": "u"}}
    expected = {
        (True, True): {"name": "n", "age": 1, "best": {"name": "m", "team": "u"}},
        (True, False): {"name": "n", "team": "t", "age": 1, "best": {"id": "2", "name": "m", "team": "u"}},
        (False, True): {"best": {"team": "u"}},
        (False, False): {"team": "t", "best": {"team": "u"}},
    }
    for (first, second), data in expected.items():
        result = await answer(run, query, {"me": me}, {"a": first, "b": second})
        assert result.data == {"me": data}


async def test_lists_of_lists_of_objects_keep_their_shape(run: Run) -> None:
    users = [{"name": "a", "friends": [{"name": "b"}, None]}, None, {"name": "c", "friends": []}]
    result = await answer(run, "{ users { name friends { name } } }", {"users": users})
    assert result.data == {"users": users}


async def test_an_odd_answer_of_a_custom_scalar_passes_through(run: Run) -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    result = await answer(run, "{ me { blob } }", {"me": {"blob": deep}})
    assert result.data == {"me": {"blob": deep}}


@pytest.mark.parametrize("compiled", [False, True])
async def test_denied_fields_are_null_with_an_error(compiled: bool) -> None:
    operation = _deny(operation_of("{ me { name team } users { email } }"), {"team", "email"})
    data = {"data": {"me": {"name": "Ada"}, "users": [{}, None]}}
    transport = FakeTransport({"a": data})
    known = services(transport, "a")
    plan = QueryPlan(FETCH)
    if compiled:
        result = await CompiledPlan(plan, operation, known.types).execute({}, known, RequestContext(), {})
    else:
        result = await execute_plan(plan, operation, {}, known, RequestContext())
    assert result.data == {"me": {"name": "Ada", "team": None}, "users": [None, None]}
    assert places(result) == [["me", "team"], ["users", 0, "email"]]
    assert {error.extensions["code"] for error in result.errors} == {"UNAUTHORIZED_FIELD_OR_TYPE"}


def _deny(operation: Operation, names: set[str]) -> Operation:
    def walk(selection_set: SelectionSet) -> SelectionSet:
        selections = []
        for item in selection_set.selections:
            assert isinstance(item, FieldSelection)
            inner = walk(item.selection_set) if item.selection_set is not None else None
            selections.append(dataclasses.replace(item, denied=item.name in names, selection_set=inner))
        return SelectionSet(selection_set.parent_type, tuple(selections))

    return dataclasses.replace(operation, selection_set=walk(operation.selection_set))
