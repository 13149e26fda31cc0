"""`router check` and `router diff`: what a change does to clients, in every form, and the exit codes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from router.cli import schema_input
from tests.unit.cli.conftest import COURSES, LINK, USERS, Program


@pytest.fixture
def composed(folder: Path, program: Program) -> Path:
    """`old.graphql` is the supergraph of before; courses has lost `Course.title` since."""
    assert program("compose", "--config", "supergraph.yaml", "--output", "old.graphql").code == 0
    (folder / "courses.graphql").write_text(LINK + COURSES.replace("  title: String!\n", "  seats: Int\n"))
    return folder


def test_a_breaking_change(composed: Path, program: Program) -> None:
    outcome = program("check", "--config", "supergraph.yaml", "--against", "old.graphql")
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        "breaking  Course.title: Course.title was removed [FIELD_REMOVED]",
        "safe      Course.seats: Course.seats was added [FIELD_ADDED]",
        "1 breaking, 0 dangerous, 1 safe",
    ]


def test_a_harmless_change(composed: Path, program: Program) -> None:
    (composed / "courses.graphql").write_text(
        LINK + COURSES.replace("title: String!\n", "title: String!\n  seats: Int\n")
    )
    outcome = program("check", "--config", "supergraph.yaml", "--against", "old.graphql")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "0 breaking, 0 dangerous, 1 safe")


def test_no_change(folder: Path, program: Program) -> None:
    outcome = program("check", "--config", "supergraph.yaml", "--against", "supergraph.yaml")
    assert (outcome.code, outcome.out) == (0, "no changes\n")


def test_subgraphs_that_do_not_compose(composed: Path, program: Program) -> None:
    (composed / "courses.graphql").write_text(LINK + 'type User @key(fields: "id") { id: ID! name: String! }')
    outcome = program("check", "--config", "supergraph.yaml", "--against", "old.graphql")
    assert (outcome.code, outcome.out) == (1, "")
    assert "[INVALID_FIELD_SHARING]" in outcome.err


OPERATIONS = """
query Titles { courses { ...Part } }
query Names { me { name } }
query NeverValid { nothing }
fragment Part on Course { id title }
"""


@pytest.mark.parametrize(
    "text",
    [
        OPERATIONS,
        json.dumps([{"name": "Titles", "query": "{ courses { title } }"}, {"query": "{ me { name } }"}]),
        '{"operationName":"Titles","body":"{ courses { title } }"}\n{"id":"x","query":"{ nothing }"}\n',
        json.dumps(["query Titles { courses { title } }"]),
    ],
    ids=["document", "array", "lines", "texts"],
)
def test_recorded_operations_that_break(composed: Path, program: Program, text: str) -> None:
    (composed / "operations").write_text(text)
    arguments = ("check", "--config", "supergraph.yaml", "--against", "old.graphql", "--operations", "operations")
    outcome = program(*arguments, "--format", "json")
    assert outcome.code == 1
    reason = "Cannot query field 'title' on type 'Course'."
    assert json.loads(outcome.out)["broken_operations"] == [{"name": "Titles", "reasons": [reason]}]


@pytest.mark.parametrize("text", ["query {", '[{"name": "a"}]', "[1"])
def test_recorded_operations_that_cannot_be_read(composed: Path, program: Program, text: str) -> None:
    (composed / "operations").write_text(text)
    outcome = program("check", "--config", "supergraph.yaml", "--against", "old.graphql", "--operations", "operations")
    assert outcome.code == 1
    assert "operations:" in outcome.err


def git(folder: Path, *arguments: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env={**own, **identity})


def test_against_a_git_revision(folder: Path, program: Program) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "before")
    (folder / "users.graphql").write_text(LINK + USERS.replace("name: String!", "name: String"))
    outcome = program("check", "--config", "supergraph.yaml", "--against", "HEAD")
    assert outcome.code == 1
    assert "User.name: the type of User.name was String! and is now String" in outcome.out
    (folder / "more").mkdir()
    assert program("check", "--config", "more/../supergraph.yaml", "--against", "HEAD").code == 1
    outcome = program("check", "--config", "supergraph.yaml", "--against", "HEAD~7")
    assert outcome.code == 1
    assert "HEAD~7: neither a file, a URL nor a Git revision" in outcome.err


def test_against_a_running_router(composed: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from graphql import build_schema, introspection_from_schema

    schema = build_schema("type Query { me: User courses: [Course!]! } type User { id: ID! name: String! } "
                          "type Course { id: ID! title: String! teacher: User }")  # fmt: skip

    async def answer(url: str, *, body: bytes) -> bytes:
        return json.dumps({"data": introspection_from_schema(schema)}).encode()

    monkeypatch.setattr(schema_input, "fetch", answer)
    outcome = program("check", "--config", "supergraph.yaml", "--against", "http://router.test/graphql")
    assert outcome.code == 1
    assert "breaking  Course.title" in outcome.out

    async def refuse(url: str, *, body: bytes) -> bytes:
        return b'{"errors":[{"message":"introspection is off"}]}'

    monkeypatch.setattr(schema_input, "fetch", refuse)
    outcome = program("check", "--config", "supergraph.yaml", "--against", "http://router.test/graphql")
    assert "is introspection on?" in outcome.err


class TestDiff:
    """Two supergraphs, in four forms."""

    @pytest.fixture
    def forms(self, composed: Path, program: Program) -> dict[str, str]:
        program("compose", "--config", "supergraph.yaml", "--output", "new.graphql")
        outcomes = {
            form: program("diff", "old.graphql", "new.graphql", "--format", form)
            for form in ("text", "json", "markdown", "sarif")
        }
        assert {outcome.code for outcome in outcomes.values()} == {1}
        return {form: outcome.out for form, outcome in outcomes.items()}

    def test_json(self, forms: dict[str, str]) -> None:
        data = json.loads(forms["json"])
        assert data["breaking"] is True
        assert data["changes"][0] == {
            "severity": "breaking", "code": "FIELD_REMOVED", "coordinate": "Course.title",
            "message": "Course.title was removed",
        }  # fmt: skip

    def test_markdown(self, forms: dict[str, str]) -> None:
        assert "### Breaking\n\n- `Course.title`: Course.title was removed\n" in forms["markdown"]

    def test_sarif(self, forms: dict[str, str]) -> None:
        run = json.loads(forms["sarif"])["runs"][0]
        assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
            ("FIELD_REMOVED", "error"), ("FIELD_ADDED", "note"),
        ]  # fmt: skip
        assert run["results"][0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "Course.title"
        assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"FIELD_REMOVED", "FIELD_ADDED"}

    def test_an_api_schema_is_taken_as_it_is(self, folder: Path, program: Program) -> None:
        (folder / "a.graphql").write_text("type Query { a: Int }")
        (folder / "b.graphql").write_text("type Query { a: Int b: Int }")
        assert program("diff", "a.graphql", "b.graphql").code == 0
        assert program("diff", "b.graphql", "a.graphql").code == 1

    def test_usage(self, program: Program) -> None:
        assert program("diff", "-", "-").code == 2
        assert program("diff", "a").code == 2
        missing = program("diff", "nowhere.graphql", "-")
        assert missing.code == 1
        assert "nowhere.graphql: the file can't be read (No such file or directory)" in missing.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ref: x", "odd.graphql:1:1: not a GraphQL schema: Unexpected Name 'ref'"),
        ("type Query { a: Int", "odd.graphql:1:20: not a GraphQL schema: Expected Name, found <EOF>"),
        ("type Query @join__type(graph: A) { a: Int }", "odd.graphql: this is not a supergraph"),
    ],
)
@pytest.mark.parametrize("command", [("diff", "odd.graphql", "odd.graphql"), ("api-schema", "odd.graphql")])
def test_a_file_that_is_no_schema_is_told_by_name(
    folder: Path, program: Program, command: tuple[str, ...], text: str, told: str
) -> None:
    (folder / "odd.graphql").write_text(text)
    outcome = program(*command)
    assert outcome.code == 1
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_the_folder_of_an_output_is_made(folder: Path, program: Program) -> None:
    assert program("compose", "--config", "supergraph.yaml", "--output", "new/deep/out.graphql").code == 0
    assert (folder / "new" / "deep" / "out.graphql").read_text().startswith("schema")
