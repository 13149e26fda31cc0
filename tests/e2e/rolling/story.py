"""The story of a platform that never stops: everything is rolled, schemas are published, a router dies.

Enters: a folder. Leaves: the platform, and steps to run under load. Invariant: what runs is what the charts declare
(k8s/), on real PostgreSQL, with the schema gate's own command against an API server.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import yaml
from graphql import REMOVE, FieldDefinitionNode, Visitor, parse, print_ast, visit

from router import compose
from router.publication.published import PublishedSubgraph, read_published, supergraph_id, write_entries
from tests.e2e.rolling.balancer import Balancer
from tests.e2e.rolling.deployment import COMMANDS, DRAIN, ROOT, Deployment, manifest
from tests.e2e.rolling.load import QUERY, Load
from tests.subgraphs.databases import PostgresServer
from tests.support.fake_cluster import FakeCluster, fake_cluster
from tests.support.free_ports import free_ports
from tests.support.patience import patience
from tests.support.until import PATIENCE

SUBGRAPHS = ("users", "courses", "enrollments")
SCHEMAS = {name: (ROOT / "subgraphs" / name / "schema.graphql").read_text() for name in SUBGRAPHS}
#: What the Secret `supergraph-signature` would hold.
SECRET = "rolling-" * 5
LATE_FIELD = "enrollmentCount"
Say = Callable[[str], None]


@dataclass(eq=False)
class Story:
    folder: Path
    deployments: dict[str, Deployment]
    cluster: FakeCluster
    say: Say
    #: For `make test`: one copy of each is replaced in a round, and databases are copies of prepared ones.
    brief: bool
    #: Copies are stopped as no kubelet does it, which must show.
    careless: bool = False
    versions: int = 0
    failures_of_kill: list[str] = field(default_factory=list)
    failures_of_careless: dict[str, int] = field(default_factory=dict)

    @property
    def router(self) -> Deployment:
        return self.deployments["router"]

    @property
    def mounted(self) -> Path:
        return self.folder / "router" / "supergraph"

    def mount(self) -> None:
        """Bring the ConfigMap into the mounted folder as a kubelet does: a new folder, then one rename of a link."""
        self.versions += 1
        new = self.mounted / f"..version_{self.versions}"
        new.mkdir(parents=True)
        for name, text in self.cluster.entries().items():
            (new / name).write_text(text)
            link = self.mounted / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")
        partial = self.mounted / "..data_tmp"
        partial.symlink_to(new.name)
        partial.rename(self.mounted / "..data")

    async def publish(self, name: str, sdl: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the gate's command of the chart."""
        schema = self.folder / f"{name}.graphql"
        schema.write_text(sdl)
        command = [
            *(str(COMMANDS / "router"), "publish", name, f"--schema={schema}"),
            *(f"--url={self.deployments[name].url}/graphql", "--config-map=supergraph", "--timeout=120", *options),
        ]
        variables = {**os.environ, "KUBECONFIG": str(self.folder / "kubeconfig")}
        variables.pop("KUBERNETES_SERVICE_HOST", None)
        return await asyncio.to_thread(
            subprocess.run, command, env=variables, capture_output=True, text=True, timeout=180
        )

    async def until_served(self, text: str, token: str, url: str | None = None) -> dict[str, object]:
        """Ask one router, or whichever answers, until there is an answer without errors."""
        async with httpx2.AsyncClient(
            trust_env=False, timeout=60, headers={"authorization": f"Bearer {token}"}
        ) as client:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                answer: dict[str, object] = (
                    await client.post(f"{url or self.router.url}/graphql", json={"query": text})
                ).json()
                if "errors" not in answer:
                    return answer
                await asyncio.sleep(0.1)
        raise AssertionError(f"never served: {answer}")

    async def served_ids(self) -> set[str]:
        ids = set()
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            for each in self.router.running:
                answer = await client.get(f"http://127.0.0.1:{each.copy.port}/health/ready")
                ids.add(str(answer.json()["supergraph"]))
        return ids


@asynccontextmanager
async def platform(folder: Path, postgres: PostgresServer, say: Say, *, brief: bool) -> AsyncIterator[Story]:
    """Start two copies of everything, seeded, with the last field of enrollments not published yet."""
    ports = dict(zip((*SUBGRAPHS, "router"), free_ports(4), strict=True))
    (folder / "router" / "config").mkdir(parents=True)
    # One after another: they wait for each other by a lock that holds up the whole process.
    databases = {name: await _database(name, postgres, brief) for name in SUBGRAPHS}
    deployments = {name: _deployment(name, ports, folder, databases.get(name, "")) for name in ports}
    with fake_cluster() as cluster:
        cluster.put_config_map("supergraph", {})
        cluster.write_kubeconfig(folder / "kubeconfig")
        story = Story(folder, deployments, cluster, say, brief)
        for deployment in deployments.values():
            await deployment.balancer.start()
        try:
            await _start_all(story)
            yield story
        finally:
            for deployment in deployments.values():
                deployment.stop()
                await deployment.balancer.stop()


async def _database(name: str, postgres: PostgresServer, brief: bool) -> str:
    return await (postgres.create_seeded(name) if brief else postgres.create_empty(name))


def _deployment(name: str, ports: dict[str, int], folder: Path, database: str) -> Deployment:
    address = {each: f"http://127.0.0.1:{port}" for each, port in ports.items()}
    if name == "router":
        settings = yaml.safe_load(manifest("router", "ConfigMap")["data"]["router.yaml"])
        settings["authentication"]["router"]["jwt"]["jwks"][0]["url"] = f"{address['users']}/.well-known/jwks.json"
        settings["supergraph"]["drain_delay"] = f"{DRAIN}s"
        (folder / "router" / "config" / "router.yaml").write_text(yaml.safe_dump(settings))
        return Deployment(
            name, Balancer(ports[name]), folder, {"SIGNATURE_SECRETS": SECRET}, {"/etc/router": folder / "router"}
        )
    prefix = name.upper()
    environment = {
        f"{prefix}_DATABASE_URL": database,
        f"{prefix}_DRAIN_DELAY": str(DRAIN),
        f"{prefix}_JWKS_URL": f"{address['users']}/.well-known/jwks.json",
        "ENROLLMENTS_USERS_URL": f"{address['users']}/graphql",
        "ENROLLMENTS_COURSES_URL": f"{address['courses']}/graphql",
        "USERS_SIGNING_KEYS_FILE": str(folder / "users.keys.json"),
        "USERS_ACCESS_TOKEN_LIFE": "3600",
        **patience(name),
        f"{prefix}_SIGNATURE_SECRETS": SECRET,
    }
    return Deployment(name, Balancer(ports[name]), folder, environment)


async def _start_all(story: Story) -> None:
    users = story.deployments["users"]
    await asyncio.to_thread(users.run, [str(COMMANDS / "users"), "keys", "rotate", "--now"])
    story.mount()
    # The routers start with nothing to serve: they must wait, and get ready by what is published.
    routers = [asyncio.create_task(story.router.add()) for _ in range(2)]
    await asyncio.gather(*(_start_subgraph(story, name) for name in SUBGRAPHS))
    subgraphs = [
        PublishedSubgraph(name, f"{story.deployments[name].url}/graphql", without_field(SCHEMAS[name], LATE_FIELD))
        for name in sorted(SUBGRAPHS)
    ]
    composition = compose({each.name: (each.url, each.sdl) for each in subgraphs})
    story.cluster.put_config_map("supergraph", write_entries({}, subgraphs, composition.supergraph_sdl))
    story.mount()
    await asyncio.gather(*routers)
    story.say("two copies of each are up")


async def _start_subgraph(story: Story, name: str) -> None:
    deployment = story.deployments[name]
    if not story.brief:
        await asyncio.to_thread(deployment.run, deployment.command("migrations"))
        await asyncio.to_thread(deployment.run, [str(COMMANDS / name), "seed"])
    await asyncio.gather(*(deployment.add() for _ in range(2)))


def without_field(sdl: str, name: str) -> str:
    class Remove(Visitor):
        def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> object:
            return REMOVE if node.name.value == name else None

    return print_ast(visit(parse(sdl), Remove()))


async def publish_compatible(story: Story, load: Load) -> None:
    """Expand: a field that the pods have already is published, and every router serves it."""
    done = await story.publish("enrollments", SCHEMAS["enrollments"], "--phase=before-rollout")
    assert done.returncode == 0, done.stderr
    story.cluster.put_deployment("enrollments", updated=2, available=2)
    done = await story.publish("enrollments", SCHEMAS["enrollments"], "--deployment=enrollments", "--settle=0.2")
    assert done.returncode == 0, done.stderr
    story.mount()
    answer = await story.until_served("{ allCourses { title enrollmentCount } }", load.token)
    assert answer["data"]
    wanted = supergraph_id(story.cluster.entries()["supergraph.graphql"])
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if await story.served_ids() == {wanted}:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{await story.served_ids()} are served, not {wanted}")


async def refuse_incompatible(story: Story, load: Load) -> None:
    """A field that an operation asks for may not go; nothing changes."""
    recorded = story.folder / "operations.graphql"
    recorded.write_text(f"query TheQuery {QUERY}")
    before, ids = story.cluster.entries(), await story.served_ids()
    candidate = without_field(SCHEMAS["courses"], "title")
    done = await story.publish("courses", candidate, "--phase=before-rollout", f"--operations={recorded}")
    assert done.returncode == 1, done.stderr
    assert "courses: Course.title" in done.stderr
    assert "operation TheQuery breaks" in done.stderr
    assert story.cluster.entries() == before
    assert await story.served_ids() == ids
    assert read_published(before).get("courses") is not None


async def break_the_mounted_file(story: Story, load: Load) -> None:
    """A supergraph that can't be read leaves the last good one in service."""
    ids = await story.served_ids()
    good = story.cluster.entries()
    story.cluster.put_config_map("supergraph", {**good, "supergraph.graphql": "type Query {"})
    story.mount()
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            texts = [
                (await client.get(f"http://127.0.0.1:{each.copy.port}/metrics")).text for each in story.router.running
            ]
            if all('router_supergraph_loads_total{outcome="refused"} 0' not in text for text in texts):
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError("not every router has read the broken file")
    assert await story.served_ids() == ids
    story.cluster.put_config_map("supergraph", good)
    story.mount()


async def roll_everything(story: Story, load: Load) -> None:
    """Replace copies, the oldest first, a new one before each. While one stops, the next new one starts already."""
    turns = [deployment for deployment in story.deployments.values() for _ in range(1 if story.brief else 2)]
    coming = asyncio.create_task(turns[0].add())
    for deployment, following in zip(turns, [*turns[1:], None], strict=True):
        await coming
        if following is not None:
            coming = asyncio.create_task(following.add())
        await deployment.remove(deployment.running[0], careless=story.careless)
        story.say(f"{deployment.name} rolled: {load.good} answered, {len(load.failures)} failed")


async def kill_a_router(story: Story, load: Load) -> None:
    """Only what was under way on the killed process may fail; what fails is taken out of the account."""
    before = len(load.failures)
    await story.router.kill(story.router.running[0])
    killed = time.monotonic()
    replacing = asyncio.create_task(story.router.add())
    await load.until_ended(killed)
    lost = load.failures[before:]
    assert all(failure.started <= killed for failure in lost), lost
    assert all("Error" in failure.what for failure in lost), lost
    story.failures_of_kill += [failure.what for failure in lost]
    del load.failures[before:]
    await replacing


async def refuse_strangers(story: Story, load: Load) -> None:
    """A subgraph answers the router and its siblings, and whoever has their secret, as `helm test` does."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        for name in SUBGRAPHS:
            url = f"{story.deployments[name].url}/graphql"
            answer = await client.post(url, json={"query": "{ __typename }"})
            assert answer.status_code == 403, f"{name}: {answer.text}"
            if story.brief and name != "users":
                continue
            command = [str(COMMANDS / "router"), "query", url, "{ __typename }"]
            variables = {**os.environ, "SIGNATURE_SECRETS": SECRET}
            done = await asyncio.to_thread(subprocess.run, command, env=variables, capture_output=True, text=True)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"


STEPS = (
    publish_compatible,
    refuse_strangers,
    refuse_incompatible,
    break_the_mounted_file,
    roll_everything,
    kill_a_router,
)


async def sign_in(url: str) -> str:
    mutation = (
        'mutation { tokenAuth(username: "student1@learn.test", password: "learn-graphs-together") { accessToken } }'
    )
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        answer = (await client.post(f"{url}/graphql", json={"query": mutation})).json()
    return str(answer["data"]["tokenAuth"]["accessToken"])


async def stop_carelessly(story: Story, token: str) -> None:
    """Stop a copy without a word, with a load of its own; what fails is counted, to show that failures are seen.

    Each has an operation that it will never answer. The router asks again for a query whose connection is lost, so a
    subgraph is stopped under writes alone.
    """
    for name, each_writes in (("users", 1), ("router", 8)):
        deployment = story.deployments[name]
        load = Load(story.router.url, token, each_writes)
        load.start()
        try:
            await deployment.remove(await deployment.freeze_at_work(), careless=True)
        finally:
            await load.stop()
        story.failures_of_careless[name] = len(load.failures)
        story.say(f"{name} stopped carelessly: {load.good} answered, {len(load.failures)} failed")


async def tell(
    folder: Path, postgres: PostgresServer, rounds: int, say: Say, *, brief: bool = False, careless: bool = False
) -> tuple[Load, Story]:
    """Run the whole story, and return what the load saw."""
    async with platform(folder, postgres, say, brief=brief) as story:
        story.careless = careless
        token = await sign_in(story.router.url)
        load = Load(story.router.url, token, pause=0.08 if brief else 0.03)
        load.start()
        try:
            for number in range(rounds):
                for step in STEPS if number == 0 else STEPS[3:]:
                    await step(story, load)
                    lost = len(story.failures_of_kill)
                    say(
                        f"round {number + 1} of {rounds}, {step.__name__.replace('_', ' ')}: {load.good} answered, "
                        f"{len(load.failures)} failed, {lost} lost with a killed router"
                    )
        finally:
            with suppress(asyncio.CancelledError):
                await load.stop()
        await stop_carelessly(story, token)
    return load, story


def say_live(text: str) -> None:
    sys.stdout.write(f"\r\x1b[K{text}" if sys.stdout.isatty() else f"{text}\n")
    sys.stdout.flush()
