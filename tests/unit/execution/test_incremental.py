"""`@defer` and subscriptions: an async iterator of results."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from graphql import GraphQLDeferDirective, GraphQLSchema, build_schema, parse, validate

from router.execution.context import RequestContext
from router.execution.executor import ExecutionResult, execute_incrementally, execute_plan, execute_subscription
from router.execution.transport import SubgraphRequest
from router.query_plan.nodes import DeferNode, DeferredNode, PlanNode, SequenceNode, SubscriptionNode
from router.query_plan.plan import QueryPlan

from .graph import SDL, FakeTransport, entity_fetch, failing, operation_of, path, places, root_fetch, services

ME = root_fetch("a", "{ me { __typename id name } users { __typename id } }")
DATA = {
    "data": {
        "me": {"__typename": "User", "id": "1", "name": "Ada"},
        "users": [{"__typename": "User", "id": "2"}, None, {"__typename": "User", "id": "3"}],
    }
}
QUERY = '{ me { name ... @defer(label: "slow") { team } } }'
SLOW = DeferredNode("slow", path("me"), (0,), "{ team }", entity_fetch("b", "me", "... on User { team }"))


def entities(*items: object) -> dict[str, object]:
    return {"data": {"_entities": list(items)}}


async def collect(query: str, node: PlanNode, answers: dict[str, Any], **variables: Any) -> list[ExecutionResult]:
    transport = FakeTransport(answers)
    known = services(transport, *answers)
    stream = execute_incrementally(QueryPlan(node), operation_of(query), variables, known, RequestContext())
    return [result async for result in stream]


def test_the_query_is_a_valid_one() -> None:
    schema = build_schema(SDL)
    arguments: dict[str, Any] = {**schema.to_kwargs(), "directives": (*schema.directives, GraphQLDeferDirective)}
    assert validate(GraphQLSchema(**arguments), parse(QUERY)) == []


async def test_the_primary_part_comes_first() -> None:
    node = DeferNode(ME, (SLOW,))
    first, second = await collect(QUERY, node, {"a": DATA, "b": entities({"team": "x"})})
    assert (first.data, first.path, first.has_next) == ({"me": {"name": "Ada"}}, None, True)
    assert (second.data, second.path, second.label, second.has_next) == ({"team": "x"}, ("me",), "slow", False)


async def test_the_first_part_does_not_wait_for_the_deferred() -> None:
    gate = asyncio.Event()

    class Gated(FakeTransport):
        async def send(self, request: SubgraphRequest) -> Any:
            if request.subgraph == "b":
                await gate.wait()
            return await super().send(request)

    known = services(Gated({"a": DATA, "b": entities({"team": "x"})}), "a", "b")
    plan = QueryPlan(DeferNode(ME, (SLOW,)))
    stream = execute_incrementally(plan, operation_of(QUERY), {}, known, RequestContext())
    first = await asyncio.wait_for(anext(stream), 60)
    assert first.data == {"me": {"name": "Ada"}}
    gate.set()
    assert (await anext(stream)).data == {"team": "x"}


async def test_stopping_cancels_what_is_deferred() -> None:
    asked, cancelled = asyncio.Event(), asyncio.Event()

    class Hanging(FakeTransport):
        async def send(self, request: SubgraphRequest) -> Any:
            if request.subgraph == "b":
                asked.set()
                try:
                    await asyncio.sleep(600)
                except asyncio.CancelledError:
                    cancelled.set()
                    raise
            return await super().send(request)

    known = services(Hanging({"a": DATA, "b": {}}), "a", "b")
    stream = execute_incrementally(QueryPlan(DeferNode(ME, (SLOW,))), operation_of(QUERY), {}, known, RequestContext())
    await anext(stream)
    await asked.wait()
    await stream.aclose()
    await asyncio.wait_for(cancelled.wait(), 60)


async def test_a_part_in_a_list_comes_for_every_item() -> None:
    part = DeferredNode(None, path("users.@"), (0,), "", entity_fetch("b", "users.@", "... on User { team }"))
    results = await collect(
        "{ users { id ... @defer { team } } }",
        DeferNode(ME, (part,)),
        {"a": DATA, "b": entities({"team": "x"}, {"team": "y"})},
    )
    assert [(item.data, item.path) for item in results[1:]] == [
        ({"team": "x"}, ("users", 0)),
        ({"team": "y"}, ("users", 2)),
    ]
    assert [item.has_next for item in results] == [True, True, False]


async def test_errors_of_a_part_come_with_it() -> None:
    first, second = await collect(QUERY, DeferNode(ME, (SLOW,)), {"a": DATA, "b": failing()})
    assert list(first.errors) == []
    assert second.data == {"team": None}
    assert places(second) == [["me", "team"]]


async def test_a_part_whose_data_is_there_already_needs_no_fetch() -> None:
    part = DeferredNode("slow", path("me"), (0,), "{ name }", None)
    results = await collect('{ me { id ... @defer(label: "slow") { name } } }', DeferNode(ME, (part,)), {"a": DATA})
    assert [item.data for item in results] == [{"me": {"id": "1"}}, {"name": "Ada"}]


async def test_a_part_below_a_null_never_comes_but_the_end_does() -> None:
    first, last = await collect(QUERY, DeferNode(ME, (SLOW,)), {"a": {"data": {"me": None}}, "b": {}})
    assert first.data == {"me": None}
    assert (last.data, last.path, last.has_next) == (None, None, False)


async def test_a_part_within_a_part() -> None:
    inner = DeferredNode("inner", path("me"), (), "{ age }", entity_fetch("c", "me", "... on User { age }", id=2))
    outer = DeferredNode(
        "outer", path("me"), (0,), "", DeferNode(entity_fetch("b", "me", "... on User { x }"), (inner,))
    )
    query = '{ me { id ... @defer(label: "outer") { team ... @defer(label: "inner") { age } } } }'
    answers = {"a": DATA, "b": entities({"team": "x"}), "c": entities({"age": 5})}
    results = await collect(query, DeferNode(ME, (outer,)), answers)
    assert [(item.data, item.label) for item in results] == [
        ({"me": {"id": "1"}}, None),
        ({"team": "x"}, "outer"),
        ({"age": 5}, "inner"),
    ]
    assert [item.has_next for item in results] == [True, True, False]


async def test_parts_without_a_label_at_one_place_come_together() -> None:
    parts = (
        DeferredNode(None, path("me"), (0,), "", entity_fetch("b", "me", "... on User { team }")),
        DeferredNode(None, path("me"), (0,), "", entity_fetch("c", "me", "... on User { age }", id=2)),
    )
    query = "{ me { id ... @defer { team } ... @defer { age } } }"
    answers = {"a": DATA, "b": entities({"team": "x"}), "c": entities({"age": 5})}
    results = await collect(query, DeferNode(ME, parts), answers)
    assert results[-1].data == {"team": "x", "age": 5}
    assert not results[-1].has_next


async def test_in_one_piece_the_deferred_comes_in_its_place() -> None:
    answers = {"a": DATA, "b": entities({"team": "x"})}
    known = services(FakeTransport(answers), *answers)
    plan = QueryPlan(DeferNode(ME, (SLOW,)))
    result = await execute_plan(plan, operation_of(QUERY), {}, known, RequestContext())
    assert result.data == {"me": {"name": "Ada", "team": "x"}}


async def test_a_subscription_fetches_the_rest_for_each_event() -> None:
    primary = root_fetch("a", "subscription { joined { __typename id name } }", kind="subscription", variables=("v",))
    node = SubscriptionNode(primary, SequenceNode((entity_fetch("b", "joined", "... on User { team }"),)))
    opened: list[SubgraphRequest] = []

    async def source(request: SubgraphRequest) -> AsyncIterator[bytes]:
        opened.append(request)
        for number in ("1", "2"):
            yield json.dumps({"data": {"joined": {"__typename": "User", "id": number, "name": number}}}).encode()
        yield b'{"errors": [{"message": "broken"}], "data": null}'
        yield b"not JSON"

    teams = {"a": {}, "b": lambda body: entities({"team": "of " + body["variables"]["representations"][0]["id"]})}
    known = services(FakeTransport(teams), *teams)
    stream = execute_subscription(
        QueryPlan(node),
        operation_of("subscription { joined { name team } }"),
        {"v": 1, "w": 2},
        known,
        RequestContext(),
        source=source,
    )
    results = [result async for result in stream]
    assert [result.data for result in results] == [
        {"joined": {"name": "1", "team": "of 1"}},
        {"joined": {"name": "2", "team": "of 2"}},
        {"joined": None},
        {"joined": None},
    ]
    assert [places(result) for result in results] == [[], [], [["joined"]], [["joined"]]]
    assert json.loads(opened[0].body)["variables"] == {"v": 1}
    assert opened[0].kind == "subscription"
