"""The gate and its two phases, against an API server that speaks as a cluster's does."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from router.cli.recorded_operations import find_broken, read_operations
from router.errors import InputError
from router.publication.cluster import Cluster
from router.publication.gate import Broken
from router.publication.intersection import lost_elements
from router.publication.publish import NotInTime, Publication, PublicationRefused, publish
from router.publication.published import MAX_BYTES, read_published, supergraph_id, write_entries
from router.type_system.model import Schema
from tests.support.fake_cluster import FakeCluster
from tests.support.until import until
from tests.unit.publication.conftest import COURSES, HEAD, USERS, published, subgraph

DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
USERS_WITHOUT_NAME = USERS.replace(" name: String", "")
USERS_WITH_AGE = USERS.replace("name: String", "name: String age: Int")
USERS_AGE_FOR_NAME = USERS.replace("name: String", "age: Int")


async def run(publication: Publication, store: Cluster) -> list[str]:
    said: list[str] = []
    await publish(publication, store, said.append)
    return said


def users(sdl: str, **options: Any) -> Publication:
    return Publication("users", subgraph("users", sdl), "supergraph", **{"timeout": 60.0, **options})


def operations(text: str) -> Any:
    recorded = read_operations(text, "operations.graphql")

    def find(old: Schema, new: Schema) -> list[Broken]:
        return list(find_broken(recorded, old, new))

    return find


@pytest.fixture
def both(cluster: FakeCluster) -> FakeCluster:
    cluster.put_config_map("supergraph", published(subgraph("users", USERS), subgraph("courses", COURSES)))
    return cluster


@contextmanager
def router_serving(answer: dict[str, Any], status: int = 200, asked: list[str] | None = None) -> Iterator[str]:
    """A router that says which supergraph it serves; `answer` may change. `asked` gets a path for each request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/health/ready"
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if asked is not None:
                asked.append(self.path)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests need no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestPublishing:
    """What stands in the ConfigMap afterwards."""

    async def test_the_first_subgraph_makes_the_supergraph(self, cluster: FakeCluster, store: Cluster) -> None:
        said = await run(users(USERS), store)
        graph = read_published(cluster.entries())
        assert graph.subgraphs == (subgraph("users", USERS),)
        assert graph.supergraph_sdl is not None
        assert said == [f"users: published, supergraph {supergraph_id(graph.supergraph_sdl)}"]

    async def test_the_supergraph_is_that_of_the_schemas_beside_it(self, both: FakeCluster, store: Cluster) -> None:
        await run(users(USERS_WITH_AGE), store)
        assert both.entries() == published(subgraph("users", USERS_WITH_AGE), subgraph("courses", COURSES))

    async def test_entries_of_others_and_labels_stay(self, both: FakeCluster, store: Cluster) -> None:
        both.config_maps["supergraph"]["data"]["note"] = "ours"
        await run(users(USERS_WITH_AGE), store)
        assert both.entries()["note"] == "ours"
        assert both.config_maps["supergraph"]["metadata"]["labels"] == {
            "app.kubernetes.io/part-of": "learning-supergraph"
        }

    async def test_what_is_published_already_is_not_written_again(self, both: FakeCluster, store: Cluster) -> None:
        assert "already published" in (await run(users(USERS), store))[0]
        assert [method for method, _ in both.requests] == ["GET"]

    async def test_two_that_publish_at_once_both_end_up_in_it(self, both: FakeCluster, store: Cluster) -> None:
        other = subgraph("courses", COURSES.replace("title: String", "title: String length: Int"))

        def come_between() -> None:
            both.before_replace = lambda: None
            both.put_config_map("supergraph", published(subgraph("users", USERS), other))

        both.before_replace = come_between
        said = await run(users(USERS_WITH_AGE), store)
        assert said[0] == "users: somebody else published at the same time; once more"
        assert both.entries() == published(subgraph("users", USERS_WITH_AGE), other)

    async def test_what_came_between_may_not_compose_with_it(self, both: FakeCluster, store: Cluster) -> None:
        between = published(
            subgraph("users", USERS), subgraph("courses", COURSES.replace("{ id: ID! }", "{ id: ID! age: String }"))
        )

        def come_between() -> None:
            both.before_replace = lambda: None
            both.put_config_map("supergraph", between)

        both.before_replace = come_between
        with pytest.raises(PublicationRefused, match="users does not compose with what the other subgraphs have"):
            await run(users(USERS_WITH_AGE, allow_breaking=True), store)
        assert both.entries() == between

    async def test_a_subgraph_is_taken_out(self, both: FakeCluster, store: Cluster) -> None:
        await run(Publication("courses", None, "supergraph", allow_breaking=True), store)
        assert both.entries() == published(subgraph("users", USERS))

    async def test_the_last_one_takes_the_supergraph_with_it(self, cluster: FakeCluster, store: Cluster) -> None:
        cluster.put_config_map("supergraph", published(subgraph("users", USERS)))
        await run(Publication("users", None, "supergraph", allow_breaking=True), store)
        assert cluster.entries() == {}

    def test_more_than_a_config_map_holds_is_refused(self) -> None:
        with pytest.raises(InputError, match="a ConfigMap holds 1048576"):
            write_entries({}, [subgraph("users", "x" * MAX_BYTES)], None)

    def test_a_schema_without_its_url_is_told(self) -> None:
        with pytest.raises(InputError, match=r"subgraph\.users\.graphql is published without subgraph\.users\.url"):
            read_published({"subgraph.users.graphql": USERS})


class TestGate:
    """What is refused, and in which words."""

    async def test_a_removed_field_is_named(self, both: FakeCluster, store: Cluster) -> None:
        before = both.entries()
        with pytest.raises(PublicationRefused) as refused:
            await run(users(USERS_WITHOUT_NAME, phase="before-rollout"), store)
        message = str(refused.value)
        assert "users would break clients; nothing was changed" in message
        assert "users: User.name:" in message
        assert "[FIELD_REMOVED]" in message
        assert "--allow-breaking" in message
        assert both.entries() == before

    async def test_the_operation_that_breaks_is_named(self, both: FakeCluster, store: Cluster) -> None:
        find = operations("query Profile { user { name } } query Other { user { email } }")
        with pytest.raises(PublicationRefused) as refused:
            await run(users(USERS_WITHOUT_NAME, phase="check", find_broken=find), store)
        assert "operation Profile breaks: Cannot query field 'name' on type 'User'." in str(refused.value)
        assert "Other" not in str(refused.value)

    async def test_what_no_operation_asks_for_may_go(self, both: FakeCluster, store: Cluster) -> None:
        find = operations("query Other { user { email } }")
        said = await run(users(USERS_WITHOUT_NAME, phase="check", find_broken=find), store)
        assert said[0] == "users: 1 changes of the supergraph, 1 of them breaking"
        assert "User.name" in said[1]

    async def test_a_schema_that_does_not_compose(self, both: FakeCluster, store: Cluster) -> None:
        candidate = USERS.replace("email: String", "email: String @nonsense")
        with pytest.raises(PublicationRefused, match="does not compose") as refused:
            await run(users(candidate, phase="check", allow_breaking=True), store)
        assert refused.value.verdict.composition is not None
        assert any("nonsense" in error.message for error in refused.value.verdict.composition.errors)

    async def test_it_is_checked_with_what_others_have_published(self, both: FakeCluster, store: Cluster) -> None:
        candidate = USERS.replace("email: String", "email: String").replace(
            "type Query { user: User }", "type Query { course: Int }"
        )
        with pytest.raises(PublicationRefused) as refused:
            await run(users(candidate, phase="check", allow_breaking=True), store)
        assert refused.value.verdict.composition is not None
        assert "courses" in refused.value.verdict.composition.errors[0].message


class TestExpandThenContract:
    """A router never plans what a running pod lacks."""

    async def test_a_new_field_waits_for_the_rollout(self, both: FakeCluster, store: Cluster) -> None:
        before = both.entries()
        await run(users(USERS_WITH_AGE, phase="before-rollout"), store)
        assert both.entries() == before
        both.put_deployment("users", updated=1, available=2)
        publishing = asyncio.create_task(run(users(USERS_WITH_AGE, deployment="users"), store))
        await until(lambda: [path for _, path in both.requests].count(f"{DEPLOYMENTS}/users") > 1)
        assert both.entries() == before
        both.put_deployment("users", updated=2, available=2)
        said = await publishing
        assert said[0] == "users: waiting for the rollout: 1 of 2 pods are new, 2 are available"
        assert "age" in both.entries()["supergraph.graphql"]

    async def test_old_pods_beside_the_new_ones_are_waited_for(self, both: FakeCluster, store: Cluster) -> None:
        both.put_deployment("users", updated=2, available=2, replicas=3)
        with pytest.raises(NotInTime, match="so nothing is published"):
            await run(users(USERS_WITH_AGE, deployment="users", timeout=1.0), store)

    async def test_a_rollout_that_is_stuck_publishes_nothing(self, both: FakeCluster, store: Cluster) -> None:
        before = both.entries()
        both.put_deployment("users", updated=1, available=1)
        both.deployments["users"]["status"]["conditions"] = [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "it timed out"}
        ]
        with pytest.raises(NotInTime, match="it timed out"):
            await run(users(USERS_WITH_AGE, deployment="users"), store)
        assert both.entries() == before

    async def test_a_lost_field_goes_before_the_rollout_and_a_new_one_after(
        self, both: FakeCluster, store: Cluster
    ) -> None:
        await run(users(USERS_AGE_FOR_NAME, phase="before-rollout", allow_breaking=True), store)
        common = read_published(both.entries()).get("users")
        assert common is not None
        assert lost_elements(USERS, common.sdl) == ["User.name: String"]
        assert lost_elements(common.sdl, USERS_AGE_FOR_NAME) == []
        await run(users(USERS_AGE_FOR_NAME, allow_breaking=True), store)
        assert both.entries() == published(subgraph("users", USERS_AGE_FOR_NAME), subgraph("courses", COURSES))

    async def test_two_versions_without_a_common_way_are_refused(self, both: FakeCluster, store: Cluster) -> None:
        before = both.entries()
        candidate = HEAD + 'type Query { person: User } type User @key(fields: "key") { key: ID! email: String }'
        with pytest.raises(PublicationRefused):
            await run(users(candidate, phase="before-rollout", allow_breaking=True), store)
        assert both.entries() == before

    async def test_every_router_is_waited_for(self, both: FakeCluster, store: Cluster) -> None:
        answer = {"status": "UP", "supergraph": "old"}
        asked: list[str] = []
        with router_serving(answer, asked=asked) as url:
            step = users(USERS_WITHOUT_NAME, phase="before-rollout", allow_breaking=True, routers=url)
            publishing = asyncio.create_task(run(step, store))
            before = both.entries()
            await until(lambda: both.entries() != before)
            asked.clear()
            await until(lambda: len(asked) > 1)
            assert not publishing.done()
            answer["supergraph"] = supergraph_id(both.entries()["supergraph.graphql"])
            said = await publishing
        assert any("serves old" in line for line in said)
        assert said[-1].startswith("users: 1 routers serve supergraph ")

    async def test_a_router_that_is_late_fails_the_step(self, both: FakeCluster, store: Cluster) -> None:
        with router_serving({"status": "DOWN"}, 503) as url:
            step = users(USERS_WITHOUT_NAME, phase="before-rollout", allow_breaking=True, routers=url, timeout=0.5)
            with pytest.raises(NotInTime, match="not every router serves it in time"):
                await run(step, store)

    async def test_where_no_router_runs_none_is_waited_for(self, both: FakeCluster, store: Cluster) -> None:
        said = await run(users(USERS_WITH_AGE, routers="http://nobody.invalid:4000"), store)
        assert said[-1].startswith("users: 0 routers serve")


class TestCluster:
    """What the API server refuses, in words that help."""

    async def test_no_config_map(self, store: Cluster, cluster: FakeCluster) -> None:
        cluster.config_maps.clear()
        with pytest.raises(InputError, match="no ConfigMap supergraph in namespace shop; the router's chart makes it"):
            await run(users(USERS), store)

    async def test_a_role_that_does_not_reach(self, store: Cluster, cluster: FakeCluster) -> None:
        cluster.forbidden.add(("PUT", "supergraph"))
        with pytest.raises(InputError, match="ConfigMap supergraph can't be written: this account may not"):
            await run(users(USERS), store)

    async def test_only_what_the_role_names_is_asked_for(self, store: Cluster, both: FakeCluster) -> None:
        both.put_deployment("users", updated=2, available=2)
        await run(users(USERS_WITH_AGE, deployment="users"), store)
        assert set(both.requests) == {
            ("GET", "/api/v1/namespaces/shop/configmaps/supergraph"),
            ("PUT", "/api/v1/namespaces/shop/configmaps/supergraph"),
            ("GET", "/apis/apps/v1/namespaces/shop/deployments/users"),
        }
