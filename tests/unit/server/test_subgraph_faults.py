"""A subgraph that fails, as clients and operators of the whole router see it."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from router import compose, create_app
from router.config.load import SettingsSources, load_settings
from router.config.problem import InvalidConfiguration
from router.config.settings import Settings
from router.server.app import RouterApp
from router.server.network_calls import guard_calls, open_network
from tests.support.scripted_subgraph import certificate

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) '
SDL = {
    "users": LINK + 'type Query { me: User } type Mutation { act: Int } type User @key(fields: "id") { id: ID! }',
    "courses": LINK + 'type User @key(fields: "id") { id: ID! courses: [String!] } type Mutation { add: Int }',
}
QUERY = "{ me { id courses } }"


class Subgraph:
    """Answers with a status and data, and counts how often it was asked."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.asked += 1
        headers = [(b"content-type", b"application/json" if self.status == 200 else b"text/plain"), *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = json.dumps({"data": self.data}).encode() if self.status == 200 else b"not now"
        await send({"type": "http.response.body", "body": body})


class World:
    """The router, whose subgraph courses can be made to fail."""

    def __init__(self, *, dev: bool = False, **settings: Any) -> None:
        self.users = Subgraph({"me": {"__typename": "User", "id": "1"}, "act": 1})
        self.courses = Subgraph({"_entities": [{"courses": ["Graphs"]}], "add": 2})
        sdl = compose(SDL).supergraph_sdl
        assert sdl is not None
        shaping = {"all": {"deduplicate_query": False, **settings}}
        self.app: RouterApp = create_app(
            sdl,
            settings={"traffic_shaping": shaping},
            subgraphs={"users": self.users, "courses": self.courses},
            dev=dev,
        )
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app))

    async def ask(self, query: str = QUERY) -> dict[str, Any]:
        response = await self._http.post("http://router.test/graphql", json={"query": query})
        assert response.status_code == 200
        found: dict[str, Any] = response.json()
        return found

    async def figures(self) -> dict[str, float]:
        """The samples of subgraphs, but those of requests and durations."""
        text = (await self._http.get("http://router.test/metrics")).text
        return {
            ",".join(
                [sample.name, *(sample.labels[label] for label in ("subgraph", "state") if label in sample.labels)]
            ): sample.value
            for family in text_string_to_metric_families(text)
            if family.name.startswith("router_subgraph") and "request" not in family.name
            for sample in family.samples
        }


async def test_a_subgraph_that_fails_too_often_is_held_back_and_the_rest_is_there() -> None:
    world = World(retry={"enabled": False})
    world.courses.status = 503
    codes = [(await world.ask())["errors"][0]["extensions"]["code"] for _ in range(25)]
    assert codes == ["SUBREQUEST_HTTP_ERROR"] * 20 + ["SUBREQUEST_HELD_BACK"] * 5
    assert (world.users.asked, world.courses.asked) == (25, 20)
    answer = await world.ask()
    assert answer["data"] == {"me": {"id": "1", "courses": None}}
    assert answer["errors"] == [
        {
            "message": "The subgraph that fills this field failed too often, and is left alone for a while.",
            "path": ["me", "courses"],
            "extensions": {"code": "SUBREQUEST_HELD_BACK", "retryAfter": 1},
        }
    ]
    figures = await world.figures()
    states = {name: value for name, value in figures.items() if "state" in name}
    assert states == {
        "router_subgraph_circuit_state,courses,closed": 0,
        "router_subgraph_circuit_state,courses,open": 1,
        "router_subgraph_circuit_state,courses,half_open": 0,
        "router_subgraph_circuit_state,users,closed": 1,
        "router_subgraph_circuit_state,users,open": 0,
        "router_subgraph_circuit_state,users,half_open": 0,
    }
    assert figures["router_subgraph_circuit_opened_total,courses"] == 1
    assert figures["router_subgraph_held_back_total,courses"] == 6
    assert figures["router_subgraph_held_back_total,users"] == 0


async def test_who_may_see_everything_is_told_which_and_for_how_long() -> None:
    world = World(dev=True, retry={"enabled": False})
    world.courses.status = 502
    for _ in range(20):
        await world.ask()
    (error,) = (await world.ask())["errors"]
    assert error["message"].startswith("courses: it is held back, since it failed too often; it is asked again in ")
    assert error["extensions"] == {"code": "SUBREQUEST_HELD_BACK", "retryAfter": 1, "service": "courses"}


async def test_it_comes_back_by_itself() -> None:
    world = World(retry={"enabled": False}, circuit_breaker={"hold": "100ms"})
    world.courses.status = 503
    for _ in range(20):
        await world.ask()
    world.courses.status = 200
    guard = world.app.router_state.metrics.guards["courses"]
    assert guard.breaker is not None
    guard.breaker.until = 0.0
    assert await world.ask() == {"data": {"me": {"id": "1", "courses": ["Graphs"]}}}
    assert guard.breaker.state == "closed"


async def test_a_query_is_sent_once_more_a_mutation_never() -> None:
    world = World()
    world.courses.status = 503
    world.courses.headers = [(b"retry-after", b"0")]
    await world.ask()
    assert world.courses.asked == 2
    await world.ask("mutation { add }")
    assert world.courses.asked == 3
    figures = await world.figures()
    assert figures["router_subgraph_retries_total,courses"] == 1
    assert figures["router_subgraph_retries_over_budget_total,courses"] == 0


async def test_both_can_be_turned_off() -> None:
    world = World(retry={"enabled": False}, circuit_breaker={"enabled": False})
    world.courses.status = 503
    for _ in range(50):
        await world.ask()
    assert world.courses.asked == 50
    assert not [name for name in await world.figures() if "state" in name]


def read(text: str) -> Settings:
    return load_settings(SettingsSources(text))


def test_settings_of_one_subgraph_stand_in_place_of_those_for_all() -> None:
    settings = read(
        "traffic_shaping: {router: {timeout: 20s},"
        " all: {timeout: 9s, circuit_breaker: {hold: 3s}, retry: {share: 0.5}},"
        " subgraphs: {users: {retry: {enabled: false}, circuit_breaker: {failure_share: 1, least_calls: 5}}}}"
    )
    guarded = guard_calls(settings, open_network(settings))
    users, others = guarded._rules_of("users"), guarded._rules_of("courses")
    assert users.retries is None
    assert (users.timeout, others.timeout) == (20.0, 9.0)
    assert users.breaker is not None
    assert (users.breaker.failure_share, users.breaker.least_calls, users.breaker.hold) == (1.0, 5, 1.0)
    assert others.breaker is not None
    assert others.breaker.hold == 3.0
    assert others.retries is not None
    assert others.retries.share == 0.5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("circuit_breaker: {failure_share: 0}", "failure_share"),
        ("circuit_breaker: {failure_share: 1.5}", "failure_share"),
        ("circuit_breaker: {least_calls: 0}", "least_calls"),
        ("circuit_breaker: {window: 1h}", "window"),
        ("circuit_breaker: {window: 0s}", "window"),
        ("circuit_breaker: {hold: 20s}", "hold is longer than longest_hold"),
        ("circuit_breaker: {longest_hold: 1h}", "longest_hold"),
        ("circuit_breaker: {hold: soon}", "write it as 500ms, 30s or 1m"),
        ("retry: {share: 2}", "share"),
        ("retry: {least_per_second: -1}", "least_per_second"),
        ("retry: {longest_wait: 1h}", "longest_wait"),
        ("experimental_retry: {enabled: true}", "write retry"),
    ],
)
def test_values_out_of_bounds_are_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(f"traffic_shaping: {{all: {{{text}}}}}")
    assert says in str(caught.value)


def test_whom_to_trust_is_read_from_the_settings() -> None:
    public, private = certificate("localhost")
    written = json.dumps(public.decode())
    settings = read(f"tls: {{subgraph: {{subgraphs: {{users: {{certificate_authorities: {written}}}}}}}}}")
    assert settings.tls.subgraph.subgraphs["users"].certificate_authorities == public.decode()
    for text in ('"no certificate"', '""', json.dumps(private.decode())):
        with pytest.raises(InvalidConfiguration) as caught:
            read(f"tls: {{subgraph: {{all: {{certificate_authorities: {text}}}}}}}")
        assert "no certificates are in it" in str(caught.value)
        assert "PRIVATE" not in str(caught.value)
