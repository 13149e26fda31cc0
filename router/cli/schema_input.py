"""The API schema that a name stands for: a file, a Git revision, or a running server.

Enters: a name as users give it. Leaves: a schema as clients see it. Invariant: what can't be had is an error of the
input that says what was tried.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

from graphql import GraphQLSyntaxError, build_client_schema, get_introspection_query, print_schema

from router.cli.inputs import read_config, read_text
from router.config.supergraph_file import FileSource, SubgraphEntry, SupergraphFile, TextSource, read_supergraph_file
from router.errors import InputError, InvalidSupergraph
from router.server.fetch import FetchError, fetch
from router.server.schemas import compose_file
from router.supergraph.api_schema import api_schema
from router.supergraph.reader import read_supergraph
from router.type_system.model import Schema
from router.type_system.reader import read_schema


def load_api_schema(name: str) -> Schema:
    """Load the API schema of a supergraph, of a ``supergraph.yaml``, of an API schema file, or of a running server."""
    if name.startswith(("http://", "https://")):
        return read_schema(asyncio.run(_introspect(name)))
    if name.endswith((".yaml", ".yml")):
        return compose_api_schema(read_config(name, os.environ))
    return api_schema_of(read_text(name), "<stdin>" if name == "-" else name)


def compose_api_schema(file: SupergraphFile) -> Schema:
    """Compose and return the API schema. Raises :class:`~router.errors.CompositionFailed`."""
    return api_schema_of(asyncio.run(compose_file(file)).supergraph_sdl())


def api_schema_of(sdl: str, name: str = "supergraph") -> Schema:
    """Return the API schema of a supergraph's SDL; SDL without join directives already is one.

    ``name`` is what messages call it. Raises :class:`InputError`.
    """
    try:
        if "@join__" not in sdl and "@core(" not in sdl:
            return read_schema(sdl)
        return api_schema(read_supergraph(sdl))
    except GraphQLSyntaxError as error:
        place = error.locations[0] if error.locations else None
        where = f":{place.line}:{place.column}" if place is not None else ""
        raise InputError(f"{name}{where}: not a GraphQL schema: {error.description.rstrip('.')}") from None
    except InvalidSupergraph as error:
        raise InvalidSupergraph(f"{name}: {error}") from None


def load_revision(revision: str, config: str) -> Schema:
    """Load the API schema that a ``supergraph.yaml`` had in a Git revision."""
    path = Path(config).resolve()
    root = Path(_git(path.parent, "rev-parse", "--show-toplevel").strip())
    _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")

    def show(file: Path) -> str:
        return _git(root, "show", f"{revision}:{file.resolve().relative_to(root).as_posix()}")

    file = read_supergraph_file(show(path), f"{revision}:{config}", path.parent, os.environ, show)
    entries = tuple(_pinned(entry, show) for entry in file.subgraphs)
    return compose_api_schema(SupergraphFile(file.name, entries, file.federation_version))


def is_revision(name: str, config: str) -> bool:
    """Whether a name is a commit of the repository that the configuration is in."""
    try:
        _git(Path(config).resolve().parent, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    except InputError:
        return False
    return True


def _pinned(entry: SubgraphEntry, show: object) -> SubgraphEntry:
    if isinstance(entry.source, FileSource):
        assert callable(show)
        return SubgraphEntry(entry.name, entry.url, TextSource(show(entry.source.path)))
    return entry


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the arguments are a revision and paths
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True, check=True, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise InputError("git is not installed; name a file or a URL instead") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip() or f"git {' '.join(arguments)} found nothing"
        raise InputError(f"git: {reason}") from None
    return done.stdout


async def _introspect(url: str) -> str:
    body = json.dumps({"query": get_introspection_query()}).encode()
    try:
        answer = json.loads(await fetch(url, body=body))
        return print_schema(build_client_schema(answer["data"]))
    except FetchError as error:
        raise InputError(f"{url}: {error}") from None
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{url}: the answer is no introspection result; is introspection on?") from None
