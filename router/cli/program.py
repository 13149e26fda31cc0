"""The ``router`` program: its commands, loaded when they are asked for, and its exit codes.

Enters: arguments. Leaves: an exit code. Invariant: an error of the input is told without a traceback; a fault of the
router is told as one.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Final

import click

from router.config.problem import suggest
from router.errors import RouterError

EXIT_INPUT: Final = 1
EXIT_FAULT: Final = 3
#: Command -> its module, and its help in one line; importing none keeps `router --help` quick.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "api-schema": ("router.cli.api_schema", "Print the schema as clients see it."),
    "check": ("router.cli.check", "Say what a change of the subgraphs does to clients."),
    "compose": ("router.cli.compose", "Compose subgraphs into a supergraph."),
    "config": ("router.cli.config", "Validate, expand or describe configuration files."),
    "decompose": ("router.cli.decompose", "Write the subgraphs that compose to a supergraph."),
    "diff": ("router.cli.diff", "Compare the schemas of two supergraphs."),
    "plan": ("router.cli.plan", "Show how an operation would be run."),
    "publish": ("router.cli.publish", "Publish a subgraph's schema to a cluster."),
    "query": ("router.cli.query", "Send an operation to a running server."),
    "serve": ("router.cli.serve", "Serve a supergraph."),
    "verify": ("router.cli.verify", "Compare the router with a monolith on random graphs."),
}


class _Program(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            ctx.fail(f"there is no command {name}; {suggest(name, COMMANDS, 'command')}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="learning-supergraph", message="router %(version)s")
def program() -> None:
    """A Federation 2 router: compose, check, plan and serve a supergraph."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    try:
        result = program.main(args=arguments, prog_name="router", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.UsageError as error:
        error.show()
        _tell_the_variable(error)
        return error.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return EXIT_INPUT
    except RouterError as error:
        click.echo(
            f"{click.style('error:', fg='red', bold=True)} {error}", err=True, color=use_color(sys.stderr.isatty())
        )
        return error.exit_code
    except BrokenPipeError:
        # The reader of the output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        traceback.print_exc()
        click.echo("This is a fault of the router, not of its input.", err=True)
        return EXIT_FAULT


def _tell_the_variable(error: click.UsageError) -> None:
    """Say that a bad value comes from the environment: the option that it stands for isn't on the command line."""
    if isinstance(error, click.BadParameter) and error.ctx is not None and error.param is not None:
        source = error.ctx.get_parameter_source(error.param.name or "")
        if source is click.core.ParameterSource.ENVIRONMENT:
            click.echo(f"The value comes from the environment variable {error.param.envvar}.", err=True)


def use_color(terminal: bool) -> bool:
    """Whether to write in colour: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return terminal and not os.environ.get("NO_COLOR")
