"""``router check``: may this change of the subgraphs be deployed?"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from router.cli.change_report import FORMATS, BrokenOperation, render_changes
from router.cli.inputs import read_config, read_text
from router.cli.program import use_color
from router.cli.recorded_operations import find_broken, read_operations
from router.cli.schema_input import compose_api_schema, is_revision, load_api_schema, load_revision
from router.errors import InputError
from router.supergraph.changes import Severity, compare_schemas
from router.type_system.model import Schema


@click.command(name="check")
@click.option("--config", metavar="FILE", required=True, help="The supergraph.yaml to be; - is standard input.")
@click.option(
    "--against", metavar="GIT_REF|FILE|URL", required=True,
    help="What is served now: a Git revision, a supergraph, or a running router.",
)  # fmt: skip
@click.option("--operations", metavar="FILE", help="Recorded operations: a GraphQL document, JSON or JSON lines.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format.")
def command(config: str, against: str, operations: str | None, form: str) -> int:
    """Compose the subgraphs, and say what the step from what is served now means for clients.

    Exit code 1 when they don't compose, when there are breaking changes, or when a recorded operation breaks.
    """
    new = compose_api_schema(read_config(config, os.environ))
    old = _load_old(against, config)
    changes = compare_schemas(old, new)
    broken: list[BrokenOperation] = []
    if operations is not None:
        broken = find_broken(read_operations(read_text(operations), operations), old, new)
    click.echo(render_changes(changes, broken, form), nl=False, color=use_color(sys.stdout.isatty()))
    return int(bool(broken) or any(change.severity is Severity.BREAKING for change in changes))


def _load_old(against: str, config: str) -> Schema:
    if against.startswith(("http://", "https://")) or against == "-" or Path(against).is_file():
        return load_api_schema(against)
    if config == "-":
        raise InputError(f"{against}: there is no such file, and a revision needs --config FILE")
    if not is_revision(against, config):
        raise InputError(f"{against}: neither a file, a URL nor a Git revision")
    return load_revision(against, config)
