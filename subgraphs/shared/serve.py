"""One service's application, served until a signal.

Enters: the service's parts and settings, and the address where it isn't that of the settings. Leaves: nothing; what
can't be served is one sentence. Invariant: the callers of the application are asked to leave before it stops.
"""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager

import click
import uvicorn
from fastapi import FastAPI

from subgraphs.shared.connection import Connection
from subgraphs.shared.drain import Drain, DrainingApp, DrainingServer
from subgraphs.shared.logs import configure_logs
from subgraphs.shared.metrics import open_listener, shown
from subgraphs.shared.service_cli import ServiceParts
from subgraphs.shared.settings import ServiceSettings


def serve_until_stopped(parts: ServiceParts, settings: ServiceSettings, host: str | None, port: int | None) -> None:
    configure_logs(settings)
    try:
        app = parts.create_app()
    except ValueError as error:  # a database or a key ring that can't be used
        raise click.ClickException(str(error)) from None
    address = host or settings.host
    beside = show_metrics(parts.name, app, address, settings.metrics_port)
    options = uvicorn.Config(
        DrainingApp(app, drain := Drain(settings.drain_delay)),
        host=address,
        port=settings.port if port is None else port,
        http=Connection,
        ws="none",
        log_config=None,
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=1_000,
        # Longer than a router keeps an idle connection, so that it isn't closed under its next request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
    )
    DrainingServer(options, drain, beside).run()


def show_metrics(name: str, app: FastAPI, host: str, port: int) -> AbstractAsyncContextManager[None] | None:
    """What shows the application's metrics while it is entered; None for no port."""
    if port == 0:
        return None
    try:
        return shown(app.state.service.metrics, open_listener(host, port))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise click.ClickException(
            f"no metrics on {host}:{port}: {reason}; {name.upper()}_METRICS_PORT sets it"
        ) from None
