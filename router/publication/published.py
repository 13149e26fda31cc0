"""What is published: every subgraph's schema, and the supergraph that they compose into, as one object's entries.

Enters: the entries of a ConfigMap. Leaves: a :class:`PublishedGraph`, and entries again. Invariant: all of it stands
in one object, so that one compare-and-swap changes schema and supergraph together; entries of others stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from router.errors import InputError

SUPERGRAPH_KEY: Final = "supergraph.graphql"
#: The API server takes objects up to 1.5 MB, and ConfigMaps up to 1 MiB of entries.
MAX_BYTES: Final = 1024 * 1024
_PREFIX: Final = "subgraph."
_SDL: Final = ".graphql"
_URL: Final = ".url"


class TooLarge(InputError):
    """The schemas don't fit into one ConfigMap."""


@dataclass(frozen=True, slots=True)
class PublishedSubgraph:
    """A subgraph as it was published."""

    name: str
    url: str
    sdl: str


@dataclass(frozen=True, slots=True)
class PublishedGraph:
    """All published subgraphs, sorted by name, and their supergraph; ``None`` where nothing is published yet."""

    subgraphs: tuple[PublishedSubgraph, ...]
    supergraph_sdl: str | None

    def get(self, name: str) -> PublishedSubgraph | None:
        """Return a subgraph by name."""
        return next((subgraph for subgraph in self.subgraphs if subgraph.name == name), None)

    def replacing(self, name: str, candidate: PublishedSubgraph | None) -> tuple[PublishedSubgraph, ...]:
        """Return the subgraphs with one of them replaced, added, or (for ``None``) removed; sorted by name."""
        others = [subgraph for subgraph in self.subgraphs if subgraph.name != name]
        return tuple(sorted([*others, *([candidate] if candidate else [])], key=lambda subgraph: subgraph.name))


def supergraph_id(sdl: str) -> str:
    """Return the id under which a router serves this supergraph."""
    return hashlib.sha256(sdl.encode()).hexdigest()[:16]


def read_published(entries: Mapping[str, str]) -> PublishedGraph:
    """Read the entries of a ConfigMap. Raises :class:`InputError` for a schema without a URL."""
    subgraphs = []
    for key in sorted(entries):
        if not (key.startswith(_PREFIX) and key.endswith(_SDL)):
            continue
        name = key.removeprefix(_PREFIX).removesuffix(_SDL)
        url = entries.get(f"{_PREFIX}{name}{_URL}")
        if url is None:
            raise InputError(f"{key} is published without {_PREFIX}{name}{_URL}; publish {name} again")
        subgraphs.append(PublishedSubgraph(name, url.strip(), entries[key]))
    return PublishedGraph(tuple(sorted(subgraphs, key=lambda each: each.name)), entries.get(SUPERGRAPH_KEY) or None)


def write_entries(
    entries: Mapping[str, str], subgraphs: Iterable[PublishedSubgraph], supergraph_sdl: str | None
) -> dict[str, str]:
    """Return the entries with these subgraphs and this supergraph in place of the old. Raises :class:`TooLarge`."""
    kept = {
        key: value
        for key, value in entries.items()
        if key != SUPERGRAPH_KEY and not (key.startswith(_PREFIX) and key.endswith((_SDL, _URL)))
    }
    for subgraph in subgraphs:
        kept[f"{_PREFIX}{subgraph.name}{_SDL}"] = subgraph.sdl
        kept[f"{_PREFIX}{subgraph.name}{_URL}"] = subgraph.url
    if supergraph_sdl is not None:
        kept[SUPERGRAPH_KEY] = supergraph_sdl
    size = sum(len(key.encode()) + len(value.encode()) for key, value in kept.items())
    if size > MAX_BYTES:
        raise TooLarge(
            f"the schemas and their supergraph are {size} bytes; a ConfigMap holds {MAX_BYTES}. "
            "Deliver the supergraph as a file from a volume instead (router serve --supergraph)"
        )
    return kept
