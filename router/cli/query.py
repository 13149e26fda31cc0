"""``router query``: send one operation to a running server, and fail where the answer has errors."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Final

import click

from router.cli.inputs import read_text
from router.errors import InputError
from router.execution.transports.signing import HEADER, signature_of
from router.server.fetch import FetchError, fetch

_ENDPOINT: Final = "http://127.0.0.1:4000/graphql"


@click.command(name="query")
@click.argument("url")
@click.argument("operation")
@click.option("--variables", metavar="JSON", help="Its variables, as a JSON object, @FILE, or - .")
@click.option("--header", "headers", metavar="NAME:VALUE", multiple=True, help="A header of the request.")
@click.option(
    "--signature-secrets",
    metavar="SECRETS",
    envvar="SIGNATURE_SECRETS",
    help="Sign the call, as a subgraph may ask for; the first of several with commas signs. Other users of the machine "
    "can read a command line, so better leave it to the environment.",
)
def command(
    url: str, operation: str, variables: str | None, headers: tuple[str, ...], signature_secrets: str | None
) -> int:
    """Send an operation to a GraphQL server and print its answer. The operation is text, @FILE, or - .

    Exit code 1 where there is no answer, or one with errors or without data.
    """
    if "://" not in url:
        raise InputError(f"{url}: an address begins with http:// or https://, such as {_ENDPOINT}")
    sent = [(name.strip(), value.strip()) for name, _, value in map(_header, headers)]
    request: dict[str, Any] = {"query": _text(operation)}
    if variables is not None:
        request["variables"] = _variables(_text(variables))
    body = json.dumps(request).encode()
    secret = (signature_secrets or "").partition(",")[0].strip()
    if secret:
        sent.append((HEADER, signature_of(secret.encode(), int(time.time()), url, body)))
    try:
        answer = json.loads(asyncio.run(fetch(url, sent, body=body)))
    except FetchError as error:
        if error.body:
            click.echo(_readable(error.body))
        raise InputError(f"{url}: {error}") from None
    except ValueError:
        raise InputError(f"{url}: the answer is not JSON; is it a GraphQL endpoint, such as {_ENDPOINT}?") from None
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    good = isinstance(answer, dict) and answer.get("data") is not None and not answer.get("errors")
    return 0 if good else 1


def _text(given: str) -> str:
    return read_text("-") if given == "-" else read_text(given[1:]) if given[:1] == "@" else given


def _header(given: str) -> tuple[str, str, str]:
    name, colon, value = given.partition(":")
    if not colon or not name.strip():
        # What was written may be a token, so it isn't said again.
        raise click.UsageError("--header: write NAME:VALUE, such as 'authorization: Bearer ...'")
    return name, colon, value


def _variables(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--variables is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise click.UsageError('--variables: write a JSON object, such as {"id": "1"}')
    return value


def _readable(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body[:1_000].decode(errors="replace")
