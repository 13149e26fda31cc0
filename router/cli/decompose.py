"""``router decompose``: the subgraphs that compose to a supergraph, as files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from router.cli.inputs import load_supergraph
from router.errors import InputError
from router.supergraph.decompose import decompose


@click.command(name="decompose")
@click.argument("supergraph")
@click.option("--output", metavar="FOLDER", required=True, help="A new or empty folder, for the files.")
def command(supergraph: str, output: str) -> int:
    """Write the subgraphs that compose to SUPERGRAPH, a composed file or - for standard input.

    Each subgraph's schema is written in Federation 2, beside a supergraph.yaml that composes them again. What
    composition left out, such as arguments that only some subgraphs have, doesn't come back.
    """
    composed = load_supergraph(supergraph)
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; name another folder")
        # A graph's id is a GraphQL name, so it is safe as the name of a file; a subgraph's own name needn't be.
        files = {graph.name: f"{graph.id.lower()}.graphql" for graph in composed.graphs.values()}
        for name, sdl in decompose(composed).items():
            (folder / files[name]).write_text(sdl, encoding="utf-8")
        lines = ["subgraphs:"]
        for graph in composed.graphs.values():
            lines += [f"  {json.dumps(graph.name)}:"]
            lines += [f"    routing_url: {json.dumps(graph.url)}"] if graph.url else []
            lines += ["    schema:", f"      file: {files[graph.name]}"]
        (folder / "supergraph.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{error.filename or folder} cannot be written: {error.strerror}") from error
    click.echo(f"{len(files)} subgraphs written to {folder}", err=True)
    return 0
