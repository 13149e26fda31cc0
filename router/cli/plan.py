"""``router plan``: how an operation would be run, and why."""

from __future__ import annotations

import json
from typing import Any

import click

from router.cli.inputs import load_supergraph, read_text
from router.errors import InputError, OperationError
from router.pipeline.prepare import Preparer
from router.pipeline.settings import PipelineSettings
from router.query_plan.json import plan_to_json
from router.query_plan.walk import fetches_of

STAGES = ("normalize", "graph", "paths", "fetch-graph", "plan")


@click.command(name="plan")
@click.option("--supergraph", metavar="FILE", required=True, help="A composed supergraph; - is standard input.")
@click.option("--operation", metavar="FILE", required=True, help="A GraphQL document; - is standard input.")
@click.option("--operation-name", metavar="NAME", help="The operation to plan, where the document has several.")
@click.option("--explain", "stage", type=click.Choice(STAGES), help="Show what a stage of planning gives, and why.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(supergraph: str, operation: str, operation_name: str | None, stage: str | None, form: str) -> int:
    """Show the query plan of an operation."""
    if supergraph == operation == "-":
        raise click.UsageError("only one of the two can be standard input")
    text = read_text(operation)
    preparer = Preparer(load_supergraph(supergraph), PipelineSettings(introspection=True))
    try:
        tokens = preparer.count(text)
        document = preparer.parse(text)
        preparer.validate(document)
        normalised = preparer.normalise(document, operation_name, tokens).operation
    except OperationError as error:
        raise InputError("\n".join(_located(operation, found) for found in error.errors)) from None
    if stage is None or stage == "plan":
        plan = preparer.plan(normalised, frozenset())
        reasons = [(fetch.id, fetch.service, fetch.reasons) for fetch in fetches_of(plan)] if stage else []
        _write(str(plan), {"plan": plan_to_json(plan)}, reasons, form)
        return 0
    result = str(getattr(preparer.planner.explain(normalised), stage.replace("-", "_")))
    click.echo(json.dumps({stage: result}, indent=2) if form == "json" else result)
    return 0


def _write(text: str, data: dict[str, Any], reasons: list[tuple[int, str, tuple[str, ...]]], form: str) -> None:
    if form == "json":
        if reasons:
            data["reasons"] = [
                {"id": fetch, "service": service, "reasons": list(found)} for fetch, service, found in reasons
            ]
        click.echo(json.dumps(data, indent=2))
        return
    click.echo(text)
    for fetch, service, found in reasons:
        click.echo(f"\nFetch {fetch} asks {service}:")
        for reason in found:
            click.echo(f"  - {reason}")


def _located(origin: str, error: Any) -> str:
    places = error.locations or []
    where = f"{origin}:{places[0].line}:{places[0].column}" if places else origin
    return f"{where}: {error.message}"
