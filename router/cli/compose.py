"""``router compose``: subgraphs into a supergraph."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from router.cli.explanations import explain_code
from router.cli.inputs import read_config, read_text, write_text
from router.cli.program import use_color
from router.cli.report import error_text, finding_data, hint_text, notable, summary
from router.errors import InputError, RouterError
from router.federation.errors import CompositionError
from router.publication.cluster import Cluster
from router.publication.published import read_published
from router.server.schemas import ComposedFile, SubgraphSchema, compose_file, compose_schemas, schema_files
from router.server.watch import watch_files


@click.command(name="compose")
@click.option("--config", metavar="FILE", help="A supergraph.yaml; - is standard input.")
@click.option(
    "--from-configmaps", "config_map", metavar="[NAMESPACE/]NAME",
    help="Compose what was published to a cluster (router publish) instead of a supergraph.yaml.",
)  # fmt: skip
@click.option(
    "--candidate", "candidates", metavar="NAME=FILE", multiple=True,
    help="With --from-configmaps: another schema for a published subgraph.",
)  # fmt: skip
@click.option("--output", metavar="FILE", help="Where the supergraph goes; standard output by default.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@click.option("--watch", is_flag=True, help="Compose again when a file changes; needs --output.")
@click.option("--hints", "all_hints", is_flag=True, help="Show all hints, not just those that ask for a change.")
@click.option(
    "--explain", "code", metavar="CODE", help="Explain a code of an error or a hint, of composition or of requests."
)
def command(
    config: str | None,
    config_map: str | None,
    candidates: tuple[str, ...],
    output: str | None,
    form: str,
    watch: bool,
    all_hints: bool,
    code: str | None,
) -> int:
    """Compose the subgraphs of a supergraph.yaml into a supergraph, or what was published to a cluster.

    The supergraph goes to standard output or to --output, errors and hints to standard error. Nothing is written where
    there are errors.
    """
    if code is not None:
        click.echo(explain_code(code))
        return 0
    if (config is None) == (config_map is None):
        raise click.UsageError("name a supergraph.yaml with --config, or a ConfigMap with --from-configmaps")
    if candidates and config_map is None:
        raise click.UsageError("--candidate needs --from-configmaps")
    if watch:
        if config is None or output is None or config == "-" or form == "json":
            raise click.UsageError("--watch needs --config FILE and --output FILE, and writes text")
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(compose_on_change(config, output, all_hints))
        return 0
    if config_map is not None:
        composed = _compose_published(config_map, candidates)
    else:
        composed = asyncio.run(_compose(config or ""))
    if form == "json":
        return _write_json(composed, output)
    return 0 if _write_text(composed, output, all_hints) else 1


async def _compose(config: str) -> ComposedFile:
    return await compose_file(read_config(config, os.environ))


def _compose_published(config_map: str, candidates: tuple[str, ...]) -> ComposedFile:
    namespace, _, name = config_map.rpartition("/")
    published = read_published(Cluster(namespace or None).read(name).entries)
    schemas = {each.name: SubgraphSchema(each.name, each.url, each.sdl, each.name) for each in published.subgraphs}
    for candidate in candidates:
        subgraph, separator, file = candidate.partition("=")
        if not separator:
            raise click.UsageError(f"--candidate {candidate}: write NAME=FILE")
        if subgraph not in schemas:
            raise InputError(f"--candidate {candidate}: {subgraph} isn't published; router publish adds a subgraph")
        schemas[subgraph] = SubgraphSchema(subgraph, schemas[subgraph].url, read_text(file), file)
    if not schemas:
        raise InputError(f"nothing is published in ConfigMap {config_map} yet")
    ordered = tuple(schemas.values())
    return ComposedFile(compose_schemas(ordered), ordered)


def _echo(text: str) -> None:
    click.echo(text, err=True, color=use_color(sys.stderr.isatty()))


def _write_text(composed: ComposedFile, output: str | None, all_hints: bool) -> bool:
    composition = composed.composition
    schemas = {schema.name: schema for schema in composed.schemas}
    for hint in composition.hints if all_hints else notable(composition.hints):
        _echo(hint_text(hint))
    for error in composition.errors:
        _echo(error_text(error, schemas) + "\n")
    if composition.supergraph_sdl is None or composition.errors:
        _echo(f"{summary(composition.errors)}; nothing was written. router compose --explain CODE tells more.")
        return False
    write_text(composition.supergraph_sdl, output)
    if output not in (None, "-"):
        _echo(f"{len(composed.schemas)} subgraphs composed into {output}")
    return True


def _write_json(composed: ComposedFile, output: str | None) -> int:
    composition = composed.composition
    schemas = {schema.name: schema for schema in composed.schemas}
    good = not composition.errors
    result = {
        "success": good,
        "errors": [finding_data(error, schemas) for error in composition.errors],
        "hints": [finding_data(hint, schemas) for hint in composition.hints],
    }
    if good and composition.supergraph_sdl is not None and output not in (None, "-"):
        write_text(composition.supergraph_sdl, output)
    elif good:
        result["supergraph_sdl"] = composition.supergraph_sdl
    click.echo(json.dumps(result, indent=2))
    return 0 if good else 1


async def compose_on_change(config: str, output: str, all_hints: bool) -> None:
    """Compose now, and again whenever a file changes, until cancelled."""
    watched = [Path(config)]
    known: list[CompositionError] = []

    async def compose() -> None:
        nonlocal watched, known
        try:
            file = read_config(config, os.environ)
            # Before anything can fail, so that mending it is noticed.
            watched = [Path(config), *schema_files(file)]
            composed = await compose_file(file)
        except RouterError as error:
            if not isinstance(error, InputError):
                raise
            _echo(f"{error}\n{output} stays as it is.")
            return
        known = _tell_changes(composed, known, _echo)
        if not composed.composition.errors:
            _write_text(composed, output, all_hints)
        else:
            _echo(f"{summary(composed.composition.errors)}; {output} stays as it is.")

    await compose()
    _echo("Watching for changes; Ctrl-C ends.")
    async for _ in watch_files(lambda: watched):
        await compose()


def _tell_changes(
    composed: ComposedFile, known: list[CompositionError], echo: Callable[[str], None]
) -> list[CompositionError]:
    """Tell which errors came and went since the last time."""
    schemas = {schema.name: schema for schema in composed.schemas}
    before = {error.message for error in known}
    now = {error.message for error in composed.composition.errors}
    for error in known:
        if error.message not in now:
            echo(f"{click.style('gone', fg='green', bold=True)} {error.message}")
    for error in composed.composition.errors:
        if error.message not in before:
            echo(error_text(error, schemas) + "\n")
    return list(composed.composition.errors)
