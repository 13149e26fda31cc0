"""Whose value it was that a client can't be given: the error names the subgraph, where one alone was asked for it."""

from __future__ import annotations

from typing import Any

import pytest

from router.execution.context import RequestContext
from router.execution.errors import FULL_ERRORS, ErrorPolicy, format_errors
from router.execution.executor import execute_incrementally, execute_subscription
from router.query_plan.nodes import (
    ConditionNode,
    DeferNode,
    DeferredNode,
    ParallelNode,
    PlanNode,
    Rename,
    RepresentationShape,
    SequenceNode,
    SubscriptionNode,
)
from router.query_plan.plan import QueryPlan

from .conftest import Run
from .graph import FakeTransport, entity_fetch, key, operation_of, path, root_fetch, services

ME = root_fetch("a", "{ me { __typename id } }")
ME_ANSWER = {"data": {"me": {"__typename": "User", "id": "1"}}}


def hop(service: str, selection: str, at: str = "me", id: int = 1, **more: Any) -> Any:
    return entity_fetch(service, at, f"... on User {{ {selection} }}", id=id, **more)


def entities(*found: Any) -> dict[str, Any]:
    return {"data": {"_entities": list(found)}}


WITH_ME = {"a": ME_ANSWER}
#: Query, plan, answers, and the subgraphs that are named, by the path of their error.
CASES: dict[str, tuple[str, PlanNode, dict[str, Any], dict[str, str | None]]] = {
    "of a root fetch": (
        "{ me { age } }",
        ParallelNode((root_fetch("a", "{ me { id age } }"), root_fetch("b", "{ me { id name } }", id=1))),
        {"a": {"data": {"me": {"id": "1", "age": "five"}}}, "b": {"data": {"me": {"id": "1", "name": "Ada"}}}},
        {"me.age": "a"},
    ),
    "of entities": (
        "{ me { age name } }",
        SequenceNode((ME, ParallelNode((hop("b", "age"), hop("c", "name", id=2))))),
        {**WITH_ME, "b": entities({"age": "five"}), "c": entities({"name": 5})},
        {"me.age": "b", "me.name": "c"},
    ),
    "of a list": (
        "{ me { tags } }",
        SequenceNode((ME, hop("b", "tags"))),
        {**WITH_ME, "b": entities({"tags": ["t", 5]})},
        {"me.tags.1": "b"},
    ),
    "below an entity's fields": (
        "{ me { best { name address { city } } } }",
        SequenceNode((ME, hop("b", "best { __typename id name }"), hop("c", "address { city }", "me.best", 2))),
        {
            **WITH_ME,
            "b": entities({"best": {"__typename": "User", "id": "2", "name": 5}}),
            "c": entities({"address": {"city": 5}}),
        },
        {"me.best.name": "b", "me.best.address.city": "c"},
    ),
    "an object": (
        "{ me { best { name } } }",
        SequenceNode((ME, hop("b", "best { __typename id }"), hop("c", "name", "me.best", 2))),
        {**WITH_ME, "b": entities({"best": 5}), "c": entities()},
        {"me.best": "b"},
    ),
    "null for a non-null type": (
        "{ me { email } }",
        SequenceNode((ME, hop("b", "email"))),
        {**WITH_ME, "b": entities({"email": None})},
        {"me.email": "b"},
    ),
    "an entity that isn't there": (  # its subgraph gave no value, it doesn't know the entity any more
        "{ me { email } }",
        SequenceNode((ME, hop("b", "email"))),
        {**WITH_ME, "b": entities(None)},
        {"me.email": None},
    ),
    "two subgraphs that were asked": (
        "{ me { address { city } } }",
        SequenceNode((ME, ParallelNode((hop("b", "address { city }"), hop("c", "address { city street }", id=2))))),
        {**WITH_ME, "b": entities({"address": {"city": 5}}), "c": entities({"address": {"city": 5, "street": "s"}})},
        {"me.address.city": None},
    ),
    "two fetches of one subgraph": (
        "{ me { address { city } } }",
        SequenceNode((ME, ParallelNode((hop("b", "address { city }"), hop("b", "address { city street }", id=2))))),
        {**WITH_ME, "b": [entities({"address": {"city": 5}})] * 2},
        {"me.address.city": "b"},
    ),
    "by the object's type": (
        "{ media { title } }",
        SequenceNode(
            (
                root_fetch("a", "{ media { __typename id } }"),
                ParallelNode(
                    tuple(
                        entity_fetch(
                            service,
                            f"media|{name}",
                            f"... on {name} {{ title }}",
                            id=number,
                            shapes=(RepresentationShape((name,), (key(),)),),
                        )
                        for number, (service, name) in enumerate((("b", "Book"), ("c", "Film")), 1)
                    )
                ),
            )
        ),
        {"a": {"data": {"media": {"__typename": "Film", "id": "1"}}}, "b": entities(), "c": entities({"title": 5})},
        {"media.title": "c"},
    ),
    "by the type in the selection": (
        "{ media { title } }",
        ParallelNode(
            (
                root_fetch("a", "{ media { __typename ... on Film { title } } }"),
                root_fetch("b", "{ media { __typename ... on Book { title } } }", id=1),
            )
        ),
        {
            "a": {"data": {"media": {"__typename": "Book"}}},
            "b": {"data": {"media": {"__typename": "Book", "title": 5}}},
        },
        {"media.title": "b"},
    ),
    "by the client's name": (
        "{ me { name } }",
        SequenceNode((ME, hop("b", "_n: name", renames=(Rename(path("_entities.@"), "_n", "name"),)))),
        {**WITH_ME, "b": entities({"_n": 5})},
        {"me.name": "b"},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_the_subgraph_that_gave_a_wrong_value_is_named(run: Run, name: str) -> None:
    query, node, answers, expected = CASES[name]
    result, _ = await run(query, node, answers)
    assert {".".join(map(str, error.path or ())): error.giver for error in result.errors} == expected
    assert all(error.about_value and error.service is None for error in result.errors)


async def test_nobody_is_named_where_nobody_told_a_type(run: Run) -> None:
    answer = {"data": {"media": {"__typename": "Media", "id": "1"}}}
    result, _ = await run("{ media { __typename } }", root_fetch("a", "{ media { __typename id } }"), {"a": answer})
    assert [(error.path, error.about_value, error.giver) for error in result.errors] == [
        (("media", "__typename"), False, None)
    ]


@pytest.mark.parametrize("variables", [{"other": True}, {"other": False}])
async def test_only_what_was_asked_counts(run: Run, variables: dict[str, bool]) -> None:
    node = SequenceNode((ME, ConditionNode("other", hop("b", "age"), hop("c", "age", id=2))))
    answers = {**WITH_ME, "b": entities({"age": "five"}), "c": entities({"age": "five"})}
    result, _ = await run("query($other: Boolean!) { me { age } }", node, answers, variables)
    assert [error.giver for error in result.errors] == ["b" if variables["other"] else "c"]


@pytest.mark.parametrize("variables", [{"skipped": True}, {"skipped": False}])
async def test_a_field_that_was_skipped_was_not_asked_for(run: Run, variables: dict[str, bool]) -> None:
    selection = "query($skipped: Boolean!) { me { id age @skip(if: $skipped) } }"
    node = ParallelNode((root_fetch("a", selection, variables=("skipped",)), root_fetch("b", "{ me { age } }", id=1)))
    answers = {"a": {"data": {"me": {"id": "1"}}}, "b": {"data": {"me": {"age": "five"}}}}
    if not variables["skipped"]:
        answers["a"]["data"]["me"]["age"] = "five"
    result, _ = await run("query($skipped: Boolean!) { me { age } }", node, answers, variables)
    assert [error.giver for error in result.errors] == (["b"] if variables["skipped"] else [None])


async def test_in_deferred_parts() -> None:
    query = "{ me { id ... @defer { age } } }"
    node = DeferNode(ME, (DeferredNode(None, path("me"), (0,), "{ age }", hop("b", "age")),))
    known = services(FakeTransport({**WITH_ME, "b": entities({"age": "five"})}), "a", "b")
    parts = execute_incrementally(QueryPlan(node), operation_of(query), {}, known, RequestContext())
    assert [[error.giver for error in part.errors] async for part in parts] == [[], ["b"]]


async def test_in_events() -> None:
    async def source(_: Any) -> Any:
        yield b'{"data": {"joined": {"__typename": "User", "id": "1", "age": "five"}}}'

    primary = root_fetch("a", "subscription { joined { __typename id age } }", kind="subscription")
    plan = QueryPlan(SubscriptionNode(primary, hop("b", "name", "joined")))
    known = services(FakeTransport({"b": entities({"name": 5})}), "a", "b")
    operation = operation_of("subscription { joined { age name } }")
    events = execute_subscription(plan, operation, {}, known, RequestContext(), source=source)
    assert [[error.giver for error in event.errors] async for event in events] == [["a", "b"]]


async def test_a_client_is_told_where_everything_is_shown(run: Run) -> None:
    query, node, answers, _ = CASES["of entities"]
    result, _ = await run(query, node, answers)
    policies = {"": ErrorPolicy(message=True), "b": FULL_ERRORS}
    message = 'Int cannot represent non-integer value: "five"'
    assert format_errors(result.errors, policies)[0] == {
        "message": message,
        "path": ["me", "age"],
        "extensions": {"service": "b"},
    }
    assert format_errors(result.errors, {"": ErrorPolicy(message=True)})[0] == {
        "message": message,
        "path": ["me", "age"],
    }


async def test_what_is_alike_in_a_list_is_looked_up_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from router.execution import givers

    looked_up: list[Any] = []
    real = givers.selected_in
    monkeypatch.setattr(givers, "selected_in", lambda fetch: looked_up.append(fetch) or real(fetch))
    answer = {"data": {"users": [{"__typename": "User", "age": "x"} for _ in range(500)]}}
    result, _ = await run("{ users { age } }", root_fetch("a", "{ users { __typename age } }"), {"a": answer})
    assert [error.giver for error in result.errors] == ["a"] * 500
    assert len(looked_up) == 1
