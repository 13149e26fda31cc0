"""What `make up` starts: the three services and the router, their ports, their data and their commands.

Enters: environment variables. Leaves: the preparing commands and the services, ready to run.
Invariant: every address that one process needs of another is made here, from the same ports.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dev.prepared import is_prepared, remember_prepared
from dev.service import Service

ROOT = Path(__file__).resolve().parents[1]
CODE = ROOT / "subgraphs"
COMMANDS = Path(sys.executable).parent
DEFAULT_PORTS = {"users": 4001, "courses": 4002, "enrollments": 4003, "router": 4000}
SUBGRAPHS = [name for name in DEFAULT_PORTS if name != "router"]
DATABASES = ("sqlite", "postgres")


class BadSetting(Exception):
    """An environment variable holds what it can't mean."""


@dataclass(frozen=True, slots=True)
class Product:
    ports: dict[str, int]
    data: Path
    #: One of `DATABASES`.
    database: str = "sqlite"
    #: By service, once the server that they are on runs; SQLite files for those that aren't named.
    database_urls: dict[str, str] = field(default_factory=dict)

    @property
    def supergraph(self) -> Path:
        return self.data / "supergraph.graphql"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['router']}"

    def environment(self) -> dict[str, str]:
        """The same for every process: supergraph.yaml and router.yaml expand the ports, a service takes what is its."""
        users = f"http://127.0.0.1:{self.ports['users']}"
        variables = {port_variable(name): str(port) for name, port in self.ports.items()}
        for name in SUBGRAPHS:
            variables[f"{name.upper()}_DATABASE_URL"] = self.database_urls.get(name, f"sqlite:///{self.file_of(name)}")
            variables[f"{name.upper()}_JWKS_URL"] = f"{users}/.well-known/jwks.json"
        variables["USERS_SIGNING_KEYS_FILE"] = str(self.signing_keys)
        variables["ENROLLMENTS_USERS_URL"] = f"{users}/graphql"
        variables["ENROLLMENTS_COURSES_URL"] = f"http://127.0.0.1:{self.ports['courses']}/graphql"
        return variables

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    def file_of(self, name: str) -> Path:
        """The file by which a database is known to be the one that it was."""
        return self.postgres / "PG_VERSION" if self.database == "postgres" else self.data / f"{name}.sqlite3"

    @property
    def signing_keys(self) -> Path:
        return self.data / "users.keys.json"

    def preparations(self) -> dict[str, list[str]]:
        """One command by the name that it is for; they don't wait for each other."""
        turns = {name: ["migrate", "seed"] for name in SUBGRAPHS if not self.is_prepared(name)}
        if not self.signing_keys.exists():
            turns["users"] = ["keys rotate --now", *turns.get("users", [])]
        steps = {name: [sys.executable, "-m", "dev.in_turn", name, *commands] for name, commands in turns.items()}
        config, output = str(ROOT / "supergraph.yaml"), str(self.supergraph)
        steps["router"] = command("router", "compose", "--config", config, "--output", output)
        return steps

    def is_prepared(self, name: str) -> bool:
        return is_prepared(self.data, name, CODE, self.file_of(name))

    def note_prepared(self) -> None:
        for name in SUBGRAPHS:
            remember_prepared(self.data, name, CODE, self.file_of(name))

    def services(self) -> list[Service]:
        serve = {name: command(name, "serve", "--port", str(self.ports[name])) for name in SUBGRAPHS}
        serve["router"] = command(
            *("router", "serve", "--dev", "--supergraph", str(self.supergraph)),
            *("--router-config", str(ROOT / "router.yaml"), "--listen", f"127.0.0.1:{self.ports['router']}"),
        )
        return [
            Service(name, serve[name], port, port_variable(name), self.environment())
            for name, port in self.ports.items()
        ]


def command(name: str, *arguments: str) -> list[str]:
    return [str(COMMANDS / name), *arguments]


def port_variable(name: str) -> str:
    return f"{name.upper()}_PORT"


def read_product(environment: Mapping[str, str]) -> Product:
    ports = {name: read_port(environment, name) for name in DEFAULT_PORTS}
    for name, port in ports.items():
        twin = next((other for other in ports if other != name and ports[other] == port), None)
        if twin is not None:
            raise BadSetting(f"{port_variable(name)} and {port_variable(twin)} are both {port}; give each its own.")
    database = environment.get("DATABASE") or DATABASES[0]
    if database not in DATABASES:
        raise BadSetting(f"DATABASE={database} is not known; it is {' or '.join(DATABASES)}.")
    return Product(ports, Path(environment.get("DATA_DIR") or ROOT / ".data").resolve(), database)


def read_port(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(port_variable(name)) or str(DEFAULT_PORTS[name])
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise BadSetting(f"{port_variable(name)}={text} is not a port; a port is a number from 1 to 65535.")
    return int(text)
