"""``router config validate|schema|expand``: the two configuration files, without serving anything."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import yaml

from router.cli.inputs import read_config, read_text
from router.config.document import read_document
from router.config.expansion import Expansion, expand
from router.config.load import SettingsSources, load_settings
from router.config.problem import ConfigurationProblem, InvalidConfiguration
from router.config.reference import settings_page, settings_schema, supergraph_schema

FILES = ("supergraph.yaml", "router.yaml")


@click.group(name="config")
def command() -> None:
    """Validate, expand or describe configuration files."""


@command.command()
@click.option("--config", metavar="FILE", help="A supergraph.yaml; - is standard input.")
@click.option("--router-config", metavar="FILE", help="A router.yaml; - is standard input.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def validate(config: str | None, router_config: str | None, form: str) -> int:
    """Check a supergraph.yaml, a router.yaml, or both, with the environment variables that are set.

    Without an option it checks those of the two that the current folder has.
    """
    if config is None and router_config is None:
        config, router_config = (name if Path(name).is_file() else None for name in FILES)
        if config is None and router_config is None:
            raise click.UsageError("name a file with --config or --router-config")
    problems: list[ConfigurationProblem] = []
    checked: list[str] = []
    for name, check in ((config, _check_supergraph), (router_config, _check_settings)):
        if name is None:
            continue
        checked.append(name)
        try:
            check(name)
        except InvalidConfiguration as error:
            problems.extend(error.problems)
    if form == "json":
        click.echo(
            json.dumps({"valid": not problems, "problems": [problem.as_data() for problem in problems]}, indent=2)
        )
    else:
        for problem in problems:
            click.echo(str(problem), err=True)
        if not problems:
            click.echo(f"{' and '.join(checked)}: good")
    return 1 if problems else 0


@command.command()
@click.argument("file", type=click.Choice(["supergraph", "router", "all"]), default="all")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="json",
    show_default=True,
    help="Output format.",
)
def schema(file: str, form: str) -> None:
    """Print the JSON Schema of supergraph.yaml, of router.yaml, or of both by name.

    Name it in the first line of a file, and editors complete its keys:
    "# yaml-language-server: $schema=router.schema.json".
    """
    if form == "markdown":
        click.echo(settings_page(), nl=False)
        return
    schemas = {"supergraph": supergraph_schema(), "router": settings_schema()}
    click.echo(json.dumps(schemas if file == "all" else schemas[file], indent=2))


@command.command(name="expand")
@click.argument("file", metavar="FILE")
def expand_file(file: str) -> None:
    """Print a file with its ${env.NAME} and ${file.PATH} filled in; secrets show."""
    document = read_document(read_text(file), "<stdin>" if file == "-" else file)
    folder = Path() if file == "-" else Path(file).parent
    problems = expand(document, Expansion(os.environ, folder))
    if problems:
        raise InvalidConfiguration(problems)
    click.echo(yaml.safe_dump(document.value, sort_keys=False, allow_unicode=True), nl=False)


def _check_supergraph(name: str) -> None:
    read_config(name, os.environ)


def _check_settings(name: str) -> None:
    folder = Path() if name == "-" else Path(name).parent
    sources = SettingsSources(read_text(name), "<stdin>" if name == "-" else name, folder, os.environ)
    load_settings(sources)
