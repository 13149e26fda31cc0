"""`router query` and `router api-schema`: what is sent, what is printed, and what goes wrong in plain words."""

import json
from pathlib import Path
from typing import Any

import pytest

from router.cli import query as query_command
from router.server.fetch import FetchError
from tests.unit.cli.conftest import Program

URL = "http://127.0.0.1:4000/graphql"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was sent, to a server that answers every operation."""
    found: list[Any] = []

    async def fetch(url: str, headers: Any, *, body: bytes) -> bytes:
        found.append((url, headers, json.loads(body)))
        return b'{"data": {"ok": true}}'

    monkeypatch.setattr(query_command, "fetch", fetch)
    return found


@pytest.mark.parametrize("given", ['{"id": 1}', "@variables.json"])
def test_variables_go_along(folder: Path, program: Program, sent: list[Any], given: str) -> None:
    (folder / "variables.json").write_text('{"id": 1}')
    outcome = program("query", URL, "query ($id: ID) { ok }", "--variables", given, "--header", "x-key: a:b")
    assert (outcome.code, json.loads(outcome.out)) == (0, {"data": {"ok": True}})
    assert sent == [(URL, [("x-key", "a:b")], {"query": "query ($id: ID) { ok }", "variables": {"id": 1}})]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("127.0.0.1:4000/graphql", "{ ok }"), 1, "an address begins with http:// or https://"),
        ((URL, "{ ok }", "--variables", "{"), 2, "--variables is not JSON"),
        ((URL, "{ ok }", "--variables", "[1]"), 2, "write a JSON object"),
        ((URL, "{ ok }", "--header", "s3cret"), 2, "write NAME:VALUE"),
    ],
)
def test_a_wrong_argument_is_told(
    program: Program, sent: list[Any], arguments: tuple[str, ...], code: int, told: str
) -> None:
    outcome = program("query", *arguments)
    assert outcome.code == code
    assert told in outcome.err
    assert "s3cret" not in outcome.err
    assert sent == []


@pytest.mark.parametrize(
    ("body", "printed"), [(b'{"errors": [{"message": "No field x."}]}', "No field x."), (b"<h1>Gone</h1>", "Gone")]
)
def test_an_answer_with_an_error_status_is_printed(
    program: Program, monkeypatch: pytest.MonkeyPatch, body: bytes, printed: str
) -> None:
    async def refuse(url: str, headers: Any, *, body: bytes, answer: bytes = body) -> bytes:
        raise FetchError("the answer's status is 400", answer)

    monkeypatch.setattr(query_command, "fetch", refuse)
    outcome = program("query", URL, "{ x }")
    assert outcome.code == 1
    assert printed in outcome.out
    assert outcome.err == f"error: {URL}: the answer's status is 400\n"


def test_the_api_schema_is_what_clients_see(folder: Path, program: Program) -> None:
    outcome = program("api-schema", "supergraph.yaml")
    assert outcome.code == 0
    assert "type Course {\n  id: ID!\n  title: String!\n  teacher: User\n}" in outcome.out
    assert "@" not in outcome.out
    assert program("compose", "--config", "supergraph.yaml", "--output", "supergraph.graphql").code == 0
    assert program("api-schema", "supergraph.graphql", "--output", "api.graphql").out == ""
    assert (folder / "api.graphql").read_text() == outcome.out
