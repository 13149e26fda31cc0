"""The pipeline: a request's whole life, and what is refused on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from router.errors import OperationError, PlanningBudgetExceeded
from router.execution.context import RequestContext
from router.execution.errors import FULL_ERRORS, ErrorPolicy
from router.execution.transport import TransportError
from router.pipeline import GraphQLRequest, GraphQLResponse, Pipeline, PipelineSettings, SubgraphSettings
from router.supergraph.reader import read_supergraph

from .support import ME, SDL, Subgraphs, ask, codes, pipeline, supergraph

QUERY = "{ me { name karma } }"


@pytest.fixture
def subgraphs() -> Subgraphs:
    return Subgraphs()


async def test_a_query_over_two_subgraphs(subgraphs: Subgraphs) -> None:
    response, body = await ask(pipeline(subgraphs), QUERY)
    assert body == {"data": {"me": {"name": "Ada", "karma": 10}}}
    assert not response.refused
    assert [item.subgraph for item in subgraphs.requests] == ["accounts", "reviews"]
    assert [item.url for item in subgraphs.requests] == ["http://accounts.test/graphql", "http://reviews.test/graphql"]
    assert response.subgraph_headers == [("accounts", {"x-from": "accounts"}), ("reviews", {"x-from": "reviews"})]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ me { name ", None, "GRAPHQL_PARSE_FAILED"),
        ("", None, "GRAPHQL_PARSE_FAILED"),
        ("{ me { } }", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nobody }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ me { name: id name } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ me { __typename: name } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ _service { sdl } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ _entities(representations: []) { __typename } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on User { ...F } { me { ...F } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { user(id: $id) { name } }", None, "BAD_USER_INPUT"),
        ("query($id: ID!) { user(id: $id) { name } }", {"id": [1]}, "BAD_USER_INPUT"),
        ("query($n: Note) { user(id: 1, note: $n) { name } }", {"n": {"size": "x"}}, "BAD_USER_INPUT"),
        ("query A { me { id } } query B { me { id } }", None, "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on User { id }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_bad_requests_are_refused_and_reach_no_subgraph(
    subgraphs: Subgraphs, query: str, variables: Any, code: str
) -> None:
    response, body = await ask(pipeline(subgraphs), query, variables=variables)
    assert response.refused
    assert response.status is None
    assert "data" not in body
    assert code in codes(body)
    assert all(error["message"] for error in body["errors"])
    assert subgraphs.requests == []


async def test_errors_have_locations(subgraphs: Subgraphs) -> None:
    for query in ("{ me { name ", "{\n  me { nobody }\n}", "query($id: ID!) { user(id: $id) { name } }"):
        _, body = await ask(pipeline(subgraphs), query)
        assert body["errors"][0]["locations"]


async def test_the_named_operation_runs(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs)
    query = "query A { me { id } } query B { me { name } }"
    assert (await ask(target, query, operation_name="A"))[1] == {"data": {"me": {"id": "1"}}}
    assert (await ask(target, query, operation_name="B"))[1] == {"data": {"me": {"name": "Ada"}}}
    response, body = await ask(target, query, operation_name="C")
    assert response.refused
    assert codes(body) == ["OPERATION_RESOLUTION_FAILURE"]


async def test_variables_are_coerced_and_only_what_is_needed_is_sent(subgraphs: Subgraphs) -> None:
    query = """query($id: ID!, $note: Note, $show: Boolean = true, $unset: Boolean = false) {
      user(id: $id, note: $note) { name @include(if: $show) karma @include(if: $unset) } }"""
    _, body = await ask(pipeline(subgraphs), query, variables={"id": 7, "note": {"text": "x"}, "other": 1})
    assert body == {"data": {"user": {"name": "Ada"}}}
    sent = subgraphs.bodies("accounts")[0]["variables"]
    assert sent["id"] == "7"
    assert sent["note"] == {"text": "x", "size": 3}
    assert "other" not in sent


async def test_introspection_is_off_unless_allowed(subgraphs: Subgraphs) -> None:
    query = '{ __schema { queryType { name } } t: __type(name: "User") { name } }'
    response, body = await ask(pipeline(subgraphs), query)
    assert response.refused
    assert set(codes(body)) == {"INTROSPECTION_DISABLED"}
    _, body = await ask(pipeline(subgraphs, introspection=True), query)
    assert body == {"data": {"__schema": {"queryType": {"name": "Query"}}, "t": {"name": "User"}}}
    assert subgraphs.requests == []


async def test_introspection_beside_data_keeps_the_clients_order(subgraphs: Subgraphs) -> None:
    query = """query($n: String!) { __typename b: me { name } ...F }
      fragment F on Query { __type(name: $n) { fields { name } } me { id } }"""
    _, body = await ask(pipeline(subgraphs, introspection=True), query, variables={"n": "Mutation"})
    fields = {"fields": [{"name": "rename"}]}
    assert body["data"] == {"__typename": "Query", "b": {"name": "Ada"}, "__type": fields, "me": {"id": "1"}}
    assert list(body["data"]) == ["__typename", "b", "__type", "me"]
    assert body["data"]["__type"] == fields


async def test_suggestions_are_left_out_with_introspection(subgraphs: Subgraphs) -> None:
    _, body = await ask(pipeline(subgraphs), "{ mee { name } }")
    assert "Did you mean" not in body["errors"][0]["message"]
    _, body = await ask(pipeline(subgraphs, introspection=True), "{ mee { name } }")
    assert "Did you mean 'me'" in body["errors"][0]["message"]


async def test_a_mutation_by_get_is_405(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs)
    response, body = await ask(target, 'mutation { rename(name: "x") { name } }', read_only=True)
    assert (response.refused, response.status, codes(body)) == (True, 405, ["METHOD_NOT_ALLOWED"])
    assert subgraphs.requests == []
    response, body = await ask(target, 'mutation { rename(name: "x") { name } }')
    assert body == {"data": {"rename": {"name": "Ada"}}}
    assert subgraphs.requests[0].kind == "mutation"


async def test_a_subscription_in_one_piece_is_refused(subgraphs: Subgraphs) -> None:
    response, body = await ask(pipeline(subgraphs), "subscription { joined { id } }")
    assert response.refused
    assert codes(body) == ["SUBSCRIPTION_NOT_SUPPORTED"]


@pytest.mark.parametrize(
    ("setting", "query", "code"),
    [
        ({"max_tokens": 5}, "{ me { name } }", "GRAPHQL_PARSE_FAILED"),
        ({"max_document_bytes": 10}, "{ me { name } }", "DOCUMENT_TOO_LARGE"),
        ({"max_depth": 2}, "{ me { friend { id } } }", "MAX_DEPTH_LIMIT"),
        (
            {"max_depth": 2},
            "{ me { ...F } } fragment F on User { friend { ...G } } fragment G on User { id }",
            "MAX_DEPTH_LIMIT",
        ),
        ({"max_height": 3}, "{ me { ...F friend { ...F } } } fragment F on User { id name }", "MAX_HEIGHT_LIMIT"),
        ({"max_aliases": 1}, "{ me { ...F friend { ...F } } } fragment F on User { a: id }", "MAX_ALIASES_LIMIT"),
        ({"max_root_fields": 1}, "{ ...F me { id } } fragment F on Query { me { id } }", "MAX_ROOT_FIELDS_LIMIT"),
        ({"max_directives": 1}, "{ me { a: id @skip(if: false) id @skip(if: false) } }", "MAX_DIRECTIVES_LIMIT"),
    ],
)
async def test_limits(subgraphs: Subgraphs, setting: dict[str, int], query: str, code: str) -> None:
    response, body = await ask(pipeline(subgraphs, **setting), query)
    assert response.refused
    assert code in codes(body)
    assert subgraphs.requests == []
    (name,) = setting
    response, _ = await ask(pipeline(subgraphs, **{name: 1000}), query)
    assert not response.refused


async def test_subgraph_errors_are_masked_unless_shown() -> None:
    def secret(body: Any) -> Any:
        error = {"message": "at db.internal", "path": ["me", "name"], "extensions": {"code": "X", "trace": "..."}}
        return {"data": {"me": {**ME, "name": None}}, "errors": [error]}

    subgraphs = Subgraphs({"accounts": secret})
    _, body = await ask(pipeline(subgraphs), "{ me { name } }")
    assert body["data"] == {"me": {"name": None}}
    assert body["errors"] == [
        {
            "message": "The subgraph that fills this field answered with an error.",
            "path": ["me", "name"],
            "extensions": {"code": "DOWNSTREAM_SERVICE_ERROR"},
        }
    ]
    partly = ErrorPolicy(message=True, extensions=frozenset({"code"}))
    _, body = await ask(pipeline(subgraphs, subgraph_errors={"accounts": partly}), "{ me { name } }")
    assert body["errors"][0]["message"] == "at db.internal"
    assert body["errors"][0]["extensions"] == {"code": "X"}
    _, body = await ask(pipeline(subgraphs, subgraph_errors={"": FULL_ERRORS}), "{ me { name } }")
    assert body["errors"][0]["extensions"] == {"code": "X", "trace": "...", "service": "accounts"}


async def test_an_unreachable_subgraph_keeps_its_address_to_itself() -> None:
    subgraphs = Subgraphs({"reviews": lambda body: TransportError("http://reviews.test refused")})
    response, body = await ask(pipeline(subgraphs), QUERY)
    assert not response.refused
    assert body == {
        "data": {"me": {"name": "Ada", "karma": None}},
        "errors": [
            {
                "message": "The subgraph that fills this field could not be reached.",
                "path": ["me", "karma"],
                "extensions": {"code": "SUBREQUEST_HTTP_ERROR"},
            }
        ],
    }


async def test_the_settings_of_a_subgraph_reach_its_requests(subgraphs: Subgraphs) -> None:
    chosen = {
        "": SubgraphSettings(timeout=7.0),
        "reviews": SubgraphSettings(url="http://elsewhere.test/", timeout=1.5, max_response_bytes=99),
    }
    await ask(pipeline(subgraphs, subgraphs=chosen), QUERY)
    first, second = subgraphs.requests
    assert (first.url, first.timeout) == ("http://accounts.test/graphql", 7.0)
    assert (second.url, second.timeout, second.max_response_bytes) == ("http://elsewhere.test/", 1.5, 99)


async def test_headers_are_those_of_the_context(subgraphs: Subgraphs) -> None:
    context = RequestContext(headers_for=lambda name: (("x-to", name),))
    await ask(pipeline(subgraphs), QUERY, context)
    assert [("x-to", item.subgraph) in item.headers for item in subgraphs.requests] == [True, True]


async def test_equal_queries_in_flight_share_an_answer() -> None:
    subgraphs = Subgraphs(delay=0.01)
    target = pipeline(subgraphs, deduplicate_requests=True)
    answers = await asyncio.gather(*(ask(target, QUERY) for _ in range(10)))
    assert all(body == {"data": {"me": {"name": "Ada", "karma": 10}}} for _, body in answers)
    assert len(subgraphs.requests) == 2
    assert target.counters["deduplicated_requests"] == 9


@pytest.mark.parametrize(
    "context",
    [
        RequestContext(headers_for=lambda name: (("authorization", "other"),)),
        RequestContext(claims={"sub": "other"}),
    ],
    ids=["another header", "another caller"],
)
async def test_different_callers_never_share(context: RequestContext) -> None:
    subgraphs = Subgraphs(delay=0.01)
    alone = {"": SubgraphSettings(deduplicate=False)}
    target = pipeline(subgraphs, deduplicate_requests=True, subgraphs=alone)
    await asyncio.gather(ask(target, "{ me { id } }"), ask(target, "{ me { id } }", context))
    assert len(subgraphs.requests) == 2


async def test_mutations_are_never_shared() -> None:
    subgraphs = Subgraphs(delay=0.01)
    target = pipeline(subgraphs, deduplicate_requests=True)
    await asyncio.gather(*(ask(target, 'mutation { rename(name: "x") { id } }') for _ in range(3)))
    assert len(subgraphs.requests) == 3


@pytest.mark.parametrize(("shared", "calls"), [(True, 1), (False, 3)])
async def test_equal_fetches_in_flight_are_sent_once_where_allowed(shared: bool, calls: int) -> None:
    subgraphs = Subgraphs(delay=0.01)
    target = pipeline(subgraphs, subgraphs={"accounts": SubgraphSettings(deduplicate=shared)})
    answers = await asyncio.gather(*(ask(target, "{ me { id } }") for _ in range(3)))
    assert len(subgraphs.requests) == calls
    assert all(body == {"data": {"me": {"id": "1"}}} for _, body in answers)


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    subgraphs = Subgraphs(delay=0.03)
    target = pipeline(subgraphs, deduplicate_requests=True)
    first = asyncio.create_task(ask(target, QUERY))
    second = asyncio.create_task(ask(target, QUERY))
    await asyncio.sleep(0.01)
    first.cancel()
    assert (await second)[1] == {"data": {"me": {"name": "Ada", "karma": 10}}}
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_work_that_nobody_waits_for_is_cancelled() -> None:
    asked, cancelled = asyncio.Event(), asyncio.Event()

    class Hanging(Subgraphs):
        async def send(self, request: Any) -> Any:
            asked.set()
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                cancelled.set()
                raise

    call = asyncio.create_task(ask(pipeline(Hanging(), deduplicate_requests=True), QUERY))
    await asked.wait()
    call.cancel()
    await asyncio.wait_for(cancelled.wait(), 60)
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_documents_and_plans_are_cached(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs)
    for query in (QUERY, QUERY, "query { me { name, karma } }"):
        await ask(target, query)
    counters = target.counters
    assert (counters["document_cache_hits"], counters["document_cache_misses"]) == (1, 2)
    assert (counters["plan_cache_hits"], counters["plan_cache_misses"]) == (1, 1)
    assert target.recent() == [(QUERY, None), ("query { me { name, karma } }", None)]

    other = pipeline(subgraphs)
    assert await other.warm([*target.recent(), ("{ gone }", None)]) == 2
    await ask(other, QUERY)
    assert other.counters["document_cache_misses"] == 0


async def test_warming_gives_way_and_ends_in_time(subgraphs: Subgraphs) -> None:
    target, turns = pipeline(subgraphs), 0
    wanted = [(f"{{ a{number}: me {{ id karma }} }}", None) for number in range(200)]

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    warmed = await target.warm(wanted, within=0.2)
    beside.cancel()
    assert 0 < warmed < len(wanted)
    assert turns > warmed
    # The last were the most wanted.
    await ask(target, wanted[-1][0])
    assert target.counters["document_cache_misses"] == 0


async def test_caches_are_bounded(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs, cache_entries=3, cache_bytes=20_000)
    for number in range(10):
        await ask(target, f"{{ a{number}: me {{ id }} }}")
    assert target.counters["document_cache_entries"] == 3
    assert target.counters["document_cache_bytes"] <= 20_000


async def test_large_documents_are_prepared_in_a_process_of_their_own(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs, inline_tokens=10)
    try:
        query = (
            'query($id: ID!, $n: Note = {text: "d"}) { user(id: $id, note: $n) { name karma } me { friend { id } } }'
        )
        _, body = await ask(target, query, variables={"id": 7})
        assert body["data"]["user"] == {"name": "Ada", "karma": 10}
        assert subgraphs.bodies("accounts")[0]["variables"]["id"] == "7"
        response, body = await ask(target, query)
        assert (response.refused, codes(body)) == (True, ["BAD_USER_INPUT"])
        response, body = await ask(target, "{ me { name karma } nobody { name name name } }")
        assert (response.refused, codes(body)) == (True, ["GRAPHQL_VALIDATION_FAILED"])
        assert body["errors"][0]["locations"] == [{"line": 1, "column": 21}]
    finally:
        await target.aclose()


async def test_a_process_that_dies_is_replaced(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs, inline_tokens=1)
    try:
        await ask(target, "{ me { name } }")
        process = target._preparation._worker._process
        assert process is not None
        process.kill()
        await process.wait()
        _, body = await ask(target, "{ me { id } }")
        assert body == {"data": {"me": {"id": "1"}}}
    finally:
        await target.aclose()


async def test_explain_tells_the_plan_and_its_reasons(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs)
    explanation = await target.explain(GraphQLRequest(QUERY))
    assert explanation.text.startswith("QueryPlan {")
    assert explanation.text == str(explanation.plan)
    assert [item.service for item in explanation.reasons] == ["accounts", "reviews"]
    assert isinstance(explanation.json, dict)
    assert subgraphs.requests == []
    with pytest.raises(OperationError):
        await target.explain(GraphQLRequest("{ nobody }"))


async def test_stream_answers_in_one_piece_where_one_is_enough(subgraphs: Subgraphs) -> None:
    result = await pipeline(subgraphs).stream(GraphQLRequest(QUERY), RequestContext())
    assert isinstance(result, GraphQLResponse)
    assert json.loads(result.body) == {"data": {"me": {"name": "Ada", "karma": 10}}}
    result = await pipeline(subgraphs).stream(GraphQLRequest("{ nobody }"), RequestContext())
    assert isinstance(result, GraphQLResponse)
    assert result.refused


async def test_defaults_are_safe() -> None:
    settings = PipelineSettings()
    assert not settings.introspection
    assert settings.max_tokens == 15_000
    assert settings.subgraph_errors == {}
    assert settings.of_subgraph("any").timeout == 30.0
    assert supergraph().graphs


async def collect(stream: AsyncIterator[bytes]) -> list[Any]:
    return [json.loads(item) async for item in stream]


class Trace:
    """A :class:`~router.execution.context.RequestTrace` that remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.codes: list[list[str]] = []

    @contextmanager
    def preparing(self) -> Iterator[None]:
        self.seen.append("preparing")
        yield

    def prepared(self, kind: str, name: str | None, text: str) -> None:
        self.seen.append("prepared")

    def errors(self, codes: Iterable[str]) -> None:
        self.codes.append(list(codes))


DEFERRED = '{ me { name ... @defer(label: "slow") { karma } } }'


async def test_deferred_parts_are_streamed(subgraphs: Subgraphs) -> None:
    stream = await pipeline(subgraphs).stream(GraphQLRequest(DEFERRED), RequestContext())
    assert not isinstance(stream, GraphQLResponse)
    assert await collect(stream) == [
        {"data": {"me": {"name": "Ada"}}, "hasNext": True},
        {"incremental": [{"data": {"karma": 10}, "path": ["me"], "label": "slow"}], "hasNext": False},
    ]


async def test_a_client_without_streams_gets_one_piece(subgraphs: Subgraphs) -> None:
    _, body = await ask(pipeline(subgraphs), DEFERRED)
    assert body == {"data": {"me": {"name": "Ada", "karma": 10}}}


async def test_defer_can_be_turned_off_by_a_variable(subgraphs: Subgraphs) -> None:
    query = "query($on: Boolean!) { me { name ... @defer(if: $on) { karma } } }"
    target = pipeline(subgraphs)
    on = await target.stream(GraphQLRequest(query, variables={"on": True}), RequestContext())
    assert not isinstance(on, GraphQLResponse)
    assert [item["hasNext"] for item in await collect(on)] == [True, False]
    off = await target.stream(GraphQLRequest(query, variables={"on": False}), RequestContext())
    assert not isinstance(off, GraphQLResponse)
    assert await collect(off) == [{"data": {"me": {"name": "Ada", "karma": 10}}, "hasNext": False}]


@pytest.mark.parametrize(
    "query",
    [
        "{ me { name ... @defer(if: false) { karma } } }",
        'mutation { rename(name: "Ada") { name ... @defer { karma } } }',
    ],
)
async def test_what_defers_nothing_is_prepared_once(subgraphs: Subgraphs, query: str) -> None:
    target, trace = pipeline(subgraphs), Trace()
    for _ in range(3):
        result = await target.stream(GraphQLRequest(query), RequestContext(trace=trace))
        assert isinstance(result, GraphQLResponse)
        assert list(json.loads(result.body)["data"].values()) == [{"name": "Ada", "karma": 10}]
    assert (target.counters["document_cache_misses"], target.counters["document_cache_hits"]) == (1, 2)
    assert trace.seen == ["preparing", "prepared", "prepared", "prepared"]


async def test_subscriptions_run_over_a_transport_that_can() -> None:
    class Subscribing(Subgraphs):
        async def subscribe(self, request: Any) -> AsyncIterator[bytes]:
            assert request.kind == "subscription"
            yield json.dumps({"data": {"joined": ME}}).encode()

    query = GraphQLRequest("subscription { joined { name karma } }")
    stream = await pipeline(Subscribing()).stream(query, RequestContext())
    assert not isinstance(stream, GraphQLResponse)
    assert await collect(stream) == [{"data": {"joined": {"name": "Ada", "karma": 10}}}]
    refused = await pipeline(Subgraphs()).stream(query, RequestContext())
    assert isinstance(refused, GraphQLResponse)
    assert refused.refused


async def test_a_trace_hears_of_the_errors_of_every_payload() -> None:
    class Subscribing(Subgraphs):
        async def subscribe(self, request: Any) -> AsyncIterator[bytes]:
            for code in ("FIRST", None, "THIRD"):
                errors = [{"message": "no", "path": ["joined", "name"], "extensions": {"code": code}}] if code else []
                yield json.dumps({"data": {"joined": {**ME, "name": None}}, "errors": errors}).encode()

    trace = Trace()
    stream = await pipeline(Subscribing()).stream(
        GraphQLRequest("subscription { joined { name } }"), RequestContext(trace=trace)
    )
    assert not isinstance(stream, GraphQLResponse)
    assert len(await collect(stream)) == 3
    assert trace.codes == [["FIRST"], ["THIRD"]]


GUARDED = (
    SDL.replace(
        "{ query: Query",
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)\n'
        '@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)\n{ query: Query',
    )
    .replace("  karma: Int", "  karma: Int @authenticated")
    .replace("  friend: User", '  friend: User @policy(policies: [["social"]])')
    + "directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n"
    + "scalar policy__Policy\n"
    + "directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n"
)


async def test_what_the_caller_may_not_see_is_never_fetched(subgraphs: Subgraphs) -> None:
    target = Pipeline(read_supergraph(GUARDED), PipelineSettings(), subgraphs)
    query = "{ me { name karma friend { name } } }"
    for _ in range(3):  # by the readable executor and by the compiled one
        response, body = await ask(target, query)
        assert body["data"] == {"me": {"name": "Ada", "karma": None, "friend": None}}
        assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
            (["me", "karma"], "UNAUTHORIZED_FIELD_OR_TYPE"),
            (["me", "friend"], "UNAUTHORIZED_FIELD_OR_TYPE"),
        ]
        assert not response.refused
    assert {item.subgraph for item in subgraphs.requests} == {"accounts"}
    assert all("friend" not in item["query"] for item in subgraphs.bodies("accounts"))
    known = RequestContext(claims={"sub": "1"})
    _, body = await ask(target, query, known)
    assert body["data"]["me"]["karma"] == 10
    assert [error["path"] for error in body["errors"]] == [["me", "friend"]]
    _, body = await ask(target, query, RequestContext(claims={"sub": "1"}, policies=frozenset({"social"})))
    assert "errors" not in body


OVERRIDDEN = SDL.replace(
    "karma: Int @join__field(graph: REVIEWS)",
    'karma: Int @join__field(graph: REVIEWS, override: "accounts", overrideLabel: "moved") '
    '@join__field(graph: ACCOUNTS, overrideLabel: "moved")',
)


async def test_override_labels_are_part_of_the_plan(subgraphs: Subgraphs) -> None:
    target = Pipeline(read_supergraph(OVERRIDDEN), PipelineSettings(), subgraphs)
    await ask(target, QUERY)
    assert {item.subgraph for item in subgraphs.requests} == {"accounts"}
    await ask(target, QUERY, RequestContext(labels=frozenset({"moved", "unknown"})))
    assert {item.subgraph for item in subgraphs.requests} == {"accounts", "reviews"}


@pytest.mark.parametrize(("share", "asked"), [("0", {"accounts"}), ("100", {"accounts", "reviews"})])
async def test_a_percentage_is_drawn_for_each_request(subgraphs: Subgraphs, share: str, asked: set[str]) -> None:
    sdl = OVERRIDDEN.replace('"moved"', f'"percent({share})"')
    target = Pipeline(read_supergraph(sdl), PipelineSettings(), subgraphs)
    for _ in range(5):
        await ask(target, QUERY)
    assert {item.subgraph for item in subgraphs.requests} == asked


async def test_both_executors_answer_alike(subgraphs: Subgraphs) -> None:
    readable, compiled = pipeline(subgraphs, compiled=False), pipeline(subgraphs, compile_after=0)
    for query in (QUERY, "{ __typename }", "{ a: me { id } b: me { karma friend { karma } } }"):
        assert (await ask(readable, query))[1] == (await ask(compiled, query))[1]


async def test_what_takes_long_to_plan_is_planned_in_a_process_of_its_own(
    subgraphs: Subgraphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any, within: float | None = None, **__: Any) -> Any:
        assert within == 0.03
        raise PlanningBudgetExceeded("took too long here")

    target = pipeline(subgraphs)
    monkeypatch.setattr(target._preparation.preparer, "plan", slow)
    try:
        _, body = await ask(target, QUERY)
        assert body == {"data": {"me": {"name": "Ada", "karma": 10}}}
    finally:
        await target.aclose()


async def test_what_takes_too_long_to_plan_is_refused(subgraphs: Subgraphs) -> None:
    target = pipeline(subgraphs, planning_budget=0)
    try:
        response, body = await ask(target, QUERY)
        assert (response.refused, codes(body)) == (True, ["QUERY_PLAN_COMPLEXITY_EXCEEDED"])
        assert subgraphs.requests == []
    finally:
        await target.aclose()
