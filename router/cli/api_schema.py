"""``router api-schema``: the schema as clients see it, for their editors, code generators and compilers."""

from __future__ import annotations

import click

from router.cli.inputs import write_text
from router.cli.schema_input import load_api_schema
from router.type_system.printer import print_schema


@click.command(name="api-schema")
@click.argument("graph")
@click.option("--output", metavar="FILE", help="Where the schema goes; standard output by default.")
def command(graph: str, output: str | None) -> int:
    """Print the API schema of GRAPH: what clients see, without federation's directives and what is inaccessible.

    GRAPH is a supergraph, a supergraph.yaml, which is composed, the URL of a server with introspection, or - for a
    supergraph on standard input.
    """
    write_text(print_schema(load_api_schema(graph)), output)
    return 0
