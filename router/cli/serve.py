"""``router serve``: a supergraph on HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from router.cli.inputs import read_text
from router.config.document import KeyPath
from router.config.load import DEV, SettingsSources, load_settings
from router.config.settings import Settings
from router.errors import CompositionFailed, InputError
from router.server.accepting import Shares
from router.server.app import build_app
from router.server.logs import configure_logs
from router.server.run import bind, serve
from router.server.sources import ComposedSource, FileSource, FixedSource, SupergraphSource, load_sdl
from router.server.workers import Workers

_log = logging.getLogger("router")
LOG: Final = ("telemetry", "exporters", "logging", "stdout")


@click.command(name="serve")
@click.option(
    "--supergraph", metavar="FILE", envvar="ROUTER_SUPERGRAPH", help="A composed supergraph; - is standard input."
)
@click.option("--config", metavar="FILE", envvar="ROUTER_CONFIG", help="A supergraph.yaml, composed at start.")
@click.option("--router-config", metavar="FILE", envvar="ROUTER_ROUTER_CONFIG", help="A router.yaml.")
@click.option("--listen", metavar="HOST:PORT", help="Address to listen on.")
@click.option("--dev", is_flag=True, envvar="ROUTER_DEV", help="Introspection, full error messages and the page.")
@click.option("--override", "overrides", metavar="NAME=URL", multiple=True, help="Another URL for a subgraph.")
@click.option(
    "--reload/--no-reload", default=True, show_default=True, help="Take over changes of the supergraph's files."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    envvar="ROUTER_WORKERS",
    show_default=True,
    help="Processes that share the address, each with its own caches.",
)
@click.option("--log", "level", type=click.Choice(["debug", "info", "warning", "error"]), help="Least level to log.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Lines of text, or one JSON object a line.")
@click.option("--wait-for-supergraph", "wait", is_flag=True, help="Start without one, and get ready when there is one.")
def command(
    supergraph: str | None,
    config: str | None,
    router_config: str | None,
    listen: str | None,
    dev: bool,
    overrides: Sequence[str],
    reload: bool,
    workers: int,
    level: str | None,
    log_format: str | None,
    wait: bool,
) -> None:
    """Serve a supergraph (--supergraph) or subgraphs that are composed at start (--config).

    Every option, and every setting of router.yaml, may come from an environment variable; see docs/configuration.md.
    """
    supergraph, config = _one_source(supergraph, config)
    if wait and not reload:
        raise click.UsageError("--wait-for-supergraph needs --reload")
    settings = _settings(router_config, _values(listen, dev, overrides, level, log_format))
    configure_logs(settings.telemetry.exporters.logging.stdout)
    source = _source(supergraph, config)
    listener = bind(settings.supergraph.listen)
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def announce() -> None:
        # A log that nobody can take, on a full disk, is no reason not to serve.
        with contextlib.suppress(OSError):
            lines = [f"GraphQL at {address}{settings.supergraph.path}"]
            lines += [f"The page at {address}/"] if settings.homepage.enabled else []
            for line in lines:
                if settings.telemetry.exporters.logging.stdout.format == "json":
                    # Whoever reads the log as JSON reads every line so.
                    _log.info(line)
                else:
                    click.echo(line, err=True)

    shares = Shares(workers)

    def work(number: int) -> None:
        tell = announce if number == 0 else _say_nothing
        share = shares.of(number) if workers > 1 else None
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            app = build_app(source, settings, {}, watch=reload, wait=wait)
            runner.run(_serve(source, serve(app, settings, listener, tell, share)))

    with listener:
        if workers == 1:
            work(0)
        else:
            sys.exit(Workers(workers, work).run())
    _drop_unwritten_log()


def _drop_unwritten_log() -> None:
    """Before CPython 3.12 the interpreter ends with 120 where it can't write what is left for standard error."""
    try:
        sys.stderr.flush()
    except OSError:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open until the process ends


def _say_nothing() -> None:
    """The first worker speaks for all."""


async def _serve(source: SupergraphSource, serving: Awaitable[None]) -> None:
    try:
        await serving
    except CompositionFailed as failure:
        raise InputError(f"{failure}\nrouter compose --config {source.name} shows where.") from None


def _one_source(supergraph: str | None, config: str | None) -> tuple[str | None, str | None]:
    """Return the one of the two that is given; the command line wins over the environment."""
    if supergraph is not None and config is not None:
        context = click.get_current_context()
        typed = [
            name
            for name in ("supergraph", "config")
            if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        ]
        if len(typed) == 1:
            return (supergraph, None) if typed == ["supergraph"] else (None, config)
    if (supergraph is None) == (config is None):
        raise click.UsageError("give either --supergraph or --config")
    return supergraph, config


def _values(
    listen: str | None, dev: bool, overrides: Sequence[str], level: str | None, log_format: str | None
) -> dict[KeyPath, Any]:
    """Return the settings that the command line gives."""
    given = {("supergraph", "listen"): listen, (*LOG, "level"): level, (*LOG, "format"): log_format}
    values: dict[KeyPath, Any] = dict(DEV) if dev else {}
    values.update({path: value for path, value in given.items() if value is not None})
    for override in overrides:
        name, separator, url = override.partition("=")
        if not separator:
            raise click.UsageError(f"--override {override}: write NAME=URL")
        values[("override_subgraph_url", name)] = url
    return values


def _settings(router_config: str | None, values: Mapping[KeyPath, Any]) -> Settings:
    text = read_text(router_config) if router_config is not None else ""
    folder = Path(router_config).parent if router_config not in (None, "-") else Path()
    name = "<stdin>" if router_config == "-" else router_config or "router.yaml"
    return load_settings(SettingsSources(text, name, folder, os.environ, values))


def _source(supergraph: str | None, config: str | None) -> SupergraphSource:
    if config is not None:
        return ComposedSource(Path(config))
    if supergraph == "-":
        return FixedSource(load_sdl(read_text("-")), "standard input")
    if (supergraph or "").endswith((".yaml", ".yml")):
        raise InputError(f"{supergraph} looks like a supergraph.yaml; serve that with --config {supergraph}")
    return FileSource(Path(supergraph or ""))


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
