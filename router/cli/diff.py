"""``router diff``: what the step from one supergraph to another means for clients."""

from __future__ import annotations

import sys

import click

from router.cli.change_report import FORMATS, render_changes
from router.cli.program import use_color
from router.cli.schema_input import load_api_schema
from router.supergraph.changes import Severity, compare_schemas


@click.command(name="diff")
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format.")
def command(old: str, new: str, form: str) -> int:
    """Compare the API schemas of OLD and NEW.

    Each is a supergraph, an API schema, a supergraph.yaml, the URL of a server with introspection, or - for standard
    input. Exit code 1 when there are breaking changes.
    """
    if old == new == "-":
        raise click.UsageError("only one of the two can be standard input")
    changes = compare_schemas(load_api_schema(old), load_api_schema(new))
    click.echo(render_changes(changes, (), form), nl=False, color=use_color(sys.stdout.isatty()))
    return int(any(change.severity is Severity.BREAKING for change in changes))
