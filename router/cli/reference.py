"""The commands -> their page of the documentation.

Enters: the program. Leaves: Markdown. Invariant: it is made from the commands alone, so a command that isn't on the
page has a stale page.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from router.cli.program import COMMANDS, program

_INTRODUCTION = """\
# The command line

Written from the commands themselves by `python -m router.cli.reference`; a test fails where it is stale.

`-` is standard input. Results go to standard output, everything else to standard error, so that output can be piped.
Colours are left out where the output isn't a terminal, and where `NO_COLOR` is set. Exit codes:

| code | meaning |
|---|---|
| 0 | good |
| 1 | the input is at fault: a file, a schema, an operation, or a breaking change |
| 2 | usage: an unknown option, a missing argument |
| 3 | the router's own fault |
"""


def commands_page() -> str:
    """Return the page."""
    context = click.Context(program, info_name="router")
    parts = [_INTRODUCTION]
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        parts.extend(_sections(command, click.Context(command, parent=context, info_name=name)))
    return "\n".join(parts)


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(context.command_path.split() + command.collect_usage_pieces(context))
    yield f"## {context.command_path}\n"
    yield inspect.cleandoc(command.help or "") + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _sections(child, click.Context(child, parent=context, info_name=name))
        return
    yield f"    {usage}\n"
    options = [option for option in command.params if isinstance(option, click.Option)]
    if options:
        yield "| option | environment variable | meaning |\n|---|---|---|"
        yield from (_row(option, context) for option in options)
        yield ""


def _row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    names, meaning = record if record is not None else (" / ".join(option.opts), option.help or "")
    cells = (f"`{names}`", f"`{option.envvar}`" if option.envvar else "", meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    click.echo(commands_page(), nl=False)
