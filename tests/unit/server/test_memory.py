"""What a supergraph took is given back once another one serves: nothing outlives its pipeline."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import GraphQLSchema

from router import compose
from router.execution.compiled.executor import CompiledPlan
from router.execution.compiled.source import Code
from router.graph.model import QueryGraph
from router.operation.model import SelectionSet
from router.pipeline import GraphQLRequest, Pipeline
from router.planning.spots import Spot
from router.query_plan.nodes import FetchNode
from router.server.app import RouterApp, create_app
from router.supergraph.model import Supergraph
from tests.unit.server.test_create_app import LINK, Subgraph

URL = "http://router.test/graphql"
DEFER = "multipart/mixed;deferSpec=20220824, application/json"
SETTINGS = {"supergraph": {"introspection": True}, "include_subgraph_errors": {"all": True}}
#: What there is of a supergraph in service.
ONE_OF_EACH = (Supergraph, QueryGraph, GraphQLSchema, Pipeline)
MANY = (CompiledPlan, Code, FetchNode, SelectionSet, Spot)
#: `0` stands for the number of the supergraph, so that each is asked for what only it has. The last operation is
#: answered wrong: what was sent for it is looked at again.
OPERATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("query($size: Size0) { me(size: $size) { name0 courses { title } } }", {"size": {"width": 1, "inner": {}}}),
    (
        "query($on: Boolean!) { me { ...F } } fragment F on User { name0 courses @include(if: $on) { title } }",
        {"on": True},
    ),
    ("{ me { name0 ... @defer { courses { title } } } }", {}),
    ("{ __schema { types { name } } }", {}),
    ("{ me { age0 } }", {}),
)


def sdl(number: str) -> str:
    users = """type Query { me(size: Size0): User } input Size0 { width: Int = 2, inner: Size0 }
        type User @key(fields: "id") { id: ID! name0: String age0: Int }"""
    courses = 'type User @key(fields: "id") { id: ID! courses: [Course!]! } type Course { title: String! }'
    composition = compose(
        {
            "users": ("http://users.test/", LINK + users.replace("0", number)),
            "courses": ("http://courses.test/", LINK + courses),
        }
    )
    assert composition.supergraph_sdl is not None
    return composition.supergraph_sdl


def users(body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    me = {f"{name}{n}": "Ada" for n in range(10) for name in ("name", "age") if f"{name}{n}" in body["query"]}
    return {"data": {"me": {"__typename": "User", "id": "1", **me}}}


def courses(body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    return {"data": {"_entities": [{"courses": [{"title": "Graphs"}]}]}}


@pytest.fixture
def born() -> Iterator[None]:
    """Only what is made from here on counts as alive."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def alive() -> Counter[type]:
    gc.collect()
    return Counter(type(item) for item in gc.get_objects() if type(item) in (*ONE_OF_EACH, *MANY))


async def serve(app: RouterApp, number: str) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        for query, variables in OPERATIONS:
            body = {"query": query.replace("Size0", f"Size{number}").replace("e0", f"e{number}")}
            for _ in range(3):
                answer = await client.post(URL, json={**body, "variables": variables}, headers={"accept": DEFER})
                assert answer.status_code == 200
    current = app.router_state.current
    assert current is not None
    await current.pipeline.explain(GraphQLRequest(OPERATIONS[0][0].replace("0", number)))


async def test_nothing_of_a_supergraph_is_left_when_others_serve(born: None, tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    path.write_text(sdl("0"), encoding="utf-8")
    subgraphs = {"users": Subgraph(users), "courses": Subgraph(courses)}
    app = create_app(path, settings=SETTINGS, subgraphs=subgraphs)
    await app.router_state.start()
    await serve(app, "0")
    first = alive()
    assert {kind: first[kind] for kind in ONE_OF_EACH} == dict.fromkeys(ONE_OF_EACH, 1)
    assert all(first[kind] for kind in MANY)
    for number in "1234":
        path.write_text(sdl(number), encoding="utf-8")
        await app.router_state.reload()
        await serve(app, number)
        assert alive() == first
    await app.router_state.aclose()
    del app
    assert alive() == Counter()
