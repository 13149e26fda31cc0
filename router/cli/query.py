"""``router query``: send one operation to a running server, and fail where the answer has errors."""

from __future__ import annotations

import asyncio
import json
import time

import click

from router.cli.inputs import read_text
from router.errors import InputError
from router.execution.transports.signing import HEADER, signature_of
from router.server.fetch import FetchError, fetch


@click.command(name="query")
@click.argument("url")
@click.argument("operation")
@click.option("--header", "headers", metavar="NAME:VALUE", multiple=True, help="A header of the request.")
@click.option(
    "--signature-secrets",
    metavar="SECRETS",
    envvar="SIGNATURE_SECRETS",
    help="Sign the call, as a subgraph may ask for; the first of several with commas signs. Other users of the machine "
    "can read a command line, so better leave it to the environment.",
)
def command(url: str, operation: str, headers: tuple[str, ...], signature_secrets: str | None) -> int:
    """Send an operation to a GraphQL server and print its answer. The operation is text, @FILE, or - .

    Exit code 1 where there is no answer, or one with errors or without data.
    """
    text = read_text("-") if operation == "-" else read_text(operation[1:]) if operation[:1] == "@" else operation
    sent = [(name.strip(), value.strip()) for name, _, value in (header.partition(":") for header in headers)]
    body = json.dumps({"query": text}).encode()
    secret = (signature_secrets or "").partition(",")[0].strip()
    if secret:
        sent.append((HEADER, signature_of(secret.encode(), int(time.time()), url, body)))
    try:
        answer = json.loads(asyncio.run(fetch(url, sent, body=body)))
    except FetchError as error:
        raise InputError(f"{url}: {error}") from None
    except ValueError:
        raise InputError(f"{url}: the answer is not JSON") from None
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    good = isinstance(answer, dict) and answer.get("data") is not None and not answer.get("errors")
    return 0 if good else 1
