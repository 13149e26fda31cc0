"""`create_app`: a whole graph in one process, and what it refuses."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from router import compose, create_app, load_supergraph, plan
from router.config.problem import InvalidConfiguration
from router.config.settings import Settings
from router.errors import InvalidSupergraph, OperationError, RouterError
from tests.support.tokens import AUDIENCE, ISSUER, good_token, standard_keys

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) '
USERS = LINK + 'type Query { me: User } type User @key(fields: "id") { id: ID! name: String }'
COURSES = LINK + 'type User @key(fields: "id") { id: ID! courses: [Course!]! } type Course { title: String! }'
QUERY = "{ me { name courses { title } } }"

Answer = Callable[[dict[str, Any], dict[str, str]], dict[str, Any]]


class Subgraph:
    """An ASGI application that answers by a function, and knows whether it was started."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.started = self.stopped = False
        self.seconds = 0.0
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.started = True
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.stopped = True
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["method"] == "GET":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps({"keys": standard_keys()}).encode()})
            return
        body = json.loads((await receive())["body"])
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.headers.append(headers)
        await asyncio.sleep(self.seconds)
        answer = json.dumps(self.answer(body, headers)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": answer})


def users(body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    return {"data": {"me": {"__typename": "User", "id": "1", "name": "Ada"}}}


def courses(body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    assert body["variables"]["representations"] == [{"__typename": "User", "id": "1"}]
    return {"data": {"_entities": [{"courses": [{"title": "Graphs"}]}]}}


def failing(body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    error = {"message": "secret at db.internal", "path": ["_entities", 0, "courses"], "extensions": {"code": "OOPS"}}
    return {"data": {"_entities": [None]}, "errors": [error]}


def sdl() -> str:
    composition = compose({"users": ("http://users.test/", USERS), "courses": ("http://courses.test/", COURSES)})
    assert composition.errors == ()
    assert composition.supergraph_sdl is not None
    return composition.supergraph_sdl


async def ask(app: Any, query: str = QUERY, **headers: str) -> Any:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        response = await client.post("http://router.test/graphql", json={"query": query}, headers=headers)
    return response.json()


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_sockets")
async def test_a_whole_graph_in_one_process() -> None:
    services = {"users": Subgraph(users), "courses": Subgraph(courses)}
    for supergraph in (sdl(), load_supergraph(sdl())):
        app = create_app(supergraph, subgraphs=services)
        assert await ask(app) == {"data": {"me": {"name": "Ada", "courses": [{"title": "Graphs"}]}}}
        assert all(service.started for service in services.values())
        await app.router_state.aclose()
        assert all(service.stopped for service in services.values())


async def test_files(tmp_path: Path) -> None:
    (tmp_path / "supergraph.graphql").write_text(sdl())
    (tmp_path / "users.graphql").write_text(USERS)
    (tmp_path / "supergraph.yaml").write_text(
        "subgraphs: {users: {routing_url: http://users.test/, schema: {file: users.graphql}}}"
    )
    composed = create_app(config=tmp_path / "supergraph.yaml", subgraphs={"users": Subgraph(users)})
    assert await ask(composed, "{ me { name } }") == {"data": {"me": {"name": "Ada"}}}
    services = {"users": Subgraph(users), "courses": Subgraph(courses)}
    read = create_app(tmp_path / "supergraph.graphql", subgraphs=services)
    assert (await ask(read))["data"]["me"]["courses"] == [{"title": "Graphs"}]
    for app in (composed, read):
        await app.router_state.aclose()


async def test_subgraph_errors_are_masked_unless_in_dev() -> None:
    for dev in (False, True):
        app = create_app(sdl(), subgraphs={"users": Subgraph(users), "courses": Subgraph(failing)}, dev=dev)
        answer = await ask(app)
        assert answer["data"] == {"me": None}
        assert answer["errors"][0]["path"] == ["me", "courses"]
        assert ("db.internal" in str(answer)) is dev
        assert ("OOPS" in str(answer)) is dev
        await app.router_state.aclose()


async def test_codes_can_pass_without_messages() -> None:
    settings = {"include_subgraph_errors": {"subgraphs": {"courses": {"allow_extensions_keys": ["code"]}}}}
    services = {"users": Subgraph(users), "courses": Subgraph(failing)}
    app = create_app(sdl(), settings=settings, subgraphs=services)
    error = (await ask(app))["errors"][0]
    assert error["extensions"] == {"code": "OOPS"}
    assert "db.internal" not in error["message"]
    await app.router_state.aclose()


async def test_introspection_and_the_page_are_for_dev() -> None:
    for dev in (False, True):
        app = create_app(sdl(), dev=dev)
        answer = await ask(app, "{ __schema { queryType { name } } }")
        assert ("data" in answer) is dev
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
            assert (await client.get("http://router.test/")).status_code == (200 if dev else 404)
            planned = await client.post("http://router.test/page/plan", json={"query": QUERY})
        if dev:
            fetches = planned.json()["fetches"]
            assert [(fetch["service"], fetch["path"]) for fetch in fetches] == [("users", ""), ("courses", "me")]
            assert all(fetch["reasons"] and fetch["operation"] for fetch in fetches)
            assert planned.json()["text"].startswith("QueryPlan {")
        else:
            assert planned.status_code == 404
        await app.router_state.aclose()


@pytest.mark.parametrize(
    ("body", "status"),
    [({"query": "{ nothing }"}, 400), ({"query": "{"}, 400), ({}, 400), ([], 400), ({"query": QUERY}, 200)],
)
async def test_the_plan_of_a_bad_operation(body: object, status: int) -> None:
    app = create_app(sdl(), dev=True)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        response = await client.post("http://router.test/page/plan", json=body)
        assert response.status_code == status
        if status == 400:
            assert response.json()["errors"][0]["message"]
        assert (await client.post("http://router.test/page/plan", content=b"x")).status_code == 415
    await app.router_state.aclose()


async def test_header_rules_reach_subgraphs() -> None:
    services = {"users": Subgraph(users), "courses": Subgraph(courses)}
    settings = {"headers": {"all": {"request": [{"propagate": {"named": "x-tenant"}}]}}}
    app = create_app(sdl(), settings=settings, subgraphs=services)
    await ask(app, **{"x-tenant": "t1", "cookie": "a=b", "authorization": "Bearer x"})
    for service in services.values():
        assert service.headers[0]["x-tenant"] == "t1"
        assert "cookie" not in service.headers[0]
        assert "authorization" not in service.headers[0]
    await app.router_state.aclose()


async def test_a_subgraph_slower_than_its_timeout() -> None:
    slow = Subgraph(courses)
    slow.seconds = 60
    settings = {"traffic_shaping": {"all": {"timeout": "20s"}, "subgraphs": {"courses": {"timeout": "50ms"}}}}
    sdl_with_null = sdl().replace("courses: [Course!]!", "courses: [Course!]")
    app = create_app(sdl_with_null, settings=settings, subgraphs={"users": Subgraph(users), "courses": slow})
    answer = await asyncio.wait_for(ask(app), 10)
    assert answer["data"] == {"me": {"name": "Ada", "courses": None}}
    assert answer["errors"][0]["path"] == ["me", "courses"]
    assert answer["errors"][0]["extensions"]["code"] == "SUBREQUEST_TIMEOUT"
    await app.router_state.aclose()


def test_what_it_refuses() -> None:
    with pytest.raises(RouterError, match="either a supergraph or a config"):
        create_app()
    with pytest.raises(InvalidSupergraph):
        create_app("type Query { a: Int }")
    with pytest.raises(InvalidConfiguration, match='settings: supergraf: unknown key; did you mean "supergraph"'):
        create_app(sdl(), settings={"supergraf": {}})
    assert create_app(sdl(), settings=Settings(), dev=True).router_state.settings.homepage.enabled


def test_plan_is_text() -> None:
    found = plan(load_supergraph(sdl()), QUERY)
    assert str(found).startswith('QueryPlan {\n  Sequence {\n    Fetch(service: "users") {')
    with pytest.raises(OperationError):
        plan(load_supergraph(sdl()), "{ nothing }")


def test_composition_errors_are_data() -> None:
    composition = compose({"a": LINK + "type Query { x: Int }", "b": LINK + "type Query { x: Int }"})
    assert (composition.supergraph_sdl, composition.api_sdl) == (None, None)
    error = composition.errors[0]
    assert (error.code, error.subgraphs, error.coordinates) == ("INVALID_FIELD_SHARING", ("a", "b"), ("Query.x",))
    good = compose({"a": LINK + "type Query { x: Int }"})
    assert good.api_sdl is not None
    assert "join__" not in good.api_sdl


GUARDED = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"]) '


@pytest.mark.usefixtures("no_sockets")
async def test_what_only_signed_in_callers_may_see() -> None:
    sdl = GUARDED + "type Query { open: Int  own: Int @authenticated }"
    asked: list[str] = []

    def answer(body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        asked.append(body["query"])
        return {"data": {"open": 1, "own": 2}}

    composition = compose({"a": ("http://a.test/", sdl)})
    assert composition.supergraph_sdl is not None
    keys = {"url": "http://a.test/jwks.json", "issuers": [ISSUER], "audiences": [AUDIENCE]}
    settings = {"authentication": {"router": {"jwt": {"jwks": [keys]}}}}
    app = create_app(composition.supergraph_sdl, settings=settings, subgraphs={"a": Subgraph(answer)}, dev=True)
    anonymous = await ask(app, "{ open own }")
    assert anonymous["data"] == {"open": 1, "own": None}
    assert anonymous["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert "own" not in asked[0]
    header = {"authorization": f"Bearer {good_token()}"}
    assert await ask(app, "{ open own }", **header) == {"data": {"open": 1, "own": 2}}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        for sent, there in (({}, False), (header, True)):
            page = await client.post("http://router.test/page/plan", json={"query": "{ open own }"}, headers=sent)
            assert ("own" in page.json()["text"]) is there
        bad = await client.post(
            "http://router.test/page/plan", json={"query": "{ open }"}, headers={"authorization": "x"}
        )
        assert bad.status_code == 401
    await app.router_state.aclose()
