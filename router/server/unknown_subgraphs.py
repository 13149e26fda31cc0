"""Settings for subgraphs that a supergraph doesn't have, which are probably misspelt.

Enters: settings, the names of subgraphs. Leaves: a sentence for each unknown name. Invariant: it only warns, since a
subgraph may be configured before it is published.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic import BaseModel

from router.config.problem import dotted, suggest
from router.config.settings import Settings

_BY_NAME = ("subgraphs", "override_subgraph_url")


def tell_unknown_subgraphs(settings: Settings, known: Collection[str]) -> list[str]:
    """Return a sentence for each setting of a subgraph whose name isn't known."""
    return [
        f"The setting {dotted(path)} is for no subgraph of this supergraph; {suggest(path[-1], known, 'subgraph')}"
        for path in _names(settings, ())
        if path[-1] not in known
    ]


def _names(section: BaseModel, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _names(value, (*path, name))
        elif name in _BY_NAME and isinstance(value, Mapping):
            yield from ((*path, name, subgraph) for subgraph in value)
