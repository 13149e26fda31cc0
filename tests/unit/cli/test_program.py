"""The program as a whole, `config`, `plan`, and that every command is documented."""

import io
import json
import sys
from pathlib import Path

import click
import pytest
import yaml

from router.cli import config as config_command
from router.cli.program import COMMANDS, run, use_color
from router.cli.reference import commands_page
from tests.unit.cli.conftest import LINK, SUPERGRAPH, Program

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "commands.md"


def test_help_lists_every_command(program: Program) -> None:
    outcome = program("--help")
    assert outcome.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in outcome.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(program: Program, name: str) -> None:
    outcome = program(name, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: router {name}")


def test_the_version(program: Program) -> None:
    assert program("--version").out.startswith("router 0.")


def test_an_unknown_command_is_a_usage_error(program: Program) -> None:
    outcome = program("compos")
    assert outcome.code == 2
    assert 'there is no command compos; did you mean "compose"?' in outcome.err
    assert "known commands: api-schema, check, compose," in program("zzz").err


def test_a_bad_value_of_the_environment_names_its_variable(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_WORKERS", "many")
    outcome = program("serve", "--supergraph", "x.graphql")
    assert outcome.code == 2
    assert "The value comes from the environment variable ROUTER_WORKERS." in outcome.err
    assert "ROUTER_WORKERS" not in program("serve", "--supergraph", "x.graphql", "--workers", "few").err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serve", "--supergraph", "supergraph.yaml"), "serve that with --config supergraph.yaml"),
        (("plan", "--supergraph", "supergraph.yaml", "--operation", "router.yaml"), "router compose --config"),
        (("decompose", "supergraph.yaml", "--output", "out"), "router compose --config supergraph.yaml --output"),
        (("serve", "--config", "router.yaml"), "this looks like a router.yaml, not a supergraph.yaml"),
        (
            ("serve", "--config", "supergraph.yaml", "--router-config", "supergraph.yaml"),
            "looks like a supergraph.yaml",
        ),
        (("decompose", "router.graphql", "--output", "out"), "router.graphql: line 1, column 1"),
    ],
)
def test_one_kind_of_file_in_place_of_another_is_told(
    folder: Path, program: Program, arguments: tuple[str, ...], told: str
) -> None:
    for name in ("router.yaml", "router.graphql"):
        (folder / name).write_text("limits: {max_depth: 3}\n")
    outcome = program(*arguments)
    assert outcome.code == 1
    assert told in outcome.err


def test_a_fault_is_exit_code_3(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise KeyError("unexpected")

    monkeypatch.setattr(config_command, "_check_supergraph", fail)
    outcome = program("config", "validate", "--config", "x")
    assert outcome.code == 3
    assert "fault of the router" in outcome.err


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert use_color(True)
    assert not use_color(False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not use_color(True)


def test_the_documentation_is_the_commands() -> None:
    assert DOCUMENTATION.read_text(encoding="utf-8") == commands_page(), (
        "stale; write it anew: python -m router.cli.reference > docs/commands.md"
    )


def test_every_option_is_explained() -> None:
    for name in COMMANDS:
        context = click.Context(click.Group())
        command = __import__(COMMANDS[name][0], fromlist=["command"]).command
        commands = command.commands.values() if isinstance(command, click.Group) else [command]
        for one in commands:
            assert one.help
            for option in one.params:
                assert not isinstance(option, click.Option) or option.get_help_record(context), (name, option)


class TestConfig:
    """`router config validate|schema|expand`."""

    def test_the_current_folder(self, folder: Path, program: Program) -> None:
        (folder / "router.yaml").write_text("supergraph: {listen: '0.0.0.0:1'}\n")
        outcome = program("config", "validate")
        assert (outcome.code, outcome.out) == (0, "supergraph.yaml and router.yaml: good\n")

    def test_mistakes_of_both_files(self, folder: Path, program: Program) -> None:
        (folder / "router.yaml").write_text("supergraf: {}\n")
        (folder / "supergraph.yaml").write_text(SUPERGRAPH.replace("schema", "shema"))
        outcome = program("config", "validate")
        assert (outcome.code, outcome.out) == (1, "")
        assert 'router.yaml:1:1: supergraf: unknown key; did you mean "supergraph"?' in outcome.err
        assert 'supergraph.yaml:5:5: subgraphs.users.shema: unknown key; did you mean "schema"?' in outcome.err

    def test_json(self, folder: Path, program: Program) -> None:
        (folder / "router.yaml").write_text("supergraf: {}\n")
        outcome = program("config", "validate", "--router-config", "router.yaml", "--format", "json")
        assert outcome.code == 1
        assert json.loads(outcome.out) == {
            "valid": False,
            "problems": [
                {
                    "source": "router.yaml", "line": 1, "column": 1, "key": "supergraf", "message": "unknown key",
                    "remedy": 'did you mean "supergraph"?',
                }
            ],
        }  # fmt: skip

    def test_environment_variables_count(self, folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "router.yaml").write_text("")
        monkeypatch.setenv("ROUTER__SUPERGRAPH__PATH", "no slash")
        outcome = program("config", "validate", "--router-config", "router.yaml")
        assert outcome.code == 1
        assert "environment variable ROUTER__SUPERGRAPH__PATH" in outcome.err

    def test_nothing_to_validate(self, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert program("config", "validate").code == 2

    def test_schemas(self, program: Program) -> None:
        both = json.loads(program("config", "schema").out)
        assert json.loads(program("config", "schema", "router").out) == both["router"]
        assert "subgraphs" in both["supergraph"]["properties"]
        assert both["supergraph"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert program("config", "schema", "--format", "markdown").out.startswith("# Configuration")

    def test_expand(self, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", "5")
        (tmp_path / "a.yaml").write_text("a: http://x:${env.PORT}/\nb: [1, '${env.NO:-d}']\n")
        outcome = program("config", "expand", str(tmp_path / "a.yaml"))
        assert yaml.safe_load(outcome.out) == {"a": "http://x:5/", "b": [1, "d"]}
        (tmp_path / "a.yaml").write_text("a: ${env.NO}\n")
        outcome = program("config", "expand", str(tmp_path / "a.yaml"))
        assert outcome.code == 1
        assert "NO is not set" in outcome.err


PLAN = ("plan", "--supergraph", "supergraph.graphql", "--operation", "operation.graphql")


class TestPlan:
    """`router plan`."""

    @pytest.fixture(autouse=True)
    def _composed(self, folder: Path, program: Program) -> None:
        program("compose", "--config", "supergraph.yaml", "--output", "supergraph.graphql")
        (folder / "operation.graphql").write_text("{ courses { title teacher { name } } }")

    def test_text(self, program: Program) -> None:
        outcome = program(*PLAN)
        assert outcome.code == 0
        assert outcome.out.startswith('QueryPlan {\n  Sequence {\n    Fetch(service: "courses") {')
        assert 'Flatten(path: "courses.@.teacher") {' in outcome.out

    def test_json(self, program: Program) -> None:
        outcome = program(*PLAN, "--format", "json")
        assert set(json.loads(outcome.out)) == {"plan"}

    def test_reasons(self, program: Program) -> None:
        arguments = (
            "plan",
            "--supergraph",
            "supergraph.graphql",
            "--operation",
            "operation.graphql",
            "--explain",
            "plan",
        )
        assert "asks users:\n  - " in program(*arguments).out
        data = json.loads(program(*arguments, "--format", "json").out)
        assert [reason["service"] for reason in data["reasons"]] == ["courses", "users"]
        assert all(reason["reasons"] for reason in data["reasons"])

    @pytest.mark.parametrize("stage", ["normalize", "graph", "paths", "fetch-graph"])
    def test_stages(self, program: Program, stage: str) -> None:
        arguments = (
            "plan",
            "--supergraph",
            "supergraph.graphql",
            "--operation",
            "operation.graphql",
            "--explain",
            stage,
        )
        outcome = program(*arguments)
        assert outcome.code == 0
        assert outcome.out.strip()
        assert json.loads(program(*arguments, "--format", "json").out) == {stage: outcome.out.rstrip("\n")}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{ courses { nothing } }", "operation.graphql:1:13: Cannot query field 'nothing' on type 'Course'."),
            ("{ courses", "operation.graphql:1:10: Syntax Error"),
            ("query A { me { id } } query B { me { id } }", "operation"),
        ],
    )
    def test_operations_at_fault(self, folder: Path, program: Program, text: str, message: str) -> None:
        (folder / "operation.graphql").write_text(text)
        outcome = program(*PLAN)
        assert (outcome.code, outcome.out) == (1, "")
        assert message in outcome.err

    def test_one_of_several_operations(self, folder: Path, program: Program) -> None:
        (folder / "operation.graphql").write_text("query A { me { id } } query B { courses { id } }")
        assert "courses" in program(*PLAN, "--operation-name", "B").out

    def test_from_standard_input(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{ me { id } }")))
        assert program("plan", "--supergraph", "supergraph.graphql", "--operation", "-").code == 0
        assert program("plan", "--supergraph", "-", "--operation", "-").code == 2

    def test_no_supergraph(self, folder: Path, program: Program) -> None:
        (folder / "supergraph.graphql").write_text("type Query { a: Int }")
        outcome = program(*PLAN)
        assert outcome.code == 1
        assert "error:" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("serve", "--supergraph", "a", "--config", "b"),
        ("serve", "--supergraph", "a", "--override", "users"),
    ],
)
def test_serve_usage(program: Program, arguments: tuple[str, ...]) -> None:
    assert program(*arguments).code == 2


def test_serve_says_why_subgraphs_do_not_compose(folder: Path, program: Program) -> None:
    (folder / "courses.graphql").write_text(LINK + 'type User @key(fields: "id") { id: ID! name: String! }')
    outcome = program("serve", "--config", "supergraph.yaml", "--listen", "127.0.0.1:0")
    assert outcome.code == 1
    assert "[INVALID_FIELD_SHARING] User.name" in outcome.err
    assert "router compose --config supergraph.yaml shows where." in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--supergraph", "nowhere.graphql", "--listen", "127.0.0.1:0"), "nowhere.graphql: the file can't be read"),
        (("--supergraph", "a", "--listen", "4000"), "command line: supergraph.listen"),
        (("--supergraph", "a", "--router-config", "nowhere.yaml"), "nowhere.yaml: the file can't be read"),
        (("--supergraph", "a", "--override", "users=localhost"), "command line: override_subgraph_url.users"),
        (("--supergraph", "bad.graphql", "--listen", "127.0.0.1:0"), "bad.graphql: "),
        (("--config", "bad.graphql", "--listen", "127.0.0.1:0"), "bad.graphql:1"),
    ],
)
def test_serve_refuses_bad_input(folder: Path, program: Program, arguments: tuple[str, ...], message: str) -> None:
    (folder / "bad.graphql").write_text("type Query { a: Int }")
    outcome = program("serve", *arguments)
    assert outcome.code == 1
    assert message in outcome.err


def test_main_is_the_program() -> None:
    assert run(["--version"]) == 0
