"""``supergraph.yaml``: which subgraphs make up the supergraph, and where their schemas come from.

Enters: YAML text, its folder, the environment. Leaves: a :class:`SupergraphFile`. Invariant: each subgraph has a good
name, exactly one schema source and a URL, so composing needs to check nothing of the file again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from router.config.document import Document, KeyPath, read_document
from router.config.expansion import Expansion, expand
from router.config.problem import ConfigurationProblem, InvalidConfiguration, Place, dotted
from router.config.validation import Section, validate

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_VERSION: Final = re.compile(r"=?(?P<major>[12])(\.[0-9]+){0,2}")
_SOURCES: Final = ("file", "subgraph_url", "sdl")
_GRAPHREF: Final = "export the schema from the registry, and name it with file"
#: Sections of a ``router.yaml``, by which it is known where a ``supergraph.yaml`` should be.
ROUTER_SECTIONS: Final = frozenset(
    {
        "apq",
        "authentication",
        "authorization",
        "batching",
        "cors",
        "csrf",
        "headers",
        "health_check",
        "homepage",
        "include_subgraph_errors",
        "limits",
        "override_subgraph_url",
        "supergraph",
        "telemetry",
        "tls",
        "traffic_shaping",
    }
)
UNSUPPORTED: Final = {
    "subgraphs.*.schema.graphref": _GRAPHREF,
    "subgraphs.*.schema.subgraph": "it belongs to graphref; name the schema with file",
}


@dataclass(frozen=True, slots=True)
class FileSource:
    """A schema in a file; the path is absolute, or relative to the current folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A running subgraph that is asked for its schema by ``_service { sdl }``, with these headers."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TextSource:
    """A schema written in the YAML itself, from ``line`` on."""

    sdl: str
    line: int = 0


SchemaSource: TypeAlias = FileSource | UrlSource | TextSource


@dataclass(frozen=True, slots=True)
class SubgraphEntry:
    """One subgraph: its name, the URL that the router sends requests to, where its schema comes from."""

    name: str
    url: str
    source: SchemaSource
    #: Where the source is named, ``None`` where no file names it.
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SupergraphFile:
    """A whole ``supergraph.yaml``. ``federation_version`` is as written (``=2.9.0``), ``None`` where it isn't."""

    name: str
    subgraphs: tuple[SubgraphEntry, ...]
    federation_version: str | None = None


def http_url(url: str) -> str:
    """Return the URL when it is an absolute one of HTTP; raises ``ValueError``."""
    try:
        parts = urlsplit(url)
        # Reading the port checks it.
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if good and (parts.username is not None or parts.password is not None):
        raise ValueError("an address without user and password is expected; send them in a header, by a header rule")
    if not good or any(character <= " " for character in url):
        raise ValueError("an absolute URL is expected; write it as http://HOST:PORT/PATH")
    return url


def _federation_version(version: str) -> str:
    if _VERSION.fullmatch(version) is None:
        raise ValueError(f'"{version}" is not a Federation version; write 1, 2 or an exact one such as =2.9.0')
    return version


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


HttpUrl = Annotated[str, AfterValidator(http_url), Field(json_schema_extra={"format": "uri"})]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$")]
FederationVersion = Annotated[
    str,
    BeforeValidator(_as_text),
    AfterValidator(_federation_version),
    Field(json_schema_extra={"anyOf": [{"type": "string", "pattern": f"^{_VERSION.pattern}$"}, {"type": "number"}]}),
]


class SchemaSection(Section):
    """Where a subgraph's schema comes from; exactly one of `file`, `subgraph_url` and `sdl`."""

    file: str | None = Field(None, min_length=1)
    """A file with the schema, relative to this YAML file."""
    subgraph_url: HttpUrl | None = None
    """A running subgraph that is asked for its schema (`_service { sdl }`)."""
    introspection_headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """Headers that go along with that request."""
    sdl: str | None = Field(None, min_length=1)
    """The schema itself."""


class SubgraphSection(Section):
    """One subgraph."""

    routing_url: HttpUrl | None = None
    """Where the router sends requests; may be left out where `schema.subgraph_url` is the same."""
    schema_: SchemaSection = Field(alias="schema")
    """Where the schema comes from."""


class SupergraphSection(Section):
    """What a supergraph is composed of."""

    federation_version: FederationVersion | None = None
    """`1`, `2`, or an exact version such as `=2.9.0`, not later than the router knows; how a subgraph's schema is read,
    its own `@link` says."""
    subgraphs: dict[Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")], SubgraphSection] = Field(
        min_length=1
    )
    """The subgraphs by name: a letter, then letters, digits, `_` or `-`, 64 characters at most."""


def read_supergraph_file(
    text: str,
    name: str,
    folder: Path,
    environment: Mapping[str, str],
    read_file: Callable[[Path], str] = Path.read_text,
) -> SupergraphFile:
    """Read a ``supergraph.yaml``.

    ``name`` is what messages call it, ``folder`` what relative files are relative to. Raises
    :class:`InvalidConfiguration` with every mistake.
    """
    document = read_document(text, name)
    problems = expand(document, Expansion(environment, folder, read_file))
    if isinstance(document.value, dict) and "federation_version" in document.value:
        written = document.raw.get(("federation_version",), "")
        if "${" not in written:
            document.value["federation_version"] = written
    if isinstance(document.value, dict) and "subgraphs" not in document.value:
        _refuse_settings(document)
    problems.extend(_check_names(document))
    section = validate(SupergraphSection, document.value, document.place, UNSUPPORTED, problems)
    entries: list[SubgraphEntry] = []
    for subgraph, entry in section.subgraphs.items():
        source = _schema_source(document, subgraph, entry, folder, problems)
        if source is not None:
            entries.append(source)
    if problems:
        raise InvalidConfiguration(problems)
    return SupergraphFile(name, tuple(entries), section.federation_version)


def _refuse_settings(document: Document) -> None:
    """A file with settings of the router and no subgraphs is a mix-up, told once rather than once a key."""
    for key in document.value:
        if key in ROUTER_SECTIONS:
            message = "this looks like a router.yaml, not a supergraph.yaml"
            remedy = "give that with --router-config, and a supergraph.yaml with --config"
            raise InvalidConfiguration([ConfigurationProblem(document.place((key,)), "", message, remedy)])


def _check_names(document: Document) -> list[ConfigurationProblem]:
    subgraphs = document.value.get("subgraphs") if isinstance(document.value, dict) else None
    if not isinstance(subgraphs, dict):
        return []
    remedy = "use a letter, then letters, digits, _ or -, 64 characters at most"
    problems = []
    for name in list(subgraphs):
        if NAME.fullmatch(name) is None:
            path: KeyPath = ("subgraphs", name)
            problems.append(
                ConfigurationProblem(document.place(path), dotted(path), "not a good subgraph name", remedy)
            )
            # Reported here in plain words; the model would say it again as a pattern.
            del subgraphs[name]
    if problems and not subgraphs:
        raise InvalidConfiguration(problems)
    return problems


def _schema_source(
    document: Document, name: str, entry: SubgraphSection, folder: Path, problems: list[ConfigurationProblem]
) -> SubgraphEntry | None:
    path: KeyPath = ("subgraphs", name, "schema")
    schema = entry.schema_
    given = [source for source in _SOURCES if getattr(schema, source) is not None]
    if len(given) != 1:
        message = f"{' and '.join(given)} are given" if given else "no schema source is given"
        remedy = f"give exactly one of {', '.join(_SOURCES)}"
        problems.append(ConfigurationProblem(document.place(path), dotted(path), message, remedy))
        return None
    if schema.introspection_headers and schema.subgraph_url is None:
        headers = (*path, "introspection_headers")
        message = "headers are only sent to subgraph_url"
        problems.append(ConfigurationProblem(document.place(headers), dotted(headers), message, "remove them"))
    url = entry.routing_url or schema.subgraph_url
    if url is None:
        message = "no routing_url is given"
        remedy = "add routing_url: http://HOST:PORT/graphql, where the router reaches the subgraph"
        problems.append(ConfigurationProblem(document.place(path[:2]), dotted(path[:2]), message, remedy))
        return None
    source: SchemaSource
    if schema.file is not None:
        source = FileSource(folder / schema.file)
    elif schema.subgraph_url is not None:
        source = UrlSource(schema.subgraph_url, tuple(schema.introspection_headers.items()))
    else:
        source = TextSource(schema.sdl or "", document.place((*path, "sdl")).line)
    return SubgraphEntry(name, url, source, document.place((*path, given[0])))
