"""`router compose`: results, errors with code frames, running subgraphs, watching."""

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest

from router.cli import compose as compose_command
from router.server import schemas
from router.server.fetch import FetchError
from tests.unit.cli.conftest import LINK, SUPERGRAPH, USERS, Program

CONFLICT = 'type Query {\n  other: Int\n}\n\ntype User @key(fields: "id") {\n  id: ID!\n  name: String!\n}\n'


def break_courses(folder: Path) -> None:
    (folder / "courses.graphql").write_text(LINK + CONFLICT)


def test_to_standard_output(folder: Path, program: Program) -> None:
    outcome = program("compose", "--config", "supergraph.yaml")
    assert outcome.code == 0
    assert outcome.out.startswith("schema")
    assert 'name: "users"' in outcome.out
    assert "error" not in outcome.err


def test_to_a_file(folder: Path, program: Program) -> None:
    outcome = program("compose", "--config", "supergraph.yaml", "--output", "out.graphql")
    assert (outcome.code, outcome.out) == (0, "")
    assert "2 subgraphs composed into out.graphql" in outcome.err
    assert (folder / "out.graphql").read_text() == program("compose", "--config", "supergraph.yaml").out
    assert [file.name for file in folder.iterdir() if "partial" in file.name] == []


def test_from_standard_input(folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SUPERGRAPH.encode())))
    assert program("compose", "--config", "-").code == 0


def test_errors_come_with_a_code_frame_of_each_subgraph(folder: Path, program: Program) -> None:
    break_courses(folder)
    outcome = program("compose", "--config", "supergraph.yaml", "--output", "out.graphql")
    assert (outcome.code, outcome.out) == (1, "")
    assert "error[INVALID_FIELD_SHARING]" in outcome.err
    assert "User.name" in outcome.err
    assert "users.graphql:9:3 (users)\n  9 |   name: String!\n    |   ^" in outcome.err
    assert "courses.graphql:9:3 (courses)" in outcome.err
    assert "nothing was written" in outcome.err
    assert not (folder / "out.graphql").exists()


def test_a_failure_leaves_the_old_file(folder: Path, program: Program) -> None:
    program("compose", "--config", "supergraph.yaml", "--output", "out.graphql")
    before = (folder / "out.graphql").read_text()
    break_courses(folder)
    assert program("compose", "--config", "supergraph.yaml", "--output", "out.graphql").code == 1
    assert (folder / "out.graphql").read_text() == before


def test_json(folder: Path, program: Program) -> None:
    good = json.loads(program("compose", "--config", "supergraph.yaml", "--format", "json").out)
    assert good["success"] is True
    assert good["errors"] == []
    assert good["supergraph_sdl"].startswith("schema")
    break_courses(folder)
    outcome = program("compose", "--config", "supergraph.yaml", "--format", "json")
    error = json.loads(outcome.out)["errors"][0]
    assert outcome.code == 1
    assert (error["code"], error["subgraphs"]) == ("INVALID_FIELD_SHARING", ["courses", "users"])
    assert {"subgraph": "users", "file": "users.graphql", "line": 9, "column": 3} in error["locations"]


def test_lines_of_an_sdl_in_the_yaml_are_those_of_the_yaml(folder: Path, program: Program) -> None:
    indented = "".join(f"        {line}\n" for line in (LINK + CONFLICT).splitlines())
    text = SUPERGRAPH.replace("{file: courses.graphql}", f"\n      sdl: |\n{indented}")
    (folder / "supergraph.yaml").write_text(text)
    outcome = program("compose", "--config", "supergraph.yaml", "--format", "json")
    places = json.loads(outcome.out)["errors"][0]["locations"]
    line = next(place["line"] for place in places if place["subgraph"] == "courses")
    assert text.splitlines()[line - 1].strip() == "name: String!"
    assert f"supergraph.yaml:{line}:" in program("compose", "--config", "supergraph.yaml").err


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (
            ("users.graphql", "nowhere.graphql"),
            ("supergraph.yaml:5:14: subgraphs.users.schema.file: nowhere.graphql can't", "write the schema there"),
        ),
        (("users.graphql", "user.graphql"), ("user.graphql can't be read (No such", "did you mean users.graphql?")),
        (("{file: users", "{file: user/users"), ("write the schema there, or mend the name",)),
        (("=2.9.0", "=2.99.0"), ("federation_version: =2.99.0 is later than Federation 2.", "write 2 for the latest")),
        (("schema: {file: users.graphql}", "schema: {}"), ("supergraph.yaml:5:5", "exactly one of")),
        (("routing_url", "routing_ulr"), ('did you mean "routing_url"?',)),
    ],
)
def test_mistakes_of_the_configuration(
    folder: Path, program: Program, change: tuple[str, str], parts: tuple[str, ...]
) -> None:
    (folder / "supergraph.yaml").write_text(SUPERGRAPH.replace(*change))
    outcome = program("compose", "--config", "supergraph.yaml")
    assert outcome.code == 1
    for part in parts:
        assert part in outcome.err


def test_all_missing_schemas_are_told_at_once(folder: Path, program: Program) -> None:
    for name in ("users", "courses"):
        (folder / f"{name}.graphql").unlink()
    outcome = program("compose", "--config", "supergraph.yaml")
    assert "users.graphql can't be read" in outcome.err
    assert "courses.graphql can't be read" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--watch", "--config", "a"),
        ("--watch", "--config", "-", "--output", "b"),
        ("--unknown",),
        ("--format", "xml"),
    ],
)
def test_usage(program: Program, arguments: tuple[str, ...]) -> None:
    outcome = program("compose", *arguments)
    assert outcome.code == 2
    assert "Usage: router compose" in outcome.err


def test_no_color_without_a_terminal(folder: Path, program: Program) -> None:
    break_courses(folder)
    assert "\x1b[" not in program("compose", "--config", "supergraph.yaml").err


class TestExplain:
    """`--explain CODE`."""

    @pytest.mark.parametrize("code", ["INVALID_FIELD_SHARING", "invalid_field_sharing", "[UNUSED_ENUM_TYPE]"])
    def test_a_known_code(self, program: Program, code: str) -> None:
        outcome = program("compose", "--explain", code)
        assert outcome.code == 0
        assert outcome.out.startswith(code.strip("[]").upper())
        assert len(outcome.out.splitlines()) >= 3

    def test_a_code_of_requests(self, program: Program) -> None:
        outcome = program("compose", "--explain", "CSRF_ERROR")
        assert outcome.code == 0
        assert "csrf.required_headers" in outcome.out

    def test_an_unknown_code(self, program: Program) -> None:
        outcome = program("compose", "--explain", "INVALID_FIELD_SHAIRING")
        assert outcome.code == 1
        assert 'did you mean "INVALID_FIELD_SHARING"?' in outcome.err


class TestRunningSubgraphs:
    """`subgraph_url`: the schema comes from `_service { sdl }`."""

    CONFIG = (
        "subgraphs:\n  users:\n    schema:\n      subgraph_url: http://users.test/graphql\n"
        "      introspection_headers: {x-key: secret}\n"
    )

    def test_composed_from_its_answer(self, folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[object] = []

        async def answer(url: str, headers: object = (), *, body: bytes | None = None) -> bytes:
            asked.append((url, headers, json.loads(body or b"")))
            return json.dumps({"data": {"_service": {"sdl": LINK + USERS}}}).encode()

        monkeypatch.setattr(schemas, "fetch", answer)
        (folder / "supergraph.yaml").write_text(self.CONFIG)
        outcome = program("compose", "--config", "supergraph.yaml")
        assert outcome.code == 0
        query = {"query": "query SubgraphSchema { _service { sdl } }"}
        assert asked == [("http://users.test/graphql", (("x-key", "secret"),), query)]
        assert 'url: "http://users.test/graphql"' in outcome.out

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (b"<html>", "the answer is not JSON"),
            (b"{}", "the answer has no data._service.sdl; is it a federation subgraph?"),
            (b'{"errors":[{"message":"not allowed"}]}', "it answers with an error: not allowed"),
            (FetchError("the answer's status is 503"), "the answer's status is 503; is the subgraph running there?"),
            (
                FetchError("the answer's status is 400 (No field _service)", b"{}"),
                "the answer's status is 400 (No field _service); ask a server that speaks federation",
            ),
            (FetchError("the answer's status is 404", b"<html>"), "the answer's status is 404; ask a server that"),
        ],
    )
    def test_what_goes_wrong_is_told(
        self, folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception, reason: str
    ) -> None:
        async def give(url: str, headers: object = (), *, body: bytes | None = None) -> bytes:
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(schemas, "fetch", give)
        (folder / "supergraph.yaml").write_text(self.CONFIG)
        outcome = program("compose", "--config", "supergraph.yaml")
        assert outcome.code == 1
        assert f"http://users.test/graphql gives no schema: {reason}" in outcome.err
        assert "secret" not in outcome.err


async def test_watching_keeps_the_last_good_supergraph(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = folder / "out.graphql"
    errors: list[str] = []

    async def until(text: str) -> None:
        async with asyncio.timeout(60):
            while text not in "".join(errors):
                errors.append(capsys.readouterr().err)
                await asyncio.sleep(0.05)
        errors.clear()

    watching = asyncio.create_task(compose_command.compose_on_change("supergraph.yaml", str(output), False))
    try:
        await until("Watching for changes")
        good = output.read_text()
        break_courses(folder)
        await until("out.graphql stays as it is")
        assert output.read_text() == good
        (folder / "courses.graphql").write_text(LINK + "type Query { courses: Int }\n")
        await until("composed into")
        assert "courses: Int" in output.read_text()
        (folder / "supergraph.yaml").write_text("subgraphs: [")
        await until("stays as it is")
        assert "courses: Int" in output.read_text()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
