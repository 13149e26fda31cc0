"""``router publish``: one subgraph's schema into the supergraph of a cluster."""

from __future__ import annotations

import asyncio
import sys

import click

from router.cli.inputs import read_text
from router.cli.program import use_color
from router.cli.recorded_operations import find_broken, read_operations
from router.cli.report import error_text
from router.config.supergraph_file import NAME, http_url
from router.errors import InputError
from router.publication.cluster import Cluster
from router.publication.gate import Broken, FindBroken
from router.publication.publish import PHASES, Publication, PublicationRefused, publish
from router.publication.published import PublishedSubgraph
from router.server.schemas import SubgraphSchema
from router.type_system.model import Schema


@click.command(name="publish")
@click.argument("name")
@click.option("--schema", metavar="FILE", help="The subgraph's schema; - is standard input.")
@click.option("--url", help="Where routers send requests to the subgraph.")
@click.option("--remove", is_flag=True, help="Take the subgraph out of the supergraph instead.")
@click.option("--config-map", metavar="NAME", default="supergraph", show_default=True, help="Where it is published.")
@click.option("--namespace", help="The namespace; by default the pod's, or that of the kubeconfig.")
@click.option(
    "--phase", type=click.Choice(PHASES), default="after-rollout", show_default=True,
    help="check: only say what would be. before-rollout: check, and take out what the new version lacks. "
    "after-rollout: publish.",
)  # fmt: skip
@click.option("--operations", metavar="FILE", help="Recorded operations, which then alone say what breaks clients.")
@click.option("--allow-breaking", is_flag=True, help="Publish a change that breaks clients.")
@click.option("--deployment", metavar="NAME", help="Publish only when the rollout of this Deployment is done.")
@click.option("--routers", metavar="URL", help="Wait until every router that the host resolves to serves the result.")
@click.option("--settle", metavar="SECONDS", type=click.FloatRange(0), default=0.0, help="How long old pods go on.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(1), default=900.0, show_default=True,
    help="Longest wait for the rollout and the routers.",
)  # fmt: skip
def command(name: str, schema: str | None, url: str | None, remove: bool, operations: str | None, **rest: str) -> None:
    """Publish a subgraph's schema to a cluster, in a ConfigMap that the routers mount.

    It must compose with what the others have published, and must not break clients: recorded operations where there
    are some, else any operation. Schema and supergraph are written at once, or not at all. Exit code 1 when refused.
    """
    candidate = None if remove else _candidate(name, schema, url)
    namespace, allow_breaking = rest.pop("namespace"), bool(rest.pop("allow_breaking"))
    publication = Publication(
        name,
        candidate,
        find_broken=_finder(operations),
        allow_breaking=allow_breaking,
        **rest,  # type: ignore[arg-type]  # click gives each option its type
    )
    try:
        asyncio.run(publish(publication, Cluster(namespace), lambda line: click.echo(line, err=True)))
    except PublicationRefused as refused:
        _show(refused)
        raise


def _candidate(name: str, schema: str | None, url: str | None) -> PublishedSubgraph:
    if NAME.fullmatch(name) is None:
        raise click.UsageError(f"{name} is not a good subgraph name: a letter, then letters, digits, _ or -")
    if schema is None or url is None:
        raise click.UsageError("give --schema and --url, or --remove")
    try:
        return PublishedSubgraph(name, http_url(url), read_text(schema))
    except ValueError as error:
        raise InputError(f"--url {url}: {error}") from None


def _finder(operations: str | None) -> FindBroken | None:
    if operations is None:
        return None
    recorded = read_operations(read_text(operations), operations)

    def find(old: Schema, new: Schema) -> list[Broken]:
        return list(find_broken(recorded, old, new))

    return find


def _show(refused: PublicationRefused) -> None:
    composition = refused.verdict.composition
    if composition is None:
        return
    schemas = {
        each.name: SubgraphSchema(each.name, each.url, each.sdl, each.name) for each in refused.verdict.subgraphs
    }
    for error in composition.errors:
        click.echo(error_text(error, schemas) + "\n", err=True, color=use_color(sys.stderr.isatty()))
