"""The program in process: what it writes where, and its exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from router.cli.program import run

USERS = """\
type Query {
  me: User
}

type User @key(fields: "id") {
  id: ID!
  name: String!
}
"""
COURSES = """\
type Query {
  courses: [Course!]!
}

type Course @key(fields: "id") {
  id: ID!
  title: String!
  teacher: User
}

type User @key(fields: "id", resolvable: false) {
  id: ID!
}
"""
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n\n'
SUPERGRAPH = """\
federation_version: =2.9.0
subgraphs:
  users:
    routing_url: http://localhost:4001/graphql
    schema: {file: users.graphql}
  courses:
    routing_url: http://localhost:4002/graphql
    schema: {file: courses.graphql}
"""


@dataclass
class Outcome:
    """What one run of the program gave."""

    code: int
    out: str
    err: str


Program = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two subgraphs that compose, and their supergraph.yaml, in the current folder."""
    (tmp_path / "users.graphql").write_text(LINK + USERS)
    (tmp_path / "courses.graphql").write_text(LINK + COURSES)
    (tmp_path / "supergraph.yaml").write_text(SUPERGRAPH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    """Run the program with arguments."""

    def invoke(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(arguments)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return invoke
