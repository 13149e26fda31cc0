"""``supergraph.yaml`` -> the schemas that it names -> a composition.

Enters: a :class:`~router.config.supergraph_file.SupergraphFile`. Leaves: a :class:`ComposedFile`. Invariant: a schema
that can't be had is an error of that subgraph, told along with those of all others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from router.composition.compose import Composition, compose_subgraphs
from router.config.problem import ConfigurationProblem, InvalidConfiguration, Place
from router.config.supergraph_file import (
    FileSource,
    SubgraphEntry,
    SupergraphFile,
    TextSource,
    UrlSource,
    read_supergraph_file,
)
from router.errors import CompositionFailed
from router.federation.build import SubgraphSource
from router.federation.versions import FEDERATION_VERSIONS
from router.server.fetch import FetchError, fetch

_SERVICE_QUERY: Final = b'{"query":"query SubgraphSchema { _service { sdl } }"}'


class SchemaFetch(Protocol):
    """Sends a GraphQL request to a subgraph; :func:`router.server.fetch.fetch` is one."""

    async def __call__(self, url: str, headers: Any = (), *, body: bytes | None = None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SubgraphSchema:
    """A subgraph with its schema. ``origin`` is the file or URL; ``first_line`` what its line 1 is there."""

    name: str
    url: str
    sdl: str
    origin: str
    first_line: int = 1


@dataclass(frozen=True, slots=True)
class ComposedFile:
    """A composition beside what it was made of."""

    composition: Composition
    schemas: tuple[SubgraphSchema, ...]

    def supergraph_sdl(self) -> str:
        """Return the supergraph. Raises :class:`~router.errors.CompositionFailed` where there is none."""
        if self.composition.errors or self.composition.supergraph_sdl is None:
            raise CompositionFailed(self.composition.errors)
        return self.composition.supergraph_sdl


def load_supergraph_file(path: Path, environment: Mapping[str, str]) -> SupergraphFile:
    """Read a ``supergraph.yaml``. Raises :class:`InvalidConfiguration`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    return read_supergraph_file(text, str(path), path.parent, environment)


async def load_schemas(file: SupergraphFile, fetcher: SchemaFetch | None = None) -> tuple[SubgraphSchema, ...]:
    """Get the schemas of all subgraphs, at once. Raises :class:`InvalidConfiguration` naming each that can't be had."""
    results = await asyncio.gather(
        *(_load_schema(entry, fetcher or fetch) for entry in file.subgraphs), return_exceptions=True
    )
    problems: list[ConfigurationProblem] = []
    schemas: list[SubgraphSchema] = []
    for entry, result in zip(file.subgraphs, results, strict=True):
        if isinstance(result, SubgraphSchema):
            schemas.append(result)
        elif isinstance(result, FetchError | OSError | ValueError):
            problems.append(_missing_schema(file, entry, result))
        else:
            raise result
    if problems:
        raise InvalidConfiguration(problems)
    return tuple(schemas)


async def _load_schema(entry: SubgraphEntry, fetcher: SchemaFetch) -> SubgraphSchema:
    match entry.source:
        case FileSource(path):
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
            return SubgraphSchema(entry.name, entry.url, text, str(path))
        case TextSource(sdl, line):
            origin = entry.place.source if entry.place is not None else "sdl"
            return SubgraphSchema(entry.name, entry.url, sdl, origin, line + 1)
        case UrlSource(url, headers):
            sdl = read_service_answer(await fetcher(url, headers, body=_SERVICE_QUERY))
            return SubgraphSchema(entry.name, entry.url, sdl, url)


def read_service_answer(body: bytes) -> str:
    """Read the answer to ``{ _service { sdl } }``. Raises ``ValueError`` in plain words."""
    try:
        answer = orjson.loads(body)
    except ValueError:
        raise ValueError("the answer is not JSON") from None
    match answer:
        case {"data": {"_service": {"sdl": str(sdl)}}}:
            return sdl
        case {"errors": [{"message": str(message)}, *_]}:
            raise ValueError(f"it answers with an error: {message[:300]}")
        case _:
            raise ValueError("the answer has no data._service.sdl; is it a federation subgraph?")


async def compose_file(file: SupergraphFile, fetcher: SchemaFetch | None = None) -> ComposedFile:
    """Get all schemas and compose them. Raises :class:`InvalidConfiguration` where a schema can't be had."""
    _check_version(file)
    schemas = await load_schemas(file, fetcher)
    composition = await asyncio.to_thread(compose_schemas, schemas)
    return ComposedFile(composition, schemas)


def _check_version(file: SupergraphFile) -> None:
    major, *minor = (int(part) for part in (file.federation_version or "2").lstrip("=").split("."))
    last = FEDERATION_VERSIONS[-1]
    if major == last[0] and minor and minor[0] > last[1]:
        message = (
            f"{file.federation_version} is later than Federation {last[0]}.{last[1]}, the latest that is known here"
        )
        problem = ConfigurationProblem(Place(file.name), "federation_version", message, "write 2 for the latest")
        raise InvalidConfiguration([problem])


def schema_files(file: SupergraphFile) -> list[Path]:
    """Return the schema files that a ``supergraph.yaml`` names."""
    return [entry.source.path for entry in file.subgraphs if isinstance(entry.source, FileSource)]


def compose_schemas(schemas: tuple[SubgraphSchema, ...]) -> Composition:
    """Compose schemas that are at hand."""
    return compose_subgraphs([SubgraphSource(schema.name, schema.url, schema.sdl) for schema in schemas])


def _missing_schema(file: SupergraphFile, entry: SubgraphEntry, error: Exception) -> ConfigurationProblem:
    key = f"subgraphs.{entry.name}.schema"
    place = entry.place or Place(file.name)
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if isinstance(error, UnicodeDecodeError):
        reason = "not UTF-8 text"
    match entry.source:
        case FileSource(path):
            return ConfigurationProblem(place, f"{key}.file", f"{path} can't be read ({reason})", _nearest(path))
        case UrlSource(url):
            remedy = "is the subgraph running there? else name its schema with file"
            if not isinstance(error, OSError) or (isinstance(error, FetchError) and error.body):
                remedy = "ask a server that speaks federation, or name the schema with file"
            return ConfigurationProblem(place, f"{key}.subgraph_url", f"{url} gives no schema: {reason}", remedy)
        case TextSource():
            return ConfigurationProblem(place, key, reason)


def _nearest(path: Path) -> str:
    """Return the remedy for a file that isn't there: the schema file, or the folder, that was probably meant."""
    folder = path.parent
    try:
        if folder.is_dir():
            # By the name without its ending, which all schema files share.
            files = {each.stem: each for each in sorted(folder.iterdir()) if each.is_file()}
            near = get_close_matches(path.stem, files, 1)
            meant = files[near[0]] if near else None
        else:
            near = get_close_matches(folder.name, sorted(each.name for each in folder.parent.iterdir()), 1)
            meant = folder.parent / near[0] / path.name if near else None
        if meant is not None and meant != path and meant.is_file():
            return f"did you mean {meant}?"
    except OSError:
        pass
    return "write the schema there, or mend the name"


def _unreadable(path: Path, error: Exception) -> InvalidConfiguration:
    reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
    return InvalidConfiguration([ConfigurationProblem(Place(str(path)), "", f"the file can't be read ({reason})")])
