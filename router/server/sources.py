"""Where a supergraph comes from: text, a file, or subgraphs that are composed here.

Enters: a path or text. Leaves: a :class:`LoadedSupergraph`. Invariant: equal content has an equal id, wherever it
came from.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from router.errors import InvalidSupergraph
from router.server.schemas import SchemaFetch, compose_file, load_supergraph_file, schema_files
from router.supergraph.model import Supergraph
from router.supergraph.reader import read_supergraph


@dataclass(frozen=True, slots=True)
class LoadedSupergraph:
    """A supergraph; ``id`` is the SHA-256 of its SDL, shortened to 16 characters."""

    supergraph: Supergraph
    id: str


class SupergraphSource(Protocol):
    """Gives supergraphs. ``name`` is for people; ``watched`` are the files whose change means a new one."""

    @property
    def name(self) -> str: ...

    async def load(self) -> LoadedSupergraph:
        """Load the supergraph as it is now. Raises :class:`~router.errors.RouterError`."""
        ...

    def watched(self) -> list[Path]: ...


def load_sdl(sdl: str) -> LoadedSupergraph:
    """Read a supergraph's SDL. Raises :class:`InvalidSupergraph`."""
    return LoadedSupergraph(read_supergraph(sdl), hashlib.sha256(sdl.encode()).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class FixedSource:
    """A supergraph that never changes."""

    loaded: LoadedSupergraph
    name: str = "memory"

    async def load(self) -> LoadedSupergraph:
        """Return the supergraph."""
        return self.loaded

    def watched(self) -> list[Path]:
        """Nothing changes."""
        return []


@dataclass(frozen=True, slots=True)
class FileSource:
    """A composed supergraph in a file."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return str(self.path)

    async def load(self) -> LoadedSupergraph:
        """Read the file. Raises :class:`InvalidSupergraph`."""
        return await asyncio.to_thread(self._load)

    def _load(self) -> LoadedSupergraph:
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise InvalidSupergraph(f"{self.path}: the file can't be read ({reason})") from None
        if not text.strip():
            raise InvalidSupergraph(f"{self.path}: the file is empty; router compose and router publish write it whole")
        try:
            return load_sdl(text)
        except InvalidSupergraph as error:
            raise InvalidSupergraph(f"{self.path}: {error}") from None

    def watched(self) -> list[Path]:
        """The file."""
        return [self.path]


@dataclass(slots=True)
class ComposedSource:
    """Subgraphs of a ``supergraph.yaml``, composed here."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    fetch: SchemaFetch | None = None
    _watched: list[Path] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name."""
        return str(self.path)

    async def load(self) -> LoadedSupergraph:
        """Compose. Raises :class:`~router.errors.InputError`."""
        file = load_supergraph_file(self.path, self.environment)
        # Before anything can fail, so that mending it is noticed.
        self._watched = [self.path, *schema_files(file)]
        composed = await compose_file(file, self.fetch)
        return await asyncio.to_thread(load_sdl, composed.supergraph_sdl())

    def watched(self) -> list[Path]:
        """The ``supergraph.yaml`` and the schema files that it names."""
        return self._watched or [self.path]
